"""Incidents in the formats of others: one small file for each, which writes it, and reads it where others write it too.

Nothing is sent. Each format has a table that says of every field whether it arrives (`marks/`), and an export says it
of the incident at hand, with what may not leave at its marking.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from accord.errors import IntakeError, ReportError
from accord.reports import docx_file
from accord.reports.exchange import aiid, avid, csaf, eu_gpai, misp, oecd, openvex, stix
from accord.reports.exchange.case import FIELDS, LEVELS, Case, Product, Sender, make_case
from accord.reports.exchange.marks import Mark, load_marks
from accord.reports.exchange.reading import Found, read_json

_JSON = "application/json"


@dataclass(frozen=True)
class Format:
    """A format: what it is called, what writes it, and what reads it, where others write it."""

    title: str
    render: Callable[[Case], bytes]
    read: Callable[[dict[str, Any]], Found] | None = None
    media_type: str = _JSON
    suffix: str = "json"
    marked: bool = True
    """Whether it has a place for the marking: without one, nothing above clear leaves in it."""


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "oecd-29": Format("OECD common reporting framework, 29 criteria", oecd.render, oecd.read),
        "avid": Format("AVID report or vulnerability", avid.render, avid.read, marked=False),
        "aiid": Format("AI Incident Database, submission", aiid.render, aiid.read, marked=False),
        "csaf": Format("CSAF 2.1, with VEX for vulnerabilities", csaf.render, csaf.read),
        "openvex": Format("OpenVEX 0.2", openvex.render, marked=False),
        "stix": Format("STIX 2.1 bundle", stix.render, stix.read, "application/stix+json"),
        "misp": Format("MISP event", misp.render, misp.read),
        "eu-gpai": Format(
            "EU serious incident of a GPAI model, draft", eu_gpai.render, None, docx_file.MEDIA_TYPE, "docx"
        ),
    }
)
"""Every format by name."""


@dataclass(frozen=True)
class Export:
    """A file that may leave, and what became of each field of which something is known."""

    data: bytes
    media_type: str
    name: str
    marks: tuple[Mark, ...]


def export(case: Case, name: str) -> Export:
    """Return an incident in the format of a name; raise ReportError where the format cannot hold it, or its marking."""
    chosen = FORMATS[name]
    if not chosen.marked and case.level != "clear":
        raise ReportError(
            f"{chosen.title} has no place for a marking, so nothing above TLP:CLEAR leaves in it.",
            where=f"incident {case.id}",
            expected="the level clear",
            found=case.level,
            fix=f"choose one of: {', '.join(one for one, held in FORMATS.items() if held.marked)}",
        )
    marking = case.level.replace("+", "-")
    return Export(
        data=chosen.render(case),
        media_type=chosen.media_type,
        name=f"{case.id}.tlp-{marking}.{name}.{chosen.suffix}",
        marks=tuple(_marks(case, name)),
    )


def _marks(case: Case, name: str) -> Iterator[Mark]:
    for mark in load_marks(name):
        if mark.field in case.hidden:
            part = "a part of it " if mark.field in case.said else ""
            yield Mark(mark.field, "withheld", why=f"{part}may not leave at {case.marking}")
        elif mark.field in case.said:
            yield mark


def read(name: str, data: bytes) -> Found:
    """Return what a file in the format of a name says; raise IntakeError where it is not of the format."""
    chosen = FORMATS[name]
    found = chosen.read(read_json(data)) if chosen.read else None
    if found is None or not found.fits:
        raise IntakeError(
            "This file is not of the format.",
            expected=chosen.title,
            fix=f"choose the format that it is of: {', '.join(READABLE)}",
        )
    return found


READABLE = tuple(name for name, held in FORMATS.items() if held.read)
"""The formats that are read."""

__all__ = [
    "FIELDS",
    "FORMATS",
    "LEVELS",
    "READABLE",
    "Case",
    "Export",
    "Format",
    "Found",
    "Mark",
    "Product",
    "Sender",
    "export",
    "load_marks",
    "make_case",
    "read",
]
