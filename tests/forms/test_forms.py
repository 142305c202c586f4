"""Forms: drafted from the log with sources, edited, checked, compared, and written where hostile text stays text."""

# ruff: noqa: ANN401 - python-docx has no types for the XML that these tests write

import csv
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.checks import find
from accord.codes import Form, Question, Section, load_form
from accord.errors import CodeError, ReportError
from accord.evidence import EvaluationRecord, Records, StatementRecord, SystemRecord
from accord.ledger import digest
from accord.manifest import System
from accord.reports.forms.answers import Answer, Answers, Sentence, format_answers, parse_answers
from accord.reports.forms.checking import Remark, check
from accord.reports.forms.comparing import compare_answers, unmapped
from accord.reports.forms.drafting import draft
from accord.reports.forms.importing import import_form, map_clauses
from accord.reports.forms.writing import WRITERS, to_csv, to_docx, to_json, to_markdown

FORM = load_form("haip-v1")


def statement(now: datetime, **changes: Any) -> StatementRecord:
    base: dict[str, Any] = {
        "made": now, "id": "training", "event": "state", "topic": "practice", "claim": "current-practice",
        "clauses": ("5.6",), "title": "Course", "text": "All 40 engineers took the course in 2026.",
        "since": date(2026, 1, 1), "checked": date(2026, 11, 1), "owner": "Head of People", "confidentiality": "public",
        "links": ("https://acme.example/course",),
    }  # fmt: skip
    return StatementRecord(**(base | changes))


@pytest.fixture
def drafted(
    make_system: Callable[..., System],
    declaration: Callable[..., SystemRecord],
    evaluation: Callable[..., EvaluationRecord],
    records: Callable[..., Records],
    now: datetime,
) -> Answers:
    held = records(
        [
            declaration(),
            evaluation("bias"),
            statement(now),
            statement(
                now, id="panel", clauses=("9.5",), claim="commitment", due=date(2027, 1, 1), text="A panel will meet."
            ),
            statement(now, id="secret", clauses=("7.4",), confidentiality="private", text="Nobody may know."),
        ]
    )
    return draft(FORM, "Helpdesk", find(make_system(), held), held)


def test_the_form_asks_45_questions_in_seven_sections_each_about_a_clause() -> None:
    assert (7, 45) == (len(FORM.sections), len(FORM.questions))
    assert all(question.clauses for question in FORM.questions)
    with pytest.raises(CodeError, match="no such form"):
        load_form("../haip-v1")


def test_sentences_are_drafted_with_their_sources_and_nothing_else(drafted: Answers) -> None:
    (trained,) = drafted.of("4b").sentences
    assert "All 40 engineers took the course in 2026. (stated, since 2026-01-01)" == trained.text
    assert ("statement training", "record 2") == trained.sources
    measured = drafted.of("3a.iii").sentences[0]
    assert "(measured, 2026-11-23)" in measured.text
    assert "check a03.evaluations" in measured.sources
    assert all(sentence.sources for answer in drafted.answers.values() for sentence in answer.sentences)


def test_what_is_planned_is_said_to_be_planned_and_private_facts_stay_out(drafted: Answers) -> None:
    (panel,) = drafted.of("7d").sentences
    assert panel.text.startswith("Committed to, and not done yet: A panel will meet. Due: 2027-01-01.")
    assert () == drafted.of("6b").sentences
    assert "Nobody may know." not in format_answers(drafted, FORM)


def test_what_nothing_bears_out_stays_unanswered(drafted: Answers) -> None:
    assert () == drafted.of("7c").sentences
    assert any("gap" in note for note in drafted.of("7c").notes)


def test_a_draft_reads_back_as_it_was_written(drafted: Answers) -> None:
    back = parse_answers(format_answers(drafted, FORM).encode(), "answers.toml")
    assert {q.id: drafted.of(q.id).sentences for q in FORM.questions} == {
        q.id: back.of(q.id).sentences for q in FORM.questions
    }
    assert (drafted.form, drafted.system, drafted.made) == (back.form, back.system, back.made)


TEXTS = st.text(min_size=1, max_size=60).filter(str.strip)


@given(text=TEXTS, asked=TEXTS, name=TEXTS)
@settings(max_examples=150)
def test_any_text_reads_back_and_leaves_no_comment(text: str, asked: str, name: str) -> None:
    form = Form("f", asked, "", (Section(1, asked, (Question("1a", asked, ("5.1",)),)),))
    answer = Answer("1a", (Sentence(text.strip().replace("\ud800", "")),), (asked,))
    answers = Answers("f", name, "2026-11-23", {"1a": answer})
    back = parse_answers(format_answers(answers, form).encode(errors="replace"), "x")
    assert ["1a"] == list(back.answers)


@given(text=TEXTS)
@settings(max_examples=100)
def test_hostile_text_is_neutral_in_every_format(text: str) -> None:
    hostile = f"=1+1 <script>alert(1)</script> {text} \u202e @x | [a](javascript:b)"
    form = Form("f", hostile, "", (Section(1, hostile, (Question("1a", hostile, ("5.1",)),)),))
    answers = Answers("f", hostile, "2026-11-23", {"1a": Answer("1a", (Sentence(hostile, (hostile,)),))})
    rows = list(csv.reader(io.StringIO(to_csv(answers, form).decode(), newline="")))
    assert (2, 5) == (len(rows), len(rows[1]))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)
    page = to_markdown(answers, form).decode()
    assert "<script>" not in page
    assert "](javascript" not in page
    assert "\u202e" not in page + to_csv(answers, form).decode()
    assert hostile == json.loads(to_json(answers, form))["answers"][0]["sentences"][0]["text"]


def test_a_document_holds_what_is_answered_and_repeats_byte_for_byte(drafted: Answers) -> None:
    made = to_docx(drafted, FORM)
    assert made == to_docx(drafted, FORM)
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(made)).paragraphs)
    assert "4b. training of staff" in text
    assert "All 40 engineers took the course in 2026." in text
    assert "Unanswered." in text
    assert set(WRITERS) == {"md", "csv", "json", "docx"}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xff", "cannot be read"),
        (b"form = 1", "no file of answers"),
        (b'form="a"\nsystem="b"\nmade="c"\n"1a" = "x"', "not made of sentences"),
        (b'form="a"\nsystem="b"\nmade="c"\nroles = "x"', "no file of answers"),
        (b'form="a"\nsystem="b"\nmade="c"\n[["1a"]]\ntext = 3', "not made of sentences"),
        (b'form="a"\nsystem="b"\nmade="c"\n[["1a"]]\ntext = "x"\nsources = "y"', "not made of sentences"),
        (b"a" * (5 << 20), "too large"),
    ],
)
def test_a_file_that_is_none_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(ReportError, match=problem):
        parse_answers(data, "x")


def _remarks(text: str, question: str = "4b", **options: Any) -> list[Remark]:
    answers = Answers("haip-v1", "Helpdesk", "2026-11-23", {question: Answer(question, (Sentence(text),))})
    return [r for r in check(answers, FORM, options.pop("findings", ()), **options) if r.question == question]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We are certified.", "claim"),
        ("Nous sommes conforme.", "claim"),
        ("Das ist garantiert.", "claim"),
        ("È sempre sicuro.", "claim"),
        ("絶対に安全です。", "claim"),
        ("Ask jane@acme.example.", "private"),
        ("Safe\u202e text.", "invisible"),
    ],
)
def test_what_stands_out_is_remarked(text: str, kind: str) -> None:
    assert kind in {remark.kind for remark in _remarks(text)}


def test_sentences_of_ones_own_need_evidence(
    make_system: Callable[..., System], records: Callable[..., Records]
) -> None:
    findings = find(make_system(), records())
    assert ["nothing in the log supports it"] == [r.text for r in _remarks("It is done.", findings=findings)]


def test_a_sentence_that_names_sources_says_what_they_say(drafted: Answers) -> None:
    own = Answer("4b", (Sentence("All 400 engineers took it.", ("statement training", "record 2")),))
    changed = Answers(drafted.form, drafted.system, drafted.made, {**drafted.answers, "4b": own})
    found = {name: [r.kind for r in check(answers, FORM, (), drafted=drafted) if r.question == "4b"]
             for name, answers in (("as drafted", drafted), ("changed", changed))}  # fmt: skip
    assert {"as drafted": [], "changed": ["source"]} == found


ROLES = Form("f", "F", "", (Section(1, "s", (
    Question("1", "all?", ("5.6",)), Question("2", "developers?", ("5.6",), ("model developer",), words=3),
    Question("3", "deployers?", ("5.6",), ("deployer",)), Question("4", "icon?", ("5.6",), ("icon: star",)),
)),))  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "asked"),
    [((), "1234"), (("deployer",), "134"), (("developer",), "124"), (("provider", "deployer"), "1234"),
     (("application-developer",), "14")],
)  # fmt: skip
def test_a_role_is_asked_what_the_form_recommends_for_it(
    records: Callable[..., Records], now: datetime, roles: tuple[str, ...], asked: str
) -> None:
    answers = draft(ROLES, "Helpdesk", (), records([statement(now)]), roles=roles)
    back = parse_answers(format_answers(answers, ROLES).encode(), "x")
    assert (roles, list(asked)) == (back.roles, list(back.answers))
    assert set() == {remark.question for remark in check(back, ROLES, ()) if remark.kind == "unanswered"}
    length = [(r.question, r.text) for r in check(back, ROLES, (), most_words=500) if r.kind == "length"]
    assert ([("2", "it has 11 words, of at most 3")] if "2" in asked else []) == length


def test_length_links_and_finders_are_asked(drafted: Answers) -> None:
    asked: list[str] = []

    def reach(link: str) -> str:
        asked.append(link)
        return "404"

    found = _remarks("See https://a.example/x. Key AKIA. See https://a.example/x.", most_words=3, reach=reach,
                     finders=[lambda text: ["a key"] if "AKIA" in text else []])  # fmt: skip
    assert {"length", "link", "private", "claim"} >= {r.kind for r in found} >= {"length", "link", "private"}
    assert ["https://a.example/x"] == asked
    assert "unanswered" in {r.kind for r in check(drafted, FORM, ())}


def test_two_years_of_one_form_differ_by_question() -> None:
    old = Answers("haip-v1", "H", "2025", {"4b": Answer("4b", (Sentence("A."), Sentence("B.")))})
    new = Answers("haip-v1", "H", "2026", {"4b": Answer("4b", (Sentence("B."), Sentence("C.")))})
    (change,) = compare_answers((old, FORM), (new, FORM))
    assert ("4b", ("A.",), ("C.",)) == (change.place, change.gone, change.new)


def test_two_forms_differ_by_clause_and_what_is_not_mapped_is_named() -> None:
    other = Form("v2", "v2", "", (Section(1, "s", (Question("22", "training?", ("5.6",)), Question("23", "?", ()))),))
    old = Answers("haip-v1", "H", "2025", {"4b": Answer("4b", (Sentence("A."),))})
    new = Answers("v2", "H", "2026", {"22": Answer("22", (Sentence("B."),))})
    assert [("5.6", ("A.",), ("B.",))] == [(c.place, c.gone, c.new) for c in compare_answers((old, FORM), (new, other))]
    assert ("23",) == unmapped(other)


def _numbered(document: Any, text: str, level: int, number: str = "7") -> Any:
    paragraph = document.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    held = OxmlElement("w:numPr")
    for name, value in (("w:ilvl", str(level)), ("w:numId", number)):
        part = OxmlElement(name)
        part.set(qn("w:val"), value)
        held.append(part)
    properties.append(held)
    return paragraph


def _list(document: Any) -> None:
    """Add a list that writes Q1, and 1A below it."""
    root = document.part.numbering_part.element
    shape = OxmlElement("w:abstractNum")
    shape.set(qn("w:abstractNumId"), "77")
    for level, form, text in ((0, "decimal", "Q%1"), (1, "upperLetter", "%1%2")):
        held = OxmlElement("w:lvl")
        held.set(qn("w:ilvl"), str(level))
        for name, value in (("w:start", "1"), ("w:numFmt", form), ("w:lvlText", text)):
            part = OxmlElement(name)
            part.set(qn("w:val"), value)
            held.append(part)
        shape.append(held)
    root.insert(0, shape)
    number = OxmlElement("w:num")
    number.set(qn("w:numId"), "7")
    link = OxmlElement("w:abstractNumId")
    link.set(qn("w:val"), "77")
    number.append(link)
    root.append(number)


def _icon(paragraph: Any, words: str) -> None:
    inline = OxmlElement("wp:docPr")
    inline.set("id", "1")
    inline.set("name", "Picture 1")
    inline.set("descr", words)
    drawing = OxmlElement("w:drawing")
    drawing.append(inline)
    run = OxmlElement("w:r")
    run.append(drawing)
    paragraph._p.append(run)


@pytest.fixture
def document() -> bytes:
    """Return a form of the shape of the OECD's second one: numbers that Word counts, icons of roles, options."""
    made = docx.Document()
    _list(made)
    made.core_properties.title = "Reporting form 2"
    made.add_paragraph("Section 1. Risk identification and evaluation (Actions 1, 4)")
    _icon(_numbered(made, "How are types of risk defined?", 0), "Model developer")
    made.add_paragraph("☐ thresholds of dangerous capabilities (max. 1,250 words)")
    made.add_paragraph("Recommended for: deployers (and others where relevant)")
    _numbered(made, "How are thresholds set?", 1)
    _icon(_numbered(made, "Which evaluations are made?", 0), "star")
    made.add_paragraph("Section 2: Risk management")
    _numbered(made, "Which events trigger a review?", 0)
    made.add_paragraph("11.D Are insiders vetted?")
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def test_numbers_that_word_counts_and_icons_of_roles_survive(document: bytes) -> None:
    form = import_form(document, "form.docx", sha256=digest(document))
    assert [(1, 3), (2, 2)] == [(s.number, len(s.questions)) for s in form.sections]
    assert ["1", "1A", "2", "3", "11D"] == [q.id for q in form.questions]
    assert ("model developer", "deployer") == form.question("1").roles
    assert [1_250, 0] == [form.question(name).words for name in ("1", "2")]
    assert ("icon: star",) == form.question("2").roles
    assert ("Reporting form 2", digest(document)) == (form.title, form.sha256)
    mapped = map_clauses(form, {"1": ("1.9",)})
    assert (("1.9",), ()) == (mapped.question("1").clauses, mapped.question("2").clauses)
    with pytest.raises(CodeError, match="no such question"):
        map_clauses(form, {"99": ("1.1",)})


def test_an_altered_form_is_refused_where_it_was_pinned(document: bytes) -> None:
    with pytest.raises(ReportError, match="another form than the one that was pinned"):
        import_form(document, "form.docx", sha256="0" * 64)


def _zip(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"no zip", "no DOCX"),
        (_zip(a=b"x"), "no DOCX"),
        (_zip(word__document_xml=bytes(80 << 20)), "unpacks to too much"),
        (_zip(**{"word/document.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "entities"),
        (b"PK\x03\x04" + bytes(100), "no DOCX"),
        (bytes(17 << 20), "too large"),
    ],
)
def test_what_is_no_form_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(ReportError, match=problem):
        import_form(data, "x.docx")


def test_a_document_without_questions_is_no_form() -> None:
    held = io.BytesIO()
    docx.Document().save(held)
    with pytest.raises(ReportError, match="no numbered questions"):
        import_form(held.getvalue(), "x.docx")


@given(st.data())
@settings(max_examples=40)
def test_a_damaged_document_is_refused_and_breaks_nothing(data: st.DataObject) -> None:
    made = docx.Document()
    made.add_paragraph("Section 1. Risk")
    made.add_paragraph("1A What?")
    held = io.BytesIO()
    made.save(held)
    whole = bytearray(held.getvalue())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with suppress(ReportError):
        import_form(bytes(whole), "x.docx")
