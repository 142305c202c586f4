"""What the verifier came with: keys, witnesses, authorities; and what a target's key is worth beside them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from accord.errors import SignatureError, VerificationError
from accord.ledger import Policy, PublicKey, open_checkpoint, unverified_checkpoint
from accord.verify.claims import Claim, Result, explain

_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Standing:
    """The key that signed a target's checkpoint, if one is known, and whether the verifier named it.

    `chain` are the keys that were in force before it and are bound to it by the log, oldest first.
    """

    key: PublicKey | None
    pinned: bool = False
    claims: tuple[Claim, ...] = ()
    chain: tuple[PublicKey, ...] = ()

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
    """What the verifier knows from elsewhere; nothing of it is ever taken from what is verified.

    `keys` are verifier keys, PEM texts, or `sha256:` fingerprints: a verifier key pins the name with the key, a PEM
    text or a fingerprint the key alone. `policy` says which witnesses must have cosigned. `roots` are certificates
    (PEM or DER) of time-stamp authorities. `evaluators` are keys, as `keys` are, of independent parties: a record that
    one of them signed is theirs, and no log is. Raises VerificationError for a text that is no key.
    """

    keys: tuple[str, ...] = ()
    policy: Policy | None = None
    roots: tuple[bytes, ...] = ()
    evaluators: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _ = self._pins, self._outside  # so that a mistyped key is refused here and not in the midst of a verification

    @cached_property
    def _pins(self) -> tuple[_Pin, ...]:
        return tuple(_Pin.parse(text.strip()) for text in self.keys)

    @cached_property
    def _outside(self) -> tuple[_Pin, ...]:
        return tuple(_Pin.parse(text.strip()) for text in self.evaluators)

    def evaluator_keys(self) -> tuple[PublicKey, ...]:
        """Return the keys of the evaluators that are named; of one named by its fingerprint the target has the key."""
        return tuple(key for pin in self._outside if (key := pin.key("unnamed")))

    def knows_evaluator(self, keyid: str) -> bool:
        """Tell whether the key of this id is of an evaluator that is named."""
        return any(pin.fingerprint == f"sha256:{keyid}" for pin in self._outside)

    def find_key(self, vkey: str | None, signed: bytes) -> PublicKey | None:
        """Return the key to open a checkpoint with: the one that the target names, else a named one, which signed it.

        Raises VerificationError when the target names something that is no key.
        """
        if vkey is not None:
            return PublicKey.parse(vkey)
        return next((key for key in self._keys(signed) if _has_signed(key, signed)), None)

    def any_key(self, signed: bytes) -> PublicKey | None:
        """Return the first named key, whose failure is shown where none of them signed a checkpoint."""
        return next(iter(self._keys(signed)), None)

    def _keys(self, signed: bytes) -> list[PublicKey]:
        origin = unverified_checkpoint(signed).origin
        return [key for pin in self._pins if (key := pin.key(origin))]

    def judge(self, key: PublicKey | None, chain: Sequence[PublicKey] = ()) -> Standing:
        """Return the standing of a target that stands under `key`, to which the log binds the keys of `chain`."""
        known = (*chain, key) if key else ()
        if not self._pins:
            return Standing(key, chain=tuple(chain))
        if any(pin.matches(one) for pin in self._pins for one in known):
            return Standing(key, pinned=True, claims=(_claim(),), chain=tuple(chain))
        if key is None:
            reason = "The log's folder holds no key, and a fingerprint is not one: name the whole key."
            return Standing(None, claims=(_claim(Result.CANNOT_TELL, reason),))
        return Standing(key, claims=(_claim(Result.CONTRADICTED, f"It is {key.vkey} ({key.fingerprint})."),))


def unfit(error: VerificationError) -> Standing:
    """Return the standing of a target that names something that is no key."""
    return Standing(None, claims=(_claim(Result.CONTRADICTED, explain(error)),))


def _has_signed(key: PublicKey, signed: bytes) -> bool:
    try:
        open_checkpoint(signed, key)
    except SignatureError:
        return False
    return True


def _claim(result: Result = Result.VERIFIED, reason: str = "") -> Claim:
    return Claim(id="key", text="The log's key is one that you named.", result=result, reason=reason)
