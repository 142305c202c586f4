"""Write docs/reference/incident-formats.md from the tables of losses; with --check, exit 1 where it is not current."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from pages import escape, publish, table

from accord.reports.exchange import FIELDS, FORMATS, READABLE, load_marks

_INTRODUCTION = """Into which formats `accord incident export` writes an incident, which of them
`accord incident import` reads, and what becomes of every field of its [record](records.md#incident) in each. Tests hold
these tables to what is written: a field that is lost has no influence on the file, one that is direct is read back as
it was. Nothing is ever sent."""
_FATES = {
    "direct": "it has a place of the same meaning, and takes the whole value",
    "partial": "it has a place of the same meaning, which takes a part of it",
    "approximate": "it goes to a place of a wider or another meaning, such as a note or a label",
    "lost": "it is not written",
}
_CHECKED = """CSAF, STIX, OpenVEX and MISP are tested against the schemas that were published for them; STIX, MISP and
AVID against their own libraries or models too (stix2, pymisp, avidtools). The AI Incident Database has published no
schema, so the rules of its form are tested as its code has them; the OECD has published no file format, so that form is
ours. The EU's document holds the ten items of its template in our own words and layout: it is a draft to copy from."""


def main() -> None:
    """Write the page, or check it."""
    parts = ["# Formats of incidents", _INTRODUCTION, *_fates(), _CHECKED, *_overview(), *_fields()]
    publish("incident-formats.md", __file__, [*parts, *(part for name in FORMATS for part in _format(name))])


def _fates() -> Iterator[str]:
    yield table(("What becomes of it", "Meaning"), [(f"**{fate}**", meaning) for fate, meaning in _FATES.items()])


def _overview() -> Iterator[str]:
    rows = []
    for name, held in FORMATS.items():
        counted = Counter[str](mark.fate for mark in load_marks(name))
        marking = "every level" if held.marked else "TLP:CLEAR alone"
        told = (f"[`{name}`](#{name})", escape(held.title), "yes" if name in READABLE else "no", marking)
        rows.append((*told, *(str(counted[fate]) for fate in _FATES)))
    yield table(("Format", "What it is", "Read", "Leaves at", *(fate.capitalize() for fate in _FATES)), rows)


def _fields() -> Iterator[str]:
    yield "## Every field in every format"
    fates = {(name, mark.field): mark.fate for name in FORMATS for mark in load_marks(name)}
    rows = [(f"`{field}`", *(fates[name, field] for name in FORMATS)) for field in FIELDS]
    yield table(("Field", *FORMATS), rows)


def _format(name: str) -> Iterator[str]:
    yield f"## {name}"
    yield escape(f"{FORMATS[name].title}.")
    order = list(_FATES)
    marks = sorted(load_marks(name), key=lambda mark: order.index(mark.fate))
    rows = []
    for (fate, where, why), group in groupby(marks, lambda mark: (mark.fate, mark.where, mark.why)):
        fields = ", ".join(f"`{mark.field}`" for mark in group)
        rows.append((fields, fate, f"`{where}`" if where else "", escape(why)))
    yield table(("Field", "What becomes of it", "Where", "Why"), rows)


if __name__ == "__main__":
    main()
