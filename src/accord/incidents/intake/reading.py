"""Telling what a file from outside is, and reading the reports in it."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from accord.errors import IntakeError
from accord.incidents.intake import own
from accord.incidents.intake.foreign import is_avid, is_flare, read_avid, read_flare
from accord.incidents.intake.mail import LARGEST, read_mail, read_mailbox
from accord.incidents.intake.own import read_own
from accord.incidents.intake.report import Report

BOX = 256 << 20
"""The most bytes of a mailbox."""
MOST = 1_000
"""The most reports of one file."""
_OBJECT = 4 << 20  # a report of its own form is text that somebody typed
_FORMS = "TOML or JSON of our own, an e-mail (.eml), a mailbox (mbox), FLARE-AI's JSON-LD, AVID's JSON"
_HEADER = re.compile(rb"[!-9;-~]+:[ \t]")
_DOTS = 200  # as of accord.toml: tomllib needs quadratic memory for a key of very many parts


def read_reports(path: Path) -> Iterator[Report]:
    """Yield the reports in a file, whatever its form; raise IntakeError for one that cannot be read."""
    with path.open("rb") as file:
        head = file.read(5)
    if head == b"From ":
        if path.stat().st_size > BOX:
            raise IntakeError("This mailbox is too large.", where=str(path), expected=f"at most {BOX:,} bytes")
        yield from read_mailbox(path, MOST)
        return
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise IntakeError("This report is too large.", where=str(path), expected=f"at most {LARGEST:,} bytes")
    yield from _read(data, str(path))


def _read(data: bytes, where: str) -> Iterator[Report]:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in {b"{", b"["}:
        for told in _objects(data, where):
            try:
                yield _choose(told, _alone(told, data), where)
            except RecursionError as error:
                raise IntakeError("This report nests lists or objects too deep.", where=where) from error
    elif _HEADER.match(start):
        yield read_mail(data)
    else:
        yield read_own(_own_only(_toml(data, where), where), data, "application/toml")


def _objects(data: bytes, where: str) -> list[dict[str, Any]]:
    _bound(data, where)
    try:
        held = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise IntakeError("This is not JSON.", where=where, found=str(error)[:200]) from error
    rows = held.get("@graph", held) if isinstance(held, dict) else held
    listed = rows if isinstance(rows, list) else [rows]
    if len(listed) > MOST or not all(isinstance(row, dict) for row in listed):
        raise IntakeError("This is no list of reports.", where=where, expected=f"at most {MOST} JSON objects")
    return listed


def _alone(told: dict[str, Any], data: bytes) -> bytes:
    """Return the bytes of one report: those of the file, where it is the only one."""
    several = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[" or b'"@graph"' in data
    return json.dumps(told, ensure_ascii=True, sort_keys=True).encode() if several else data


def _choose(told: dict[str, Any], data: bytes, where: str) -> Report:
    if is_flare(told):
        return read_flare(told, data)
    if is_avid(told):
        return read_avid(told, data)
    return read_own(_own_only(told, where), data, "application/json")


def _own_only(told: dict[str, Any], where: str) -> dict[str, Any]:
    if told.get("format") != own.FORMAT:
        raise IntakeError(
            "The form of this report is not known.",
            where=where,
            expected=_FORMS,
            fix=f'in a report of our own form, say format = "{own.FORMAT}"',
        )
    return told


def _toml(data: bytes, where: str) -> dict[str, Any]:
    _bound(data, where)
    try:
        text = data.decode("utf-8-sig")
        if any(line.count(".") > _DOTS and "=" in line.partition('"')[0] for line in text.split("\n")):
            raise IntakeError("A line of this report has too many dots.", where=where)
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise IntakeError("The form of this report is not known.", where=where, expected=_FORMS) from error


def _bound(data: bytes, where: str) -> None:
    if len(data) > _OBJECT:
        raise IntakeError(
            "This report is too large.", where=where, expected=f"at most {_OBJECT:,} bytes of TOML or JSON"
        )


def _refuse(text: str) -> NoReturn:
    msg = f"{text} is no JSON"
    raise ValueError(msg)
