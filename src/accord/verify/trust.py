"""Which keys the verifier came with, and what the key of a target is worth beside them."""

import re
from dataclasses import dataclass
from functools import cached_property

from accord.errors import SignatureError, VerificationError
from accord.ledger import PublicKey, open_checkpoint, unverified_checkpoint
from accord.verify.claims import Claim, Result, explain

_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Standing:
    """The key under which a target is opened, if it has one, and whether the verifier named it."""

    key: PublicKey | None
    pinned: bool = False
    claims: tuple[Claim, ...] = ()

    def weigh(self, claim: Claim) -> Claim:
        """Return a claim that rests on a signature as what that is worth: cannot-tell when nobody named the key."""
        if self.pinned or claim.result != Result.VERIFIED:
            return claim
        return claim.model_copy(update={"result": Result.CANNOT_TELL, "reason": "No key was pinned."})


@dataclass(frozen=True)
class _Pin:
    """One key that the verifier named: its fingerprint, and what else of it they know."""

    fingerprint: str
    name: str | None = None
    text: str | None = None

    @classmethod
    def parse(cls, text: str) -> "_Pin":
        if _FINGERPRINT.fullmatch(text):
            return cls(text)
        if text.startswith("-----BEGIN"):
            # PEM holds no name, so the key may sign under any.
            return cls(PublicKey.parse(text, "unnamed").fingerprint, None, text)
        key = PublicKey.parse(text)
        return cls(key.fingerprint, key.name, text)

    def matches(self, key: PublicKey) -> bool:
        return key.fingerprint == self.fingerprint and self.name in {None, key.name}

    def key(self, origin: str) -> PublicKey | None:
        return PublicKey.parse(self.text, self.name or origin) if self.text else None


@dataclass(frozen=True)
class Trust:
    """Keys that the verifier knows from elsewhere: verifier keys, PEM texts, or `sha256:` fingerprints.

    A verifier key pins the name with the key; a PEM text or a fingerprint pins the key alone. Raises
    VerificationError for a text that is none of them.
    """

    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _ = self._pins  # so that a mistyped key is refused here and not in the midst of a verification

    @cached_property
    def _pins(self) -> tuple[_Pin, ...]:
        return tuple(_Pin.parse(text.strip()) for text in self.keys)

    def judge(self, vkey: str | None, signed: bytes) -> Standing:
        """Return the standing of a target that carries `vkey`, or no key, and the signed checkpoint `signed`."""
        try:
            return self._search(signed) if vkey is None else self._compare(PublicKey.parse(vkey))
        except VerificationError as error:
            return Standing(None, claims=(_claim(Result.CONTRADICTED, explain(error)),))

    def _compare(self, key: PublicKey) -> Standing:
        if not self._pins:
            return Standing(key)
        if any(pin.matches(key) for pin in self._pins):
            return Standing(key, pinned=True, claims=(_claim(),))
        return Standing(key, claims=(_claim(Result.CONTRADICTED, f"It is {key.vkey} ({key.fingerprint})."),))

    def _search(self, signed: bytes) -> Standing:
        """Return the first named key that signed the checkpoint, else the first, whose failure is then shown."""
        origin = unverified_checkpoint(signed).origin
        keys = [key for pin in self._pins if (key := pin.key(origin))]
        for key in keys:
            if _has_signed(key, signed):
                return Standing(key, pinned=True, claims=(_claim(),))
        if keys:
            return Standing(keys[0], claims=(_claim(Result.CONTRADICTED, "None of them signed its checkpoint."),))
        reason = "The log's folder holds no key, and a fingerprint is not one: name the whole key."
        return Standing(None, claims=(_claim(Result.CANNOT_TELL, reason),) if self._pins else ())


def _has_signed(key: PublicKey, signed: bytes) -> bool:
    try:
        open_checkpoint(signed, key)
    except SignatureError:
        return False
    return True


def _claim(result: Result = Result.VERIFIED, reason: str = "") -> Claim:
    return Claim(id="key", text="The log's key is one that you named.", result=result, reason=reason)
