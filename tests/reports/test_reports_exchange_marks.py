"""The table of losses is true: all is marked, what is lost has no influence, and what is direct is read back."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import docx
import pytest
from docx.text.paragraph import Paragraph
from incident_cases import bare, cases, make_case, make_incident

from accord.errors import ReportError
from accord.evidence import IncidentRecord
from accord.evidence.incident_facts import Tlp
from accord.reports.exchange import FIELDS, FORMATS, LEVELS, READABLE, Case, Mark, export, load_marks, read
from accord.reports.exchange.eu_gpai import ITEMS

Written = Callable[[str], dict[str, bytes]]
CASES = cases()
NEEDED = {"id", "event", "made"}
"""Fields without which there is no record."""


def _render(case: Case, name: str) -> bytes | None:
    try:
        return FORMATS[name].render(case)
    except ReportError:
        return None


@pytest.fixture(scope="module")
def written() -> Callable[[str], dict[str, bytes]]:
    """Return what a format writes of each kind of case that it can hold; documents are slow to write, so of two."""

    @cache
    def write(name: str) -> dict[str, bytes]:
        kinds = ("incident", "duplicate") if name == "eu-gpai" else tuple(CASES)
        return {kind: data for kind in kinds if (data := _render(CASES[kind], name))}

    return write


def _without(case: Case, field: str) -> Case:
    """Return the case of an incident whose records do not say a field."""

    def drop(record: IncidentRecord) -> IncidentRecord:
        name, _, member = field.partition(".")
        if member and record.security is not None:
            silent = () if member == "cwe" else None
            return record.model_copy(update={name: record.security.model_copy(update={member: silent})})
        return record if member else record.model_copy(update={name: None})

    events = tuple(replace(event, record=drop(event.record)) for event in case.incident.events)
    systems = () if field == "systems" else case.systems
    return replace(case, incident=replace(case.incident, events=events), systems=systems)


def _marked(name: str, *fates: str) -> list[Mark]:
    return [mark for mark in load_marks(name) if mark.fate in fates]


@pytest.mark.parametrize("name", FORMATS)
def test_every_field_of_the_record_has_one_mark(name: str) -> None:
    counted = Counter(mark.field for mark in load_marks(name))
    assert dict.fromkeys(FIELDS, 1) == dict(counted)


@pytest.mark.parametrize("name", FORMATS)
def test_a_mark_says_where_and_why(name: str) -> None:
    assert [] == [m.field for m in load_marks(name) if bool(m.where) == (m.fate == "lost")]
    assert [] == [m.field for m in load_marks(name) if bool(m.why) == (m.fate == "direct")]


def test_all_is_said_of_the_incident_that_the_tests_use() -> None:
    assert set(FIELDS) - {"of"} == set(make_case().said)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_lost_has_no_influence_on_what_is_written_and_all_else_has(name: str, written: Written) -> None:
    told = written(name)
    for mark in load_marks(name):
        if mark.field in NEEDED:
            continue
        same = [data == _render(_without(CASES[kind], mark.field), name) for kind, data in told.items()]
        assert (mark.field, mark.fate == "lost") == (mark.field, all(same))


@pytest.mark.parametrize("name", READABLE)
def test_what_is_direct_is_read_back(name: str, written: Written) -> None:
    for kind, data in written(name).items():
        said, found = CASES[kind].said, read(name, data).values
        direct = [mark.field for mark in _marked(name, "direct") if mark.field in said]
        assert {field: _ordered(said[field]) for field in direct} == {field: _ordered(found[field]) for field in direct}


def _ordered(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "eu-gpai"])
def test_the_place_that_is_named_is_there(name: str, written: Written) -> None:
    files = [json.loads(data) for data in written(name).values()]
    places = {mark.where for mark in _marked(name, "direct", "partial", "approximate")}
    assert [] == [where for where in sorted(places) if not any(_has(held, where) for held in files)]


def _has(held: object, path: str) -> bool:
    """Tell whether a path is there, from the top or from anywhere below it."""
    return any(_leads(value, path.split(".")) for value in _all(held))


def _leads(held: object, path: list[str]) -> bool:
    if not path:
        return True
    name, several = path[0].removesuffix("[]"), path[0].endswith("[]")
    inner = held.get(name) if isinstance(held, dict) else None
    if several:
        return isinstance(inner, list) and any(_leads(one, path[1:]) for one in inner)
    return inner is not None and _leads(inner, path[1:])


def _all(held: object) -> Iterator[object]:
    yield held
    inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    for one in inner:
        yield from _all(one)


def test_what_is_direct_stands_in_the_document_where_it_is_said_to(written: Written) -> None:
    case, text, place = CASES["incident"], dict[str, list[str]](), "the line below the heading"
    for block in docx.Document(io.BytesIO(written("eu-gpai")["incident"])).iter_inner_content():
        if isinstance(block, Paragraph):
            place = f"item {block.text.partition('.')[0]}" if block.text in ITEMS else place
        told = [block.text] if isinstance(block, Paragraph) else [c.text for row in block.rows for c in row.cells]
        text.setdefault(place, []).extend(told)
    direct = _marked("eu-gpai", "direct")
    lost = [m.field for m in direct for one in case.list(m.field) if one not in "\n".join(text[m.where])]
    assert [] == lost


def test_an_export_marks_what_is_said_and_what_may_not_leave() -> None:
    case = replace(bare(), hidden=frozenset({"title", "severity"}))
    marks = {mark.field: mark for mark in export(case, "csaf").marks}
    assert {"id", "made", "event", "category", "severity", "title", "chain", "job", "expires"} >= set(marks)
    assert ("withheld", "may not leave at TLP:CLEAR") == (marks["title"].fate, marks["title"].why)
    assert "a part of it may not leave at TLP:CLEAR" == marks["severity"].why
    assert ("partial", "document.category") == (marks["category"].fate, marks["category"].where)


@pytest.mark.parametrize("name", [name for name, held in FORMATS.items() if not held.marked])
@pytest.mark.parametrize("level", LEVELS[1:])
def test_nothing_above_clear_leaves_where_it_cannot_be_marked(name: str, level: Tlp) -> None:
    with pytest.raises(ReportError, match="no place for a marking"):
        export(replace(CASES["vulnerability"], level=level), name)


@pytest.mark.parametrize("name", [name for name, held in FORMATS.items() if held.marked and name != "eu-gpai"])
def test_the_marking_is_in_what_leaves(name: str) -> None:
    data = export(make_case(make_incident(tlp=None), level="amber+strict"), name).data.decode()
    assert "AMBER+STRICT" in data.upper()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_case_gives_the_same_bytes(name: str, written: Written) -> None:
    kind = "vulnerability" if name == "openvex" else "incident"
    assert written(name)[kind] == export(cases()[kind], name).data
