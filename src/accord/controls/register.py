"""How long reported vulnerabilities took to be fixed, as a register in CSV says (clause 6.4)."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from accord.errors import AccordError
from accord.evidence import Sighting

COLUMNS = ("id", "reported", "fixed")
_LARGEST = 1 << 24


def look_at_register(register: Path, days: int, now: datetime) -> Iterator[Sighting]:
    """Yield for each vulnerability whether it was fixed within so many days; one that is still open in time is untold.

    Raises AccordError where a line cannot be read: a register of which a part is left out says nothing.
    """
    for number, (name, reported, fixed) in _rows(register):
        where = f"{register}, line {number}"
        start = _day(reported, where)
        limit = start + timedelta(days=days)
        if fixed:
            end = _day(fixed, where)
            if end < start:
                raise AccordError("A vulnerability was fixed before it was reported.", where=where)
            holds: bool | None = end <= limit
            note = f"{(end - start).days} days"
        else:
            holds = None if now.date() <= limit else False
            note = f"open for {(now.date() - start).days} days"
        yield Sighting(observation="vulnerabilities.in-time", subject=name, holds=holds, note=note)


def _rows(register: Path) -> Iterator[tuple[int, tuple[str, str, str]]]:
    try:
        if register.stat().st_size > _LARGEST:
            raise AccordError("The register is too large.", where=str(register), expected=f"at most {_LARGEST} bytes")
        with register.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not set(COLUMNS) <= set(rows.fieldnames or ()):
                raise AccordError(
                    "This is no register of vulnerabilities.",
                    where=str(register),
                    expected=f"CSV with the columns {', '.join(COLUMNS)}",
                    found=", ".join(map(ascii, rows.fieldnames or ())),
                )
            for row in rows:
                yield rows.line_num, (str(row["id"] or ""), str(row["reported"] or ""), str(row["fixed"] or ""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AccordError("The register cannot be read.", where=str(register), found=str(error)) from error


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise AccordError("A day of the register cannot be read.", where=where, found=ascii(text[:40])) from error
