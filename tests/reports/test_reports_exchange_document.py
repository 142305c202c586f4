"""The EU's report as a document: ten items, marked on every page, and nothing in it that a reader would run."""

import io
import sys
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import docx
import pytest
from incident_cases import bare, cases, make_case, make_incident

from accord.errors import MissingExtraError
from accord.reports.exchange import Case, export
from accord.reports.exchange.eu_gpai import ITEMS

HOSTILE = (
    '=HYPERLINK("https://evil.example") <w:fldSimple w:instr="DDEAUTO cmd"/> \u202egnp.exe\u202c \x00\x1b[31m ]]> &amp;'
)


def _text(case: Case) -> str:
    document = docx.Document(io.BytesIO(export(case, "eu-gpai").data))
    blocks = document.iter_inner_content()
    return "\n".join(
        "\n".join(cell.text for row in block.rows for cell in row.cells) if hasattr(block, "rows") else block.text
        for block in blocks
    )


def test_it_has_ten_items_and_says_that_it_is_a_draft() -> None:
    text = _text(cases()["incident"])
    assert 10 == len(ITEMS)
    assert [] == [heading for heading in ITEMS if heading not in text]
    assert "it was not sent to anybody" in text
    assert "Ask clinics to check." in text


def test_items_of_which_nothing_may_leave_say_so() -> None:
    text = _text(bare())
    assert 7 == text.count("Not said yet.")
    assert "patient" not in text


def test_marking_stands_at_the_top_and_at_the_bottom_of_every_page() -> None:
    case = make_case(level="amber+strict")
    section = docx.Document(io.BytesIO(export(case, "eu-gpai").data)).sections[0]
    parts = (section.header, section.footer)
    assert ["TLP:AMBER+STRICT"] * 2 == [part.paragraphs[0].text for part in parts]
    assert not section.different_first_page_header_footer


def test_chain_of_events_is_in_the_order_in_which_they_happened() -> None:
    text = _text(cases()["incident"])
    assert text.index("\npublish") < text.index("\nacknowledge")  # told on the 4th, recorded later


def test_hostile_text_is_text() -> None:
    incident = make_incident(title=HOSTILE, description=HOSTILE, affected=(HOSTILE,))
    data = export(make_case(incident), "eu-gpai").data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        files = {name: packed.read(name) for name in packed.namelist()}
    xml = {name: ET.fromstring(held) for name, held in files.items() if name.endswith((".xml", ".rels"))}  # noqa: S314 - it was just written here
    names = {element.tag.rpartition("}")[2] for element in xml["word/document.xml"].iter()}
    assert not names & {"fldSimple", "instrText", "fldChar", "hyperlink", "object", "altChunk"}
    targets = [e.get("TargetMode") for name in xml if name.endswith(".rels") for e in xml[name]]
    assert "External" not in targets
    assert not [name for name in files if "vba" in name.lower() or "activex" in name.lower()]
    text = _text(make_case(incident))
    assert "\u202e" not in text
    assert "[U+202E]gnp.exe[U+202C] [U+0000][U+001B][31m ]]> &amp;" in text


def test_only_the_moment_of_the_case_is_in_it() -> None:
    case = cases()["incident"]
    data = export(case, "eu-gpai").data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert {(1980, 1, 1, 0, 0, 0)} == {one.date_time for one in packed.infolist()}
        assert b"python-docx" not in packed.read("docProps/core.xml")
    told = docx.Document(io.BytesIO(data)).core_properties
    assert (case.at.replace(tzinfo=None), "Acme") == (
        told.created.replace(tzinfo=None) if told.created else None,
        told.author,
    )
    assert data != export(replace(case, at=case.at.replace(hour=16)), "eu-gpai").data


def test_without_its_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(MissingExtraError) as caught:
        export(make_case(), "eu-gpai")
    assert "pip install 'accord[docx]'" == caught.value.fix
