"""Which licence a text is under, as far as it says so itself: an SPDX id, a known licence's text, or a link to one."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from accord.errors import ScanError
from accord.evidence import Sighting
from accord.scan.sources.reading import read_start

QUESTIONS = {"licences.agree": "the licence that is found is the one that accord.toml declares"}
READ = 64 << 10
"""Bytes of a file in which its licence is looked for."""
FILES = re.compile(r"(?:licen[cs]es?|copying|unlicense|notice)(?:[-.][\w.-]+)?", re.IGNORECASE)
"""The names of files that hold a licence."""
_SPDX = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+() -]{2,100}?)\s*(?:\*/|-->|$)", re.MULTILINE)
_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?)/([1-4]\.[0-9])|publicdomain/(zero|mark)/(1\.0))",
    re.IGNORECASE,
)
_COMMONS_WORDS = re.compile(
    r"(?:creative commons )?attribution((?:[- ]?(?:non[- ]?commercial|no ?derivatives|share ?alike))*) ([1-4]\.[0-9])"
    r" (?:international|unported|generic)"
)
_COMMONS_SHORT = re.compile(r"\bcc[- ](by(?:-nc)?(?:-nd|-sa)?)[- ]([1-4]\.[0-9])\b")
_TITLES: Mapping[str, str] = {
    "Apache-2.0": r"apache license,? version 2\.0",
    "MIT": r"permission is hereby granted, free of charge, to any person obtaining a copy of this software",
    "BSD-3-Clause": r"redistribution and use in source and binary forms(?:.|\n){0,900}neither the name",
    "BSD-2-Clause": r"redistribution and use in source and binary forms(?!(?:.|\n){0,900}neither the name)",
    "ISC": r"permission to use, copy, modify, and/or distribute this software for any purpose",
    "AGPL-3.0": r"gnu affero general public license[\s,]*version 3",
    "LGPL-3.0": r"gnu lesser general public license[\s,]*version 3",
    "LGPL-2.1": r"gnu lesser general public license[\s,]*version 2\.1",
    "GPL-3.0": r"gnu general public license[\s,]*version 3",
    "GPL-2.0": r"gnu general public license[\s,]*version 2\b(?!\.)",
    "GFDL-1.3": r"gnu free documentation license[\s,]*version 1\.3",
    "MPL-2.0": r"mozilla public license,?[\s,]*(?:version|v\.) ?2\.0",
    "Unlicense": r"this is free and unencumbered software released into the public domain",
    "CC0-1.0": r"cc0 1\.0 universal|creative commons zero v1\.0",
    "ODC-By-1.0": r"open data commons attribution license",
    "ODbL-1.0": r"open data(?:base| commons open database) license",
    "PDDL-1.0": r"public domain dedication and license",
    "CDLA-Permissive-2.0": r"community data license agreement [-\u2013] permissive [-\u2013] version 2\.0",
    "OpenRAIL": r"\bopenrail(?:-[ms]{1,2})?\b",
}
_KNOWN = {name.casefold(): re.compile(rule) for name, rule in _TITLES.items()}
_IDS = {name.casefold(): name for name in _TITLES}
_PREFILTER = re.compile(
    r"licen[cs]e|permission|redistribut|creative ?commons|\bcc[- ](?:by|0)|cc0|public domain"
    r"|openrail|attribution|unencumbered",
    re.IGNORECASE,
)


def find_licences(text: str) -> tuple[str, ...]:
    """Return the SPDX ids of the licences that a text names or holds; those of GNU without -only or -or-later."""
    found = {simplify(match[1]) for match in _SPDX.finditer(text)}
    if not _PREFILTER.search(text):
        return tuple(sorted(found))
    for match in _COMMONS.finditer(text):
        mark = "CC0-1.0" if match[3] and match[3].casefold() == "zero" else "CC-PDDC"
        found.add(f"CC-{match[1].upper()}-{match[2]}" if match[1] else mark)
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    found |= {f"CC-{match[1].upper()}-{match[2]}" for match in _COMMONS_SHORT.finditer(folded)}
    for match in _COMMONS_WORDS.finditer(folded):
        parts = [short for word, short in (("commercial", "NC"), ("deriv", "ND"), ("alike", "SA")) if word in match[1]]
        found.add("-".join(["CC-BY", *parts, match[2]]))
    found |= {_IDS[name] for name, rule in _KNOWN.items() if rule.search(folded)}
    return tuple(sorted(found))


def simplify(name: str) -> str:
    """Return an SPDX id in the form in which two are compared: `cc-by-4.0` and `CC-BY-4.0` are one."""
    plain = re.sub(r"-(?:only|or-later)$|\+$", "", " ".join(name.split()), flags=re.IGNORECASE)
    upper = plain.upper()
    return _IDS.get(plain.casefold(), upper if upper.startswith("CC") else plain)


def licence_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that are named as licences are, sorted."""
    return (
        tuple(sorted(p for p in folder.iterdir() if p.is_file() and FILES.fullmatch(p.name))) if folder.is_dir() else ()
    )


def look_at_licences(folder: Path, said: Mapping[str, str], declared: str | None) -> Iterator[Sighting]:
    """Yield whether each licence that is found agrees with the declared one.

    `said` has what other papers of the corpus name, such as its card, by the name of the paper.
    """
    for path in licence_files(folder):
        try:
            data, _ = read_start(path, READ)
        except ScanError as error:
            yield _sighting(path.name, (), declared, error.problem)
            continue
        yield _sighting(
            path.name, find_licences(data.decode("utf-8", "replace")), declared, "no licence that is known is in it"
        )
    for name, licence in said.items():
        yield _sighting(name, (simplify(licence),) if licence.strip() else (), declared, "it names none")


def _sighting(subject: str, found: tuple[str, ...], declared: str | None, otherwise: str) -> Sighting:
    note = f"it names {' and '.join(found)}"[:200] if found else otherwise
    holds = None
    if found and declared is None:
        note += "; accord.toml declares none"
    elif found and declared is not None:
        holds = simplify(declared) in found
    return Sighting(observation="licences.agree", subject=subject, holds=holds, note=note)
