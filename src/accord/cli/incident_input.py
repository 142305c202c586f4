"""What is said of an incident: by options, by --say, or in a TOML file; what cannot be recorded is not lost."""

import json
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click

from accord.cli.options import find_refs, make
from accord.evidence import ArtifactRef, IncidentRecord, Records
from accord.evidence.incidents import IncidentEvent, event_members
from accord.ledger import digest
from accord.workspace import Workspace

FILES = ("report", "steps", "credited", "notice")
"""Members whose text is a file, which is kept beside the log."""
INDICES = ("systems", "releases", "evaluations", "alerts")
"""Members that name records by their place in the log."""
LARGEST = 32 << 20
"""The most bytes of such a file."""
_LONGEST = 1 << 20
_TABLES = ("security", "bounty")
"""Members that hold members of their own."""
_TYPES = {
    ".eml": "message/rfc822", ".json": "application/json", ".jsonld": "application/ld+json", ".md": "text/markdown",
    ".txt": "text/plain",
}  # fmt: skip
_HELP = {
    "title": "It in a few words.",
    "description": "What happened, or could have.",
    "source": "Who noticed it.",
    "category": "What it is.",
    "severity": "How bad it is.",
    "harms": "A kind of harm; may be repeated.",
    "consequences": "A serious consequence, on which deadlines depend, or none; may be repeated.",
    "relation": "How the AI system relates to it.",
    "reason": "Why it is so.",
    "measure": "What is done about it.",
    "cause": "Its root cause, with the safeguards that failed.",
    "of": "The incident that it is a duplicate of.",
    "aware": "When you came to know that the system may be involved, as in 2026-11-23T15:00Z.",
    "occurred": "The day on which it first happened.",
    "affected": "A group of people who are affected; may be repeated.",
    "jurisdictions": "Where it happened, as in FR; may be repeated.",
    "tlp": "Who may see it. Above clear, the log holds commitments; amber where nothing is said.",
    "report": "What was reported, a file: it is kept beside the log and can be erased.",
    "systems": "The record of a declaration that it concerns; may be repeated.",
    "releases": "The record of a decision to release; may be repeated.",
    "evaluations": "The record of an evaluation that shows it, or should have; may be repeated.",
    "alerts": "The record of an alert that it began with; may be repeated.",
    "risks": "A risk of the register that it shows to be real; may be repeated.",
    "mitigations": "A treatment of a risk that answers it, or failed; may be repeated.",
    "related": "An incident that forms a pattern with it; may be repeated.",
    "partners": "An organisation with which it is worked on; may be repeated.",
    "identifiers": "Its id elsewhere, as in CVE:CVE-2026-12345; may be repeated.",
    "changes": "Where a change that mends it can be seen; may be repeated.",
    "authority": "The authority that was told.",
    "stage": "Which report it was.",
    "under": "The rules under which it was told, as in eu-gpai-code; may be repeated.",
    "reference": "The authority's own reference.",
    "recommendation": "What the authority is recommended to do.",
    "clock": "The deadline that is put off.",
    "until": "To when, as in 2027-02-23T15:00Z.",
    "credit": "Whether the reporter is credited: declined, anonymous, or named as they asked.",
    "address": "Where the notice was published.",
    "language": "In which language, as in en.",
    "notice": "The notice as it was published, a file.",
    "credited": "The credit by name, a file: it is kept beside the log and can be erased.",
}


def options(*members: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add to a command an option for each of these members; which are needed the record itself says."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(members):
            kind = IncidentRecord.model_fields[name].annotation
            function = click.option(
                f"--{_singular(name)}", name, type=_type(name, kind), multiple=is_list(kind), help=_HELP[name]
            )(function)
        return function

    return add


def said_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add to a command what every event has: its moment, its role, --say and --from."""
    for option in (
        click.option(
            "--from", "file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Members, in TOML."
        ),
        click.option("--say", multiple=True, metavar="MEMBER=VALUE", help="Any other member; may be repeated."),
        click.option("--at", help="When it was done, as in 2026-11-23T15:00Z; now, where nothing is said."),
        click.option("--role", help="The role that does it, never a person."),
    ):
        function = option(function)
    return function


def _singular(name: str) -> str:
    return name if name == "address" else name.removesuffix("s")


def _type(name: str, kind: object) -> click.ParamType[Any] | None:
    if name in FILES:
        return click.Path(path_type=Path, dir_okay=False, exists=True)
    if name in INDICES:
        return click.IntRange(min=0)
    words = list(_words(kind))
    return click.Choice(words) if words else None


def _words(kind: object) -> Iterator[str]:
    """Yield the words that a member allows, where it allows only some."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    elif get_origin(kind) in {Union, UnionType, Annotated, tuple}:
        for part in get_args(kind):
            yield from _words(part)


def is_list(kind: object) -> bool:
    """Tell whether a member holds several values."""
    if get_origin(kind) in {Union, UnionType}:
        return any(map(is_list, get_args(kind)))
    return is_list(get_args(kind)[0]) if get_origin(kind) is Annotated else get_origin(kind) is tuple


@dataclass(frozen=True)
class Held:
    """A text that is at hand and is to be kept beside the log."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Said:
    """What was said of an incident, as it was written; a draft of it is kept where it cannot be recorded."""

    name: str
    event: IncidentEvent
    members: Mapping[str, Any]

    @classmethod
    def gather(
        cls, name: str, event: IncidentEvent, given: Mapping[str, Any], file: Path | None, say: Iterable[str]
    ) -> "Said":
        """Return what options, --say and a file say together; an option outweighs the others, the file none."""
        told = {**(_read(file) if file else {}), **_parse(say)}
        told.update({name: value for name, value in given.items() if value not in (None, ())})
        return cls(name, event, told)

    def record(self, records: Records) -> tuple[IncidentRecord, list[Held]]:
        """Return the record, and the texts with their types that are to be kept beside the log with it."""
        told, kept = dict(self.members), list[Held]()
        _require_known(self.event, told)
        for name, value in _strings(told):
            _require_text(name, value)
        for name in FILES:
            if name in told:
                text = told[name] if isinstance(told[name], Held) else read_text(name, told[name])
                kept.append(text)
                told[name] = ArtifactRef(sha256=digest(text.data), size=len(text.data), media_type=text.media_type)
        for name in INDICES:
            if name in told:
                told[name] = find_refs(records, _numbers(name, told[name]), f"--{_singular(name)}")
        return make(IncidentRecord, made=records.at, id=self.name, event=self.event, **told), kept

    def keep(self, workspace: Workspace) -> Path:
        """Keep what was said where it can be corrected: a file of TOML that only its owner reads."""
        workspace.runs.mkdir(exist_ok=True)
        path = workspace.runs / f"incident-{digest(self.name.encode())[:8]}-{self.event}.toml"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(write_toml(self.members).encode(errors="replace"))
        return path


def _parse(say: Iterable[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for text in say:
        path, equals, value = text.partition("=")
        name, dot, inner = path.strip().partition(".")
        if not equals or name not in IncidentRecord.model_fields or bool(dot) != (name in _TABLES):
            raise click.BadParameter(f"expected a member, = and a value; found {text[:80]!r}", param_hint="--say")
        if dot and inner == "cwe":
            told.setdefault(name, {}).setdefault(inner, []).append(value)
        elif dot:
            told.setdefault(name, {})[inner] = value
        elif is_list(IncidentRecord.model_fields[name].annotation):
            told.setdefault(name, []).append(value)
        else:
            told[name] = value
    return told


def _read(file: Path) -> dict[str, Any]:
    with file.open("rb") as source:
        data = source.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise click.UsageError(f"{file} is too large: at most {_LONGEST} bytes of TOML are read.")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # tomllib's and a wrong encoding are ValueErrors
        raise click.UsageError(f"{file} is not TOML in UTF-8: {error}") from error


def _require_known(event: IncidentEvent, told: Mapping[str, Any]) -> None:
    needed, allowed = event_members(event)
    if unknown := sorted(set(told) - needed - allowed):
        known = ", ".join(sorted(needed | allowed))
        raise click.UsageError(f"To {event} an incident does not say: {', '.join(unknown)}. It may say: {known}")


def _strings(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(inner, f"{name}.{key}".strip("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner, name)


def _require_text(name: str, value: str) -> None:
    if not all(char.isprintable() or char in "\n\u200c\u200d" for char in value):
        raise click.UsageError(f"{name} holds characters that are not seen: they cannot be taken back from the log.")


def _numbers(name: str, value: object) -> tuple[int, ...]:
    held = value if isinstance(value, list | tuple) else (value,)
    try:
        return tuple(int(number) for number in held)
    except (TypeError, ValueError) as error:
        raise click.UsageError(f"{name}: expected the numbers of records of the log, as in [3].") from error


def read_text(name: str, place: object) -> Held:
    """Return a file that is kept beside the log; nothing in it is looked at."""
    if not isinstance(place, str | Path) or not Path(place).is_file():
        raise click.UsageError(f"{name}: expected the path of a file, found {str(place)[:200]!r}")
    path = Path(place)
    try:
        with path.open("rb") as source:
            data = source.read(LARGEST + 1)
    except OSError as error:
        raise click.UsageError(f"{name}: {path} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise click.UsageError(f"{path} is too large: at most {LARGEST} bytes are kept.")
    return Held(data, _TYPES.get(path.suffix.lower(), "application/octet-stream"))


def write_toml(members: Mapping[str, Any]) -> str:
    """Return members as TOML: values first, then tables."""
    plain = [f"{name} = {_value(v)}" for name, v in members.items() if not isinstance(v, Mapping | Held)]
    tables = [
        "\n".join(["", f"[{name}]", *(f"{key} = {_value(inner)}" for key, inner in value.items())])
        for name, value in members.items()
        if isinstance(value, Mapping)
    ]
    return "\n".join([*plain, *tables]) + "\n"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
