"""Options of commands by which people record what they decided: text that may enter the log, roles, and days."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from accord.cli.unlock import passphrase_option
from accord.errors import WorkspaceError
from accord.evidence import Record, Records, Ref, SystemRecord, names_person
from accord.workspace import Workspace

_F = TypeVar("_F", bound=Callable[..., Any])
_R = TypeVar("_R", bound=Record)
_JOINERS = frozenset("\u200c\u200d")  # unseen, and part of words in some scripts
_LONGEST = 2_000

folder_argument = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")


def words(value: str) -> str:
    """Return one line of text for the log; a usage error for what is not seen, and for a person's address."""
    text = value.strip()
    if not text or len(text) > _LONGEST or not all(c.isprintable() or c in _JOINERS for c in text):
        raise click.BadParameter(f"expected one line of text, of at most {_LONGEST} characters")
    if names_person(text):
        raise click.BadParameter("expected text without a person's address: the log cannot forget whom it names")
    return text


def role(value: str) -> str:
    """Return the name of a role; a usage error for what looks like a person's address."""
    if names_person(value, role=True):
        raise click.BadParameter("expected a role, such as Head of Safety: the log cannot forget whom it names")
    return words(value)


def day(value: str) -> date:
    """Return a day; a usage error for what is none."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"expected a day, as in 2026-11-23, found {value!r}") from error


def reasoned(value: str) -> tuple[str, str]:
    """Return an id and a reason; a usage error where it is not ID=REASON."""
    head, equals, rest = value.partition("=")
    if not equals or not head.strip():
        raise click.BadParameter(f"expected an id, = and a reason, found {value!r}")
    return head.strip(), words(rest)


def signing(function: _F) -> _F:
    """Add to a command the folder that it works in and what it signs with."""
    return folder_argument(passphrase_option(function))


def end_of(last: date | None, now: datetime, latest: datetime | None = None) -> datetime | None:
    """Return the moment at which a day is over; a usage error for one that is past, or not over by the `latest`."""
    if last is None:
        return None
    if last < now.date():
        raise click.BadParameter(f"expected a day to come, found {last}", param_hint="--until")
    if last == date.max:
        raise click.BadParameter(f"expected a day before {last}", param_hint="--until")
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    if latest is not None and end > latest:
        possible = latest.date() - timedelta(days=1)
        raise click.BadParameter(f"expected {possible} at the latest, found {last}", param_hint="--until")
    return end


def find_refs(records: Records, indices: Iterable[int], option: str = "--rests-on") -> tuple[Ref, ...]:
    """Return the references of entries of the log; a usage error for one that it does not have."""
    refs = {entry.ref.index: entry.ref for entry in records}
    wanted = tuple(dict.fromkeys(indices))
    if missing := [index for index in wanted if index not in refs]:
        raise click.BadParameter(
            f"The log has no entry {missing[0]}: it has {len(refs)}, the first of them 0.", param_hint=option
        )
    return tuple(refs[index] for index in wanted)


def make(kind: type[_R], **members: object) -> _R:
    """Return a record; a usage error that lists everything that is wrong with it."""
    try:
        return kind.model_validate({name: value for name, value in members.items() if value not in (None, ())})
    except ValidationError as error:
        found = "\n".join(
            f"  {'.'.join(map(str, e['loc'])) or kind.kind}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise click.UsageError(f"This cannot be recorded:\n{found}") from error


def require_declaration(workspace: Workspace, records: Records) -> SystemRecord:
    """Return the newest declaration; WorkspaceError where nothing was declared yet."""
    entry = records.latest(SystemRecord)
    if entry is None:
        raise WorkspaceError("Nothing has been declared yet.", where=str(workspace.root), fix="run: accord assess")
    return entry.record
