"""Trust policies (C2SP tlog-policy): which logs, which witnesses, and how many of them must have cosigned."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self, TypeVar

from accord.errors import VerificationError
from accord.ledger.checkpoint import require_signatures
from accord.ledger.cosignature import Cosignature, WitnessKey, find_cosignatures
from accord.ledger.keys import PublicKey
from accord.ledger.note import parse_note

MAX_POLICY = 4_194_304
"""The most bytes of a policy that are read: a thousand witnesses with ML-DSA-44 keys take half of that."""

_MAX_LINES = 1_000  # of each kind
_NONE = "none"
_Name = TypeVar("_Name", bytes, str)
_Value = TypeVar("_Value")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class KnownLog:
    """A log that a policy trusts, and its URL (empty where the policy gives none)."""

    key: PublicKey
    url: str


@dataclass(frozen=True)
class KnownWitness:
    """A witness under its name in the policy, and its submission prefix (empty where the policy gives none)."""

    name: str
    key: WitnessKey
    url: str


@dataclass(frozen=True)
class Group:
    """A group of witnesses and groups, which has witnessed what at least `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Quorum:
    """Whether a checkpoint meets a policy, by which verified cosignatures, and what is missing when not."""

    satisfied: bool
    cosignatures: tuple[Cosignature, ...]
    missing: str


@dataclass(frozen=True)
class Policy:
    """A parsed policy. `groups` stand in the order of the file; `quorum` names a witness, a group or "none"."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[KnownWitness, ...]
    groups: tuple[Group, ...]
    quorum: str

    @classmethod
    def parse(cls, text: bytes | str) -> Self:
        """Read a policy file; VerificationError names the line of the first mistake.

        Names are opaque bytes: what is not UTF-8 in them is kept as surrogates. Logs must have Ed25519 keys.
        """
        draft = _Draft()
        for number, words in _lines(_decode(text)):
            try:
                draft.add(words)
            except VerificationError as error:
                raise VerificationError(
                    error.problem, where=f"policy line {number}", expected=error.expected, found=error.found
                ) from error
        if draft.quorum is None:
            raise VerificationError("A policy needs a quorum.", expected="one line such as: quorum none")
        return cls(
            tuple(draft.logs.values()), tuple(draft.witnesses.values()), tuple(draft.groups.values()), draft.quorum
        )

    def check(self, note: bytes) -> Quorum:
        """Say whether a signed checkpoint is signed by one of the logs, if any are listed, and by the quorum.

        Raises SignatureError when a signature that names a key of the policy does not verify, and when none is
        by a listed log; VerificationError when it is no signed checkpoint.
        """
        if self.logs:
            require_signatures(parse_note(note), [log.key for log in self.logs])
        cosignatures = find_cosignatures(note, [witness.key for witness in self.witnesses])
        keys = {cosignature.key for cosignature in cosignatures}
        seen = {witness.name for witness in self.witnesses if witness.key in keys}
        for group in self.groups:
            if len(seen.intersection(group.members)) >= group.threshold:
                seen.add(group.name)
        satisfied = self.quorum == _NONE or self.quorum in seen
        return Quorum(satisfied, cosignatures, "" if satisfied else "; ".join(self._gaps(seen)))

    def _gaps(self, seen: set[str]) -> Iterator[str]:
        """Say of each group below the quorum that has not witnessed, from the top, what it lacks."""
        short = {self.quorum}
        for group in reversed(self.groups):
            if group.name in short:
                missing = [name for name in group.members if name not in seen]
                have = len(group.members) - len(missing)
                yield f"{_show(group.name)} has {have} of {group.threshold}: not {', '.join(map(_show, missing))}"
                short.update(missing)
        if self.quorum not in {group.name for group in self.groups}:
            yield f"not cosigned by {_show(self.quorum)}"


@dataclass
class _Draft:
    """The lines of a policy that were read so far."""

    logs: dict[bytes, KnownLog] = field(default_factory=dict)
    witnesses: dict[bytes, KnownWitness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    names: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)

    def add(self, words: list[str]) -> None:
        """Take the words of one line."""
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                key = PublicKey.parse(vkey)
                _put(self.logs, key.raw, KnownLog(key, "".join(url)))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                witness = WitnessKey.parse(vkey)
                _put(self.witnesses, witness.raw, KnownWitness(self._name(name), witness, "".join(url)))
            case ["group", name, count, member, *others]:
                group = self._group(name, count, (member, *others))
                _put(self.groups, group.name, group)
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise VerificationError(
                    "This is not a line of a policy.",
                    expected="log VKEY [URL], witness NAME VKEY [URL], group NAME all|any|K NAME..., or quorum NAME",
                    found=_show(" ".join(words))[:200],
                )

    def _group(self, name: str, count: str, members: tuple[str, ...]) -> Group:
        for member in members:
            if member not in self.names or member in self.members:
                raise VerificationError(
                    "This cannot be a member of a group.",
                    expected="a witness or group of a line before, which is in no group yet",
                    found=_show(member),
                )
            self.members.add(member)
        threshold = {"all": len(members), "any": 1}.get(count) or (int(count) if _COUNT.fullmatch(count) else 0)
        if not 1 <= threshold <= len(members):
            raise VerificationError(
                "This group cannot count its members so.", expected=f"all, any, or 1 to {len(members)}", found=count
            )
        return Group(self._name(name), threshold, members)

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise VerificationError("A policy has one quorum.", found=_show(name))
        if name != _NONE and name not in self.names:
            raise VerificationError(
                "The quorum is not known.", expected="none, or a witness or group of a line before", found=_show(name)
            )
        self.quorum = name

    def _name(self, name: str) -> str:
        if name == _NONE or name in self.names:
            raise VerificationError("This name is taken.", found=_show(name))
        self.names.add(name)
        return name


def _put(known: dict[_Name, _Value], name: _Name, value: _Value) -> None:
    if name in known or len(known) >= _MAX_LINES:
        raise VerificationError("This is one too many.", expected=f"a key once, and at most {_MAX_LINES} of a kind")
    known[name] = value


def _decode(text: bytes | str) -> str:
    decoded = text if isinstance(text, str) else text.decode(errors="surrogateescape")
    if len(text) > MAX_POLICY:
        raise VerificationError("This policy is too long.", expected=f"{MAX_POLICY} bytes", found=f"{len(text)}")
    if any((char < " " and char not in "\t\n") or char == "\x7f" for char in decoded):
        raise VerificationError("A policy has no control characters but tabs and line breaks.")
    # What was cut off might be the end of the quorum's name.
    if not decoded.endswith("\n"):
        raise VerificationError("A policy ends in a line break.", found=_show(decoded[-100:]))
    return decoded


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the words of each line that says something."""
    for number, line in enumerate(text.split("\n"), 1):
        # Only spaces and tabs separate: other Unicode spaces may be part of a name.
        words = [word for word in re.split("[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            yield number, words


def _show(name: str) -> str:
    """Spell an opaque name so that any terminal and encoding can hold it."""
    return ascii(name)
