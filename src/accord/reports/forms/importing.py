"""A form read from its document: numbers that Word counts and icons of roles survive, which a conversion to text loses.

Made for the OECD's form 2.0 (https://oecd.ai/assets/files/haip-reporting-framework-v2.docx), which is not published as
text. The document is a stranger's: it is unpacked within bounds, its XML without entities, and nothing in it is run.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from accord.codes import Form, Question, Section
from accord.errors import MissingExtraError, ReportError
from accord.ledger import digest

LARGEST = 16 << 20
_UNPACKED = 64 << 20
_MOST_PARAGRAPHS = 20_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_SECTION = re.compile(r"(?:section|part)\s+(\d{1,2})\b[\s.:\u2013\u2014-]*(.*)", re.IGNORECASE)
_WRITTEN = re.compile(r"(?:Q(?:uestion)?\s*)?(\d{1,3}(?:\s*\.?\s*[A-Z])?)[.):]?\s+(.*)", re.DOTALL)
_ROLES = ("model developer", "application developer", "deployer", "provider", "developer")
_RECOMMENDED = re.compile(r"recommended for\s*:?(.*)", re.IGNORECASE | re.DOTALL)
_WORDS = re.compile(
    r"(?:max(?:imum|\.)?(?: of)?|up to|no more than|at most|limit(?:ed to|:)?)\s+"
    r"(\d{1,3}(?:[,.]\d{3})?|\d{1,5})\s+words",
    re.IGNORECASE,
)
_FORMATS = {"decimal", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman"}
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass
class _Counting:
    """Word's automatic numbers: what each list counts, and how it writes it (ECMA-376, 17.9)."""

    levels: Mapping[str, Mapping[int, tuple[str, str, int]]]
    """By list: the format, the text such as Q%1, and the start of each level."""
    _counts: dict[str, list[int]] = field(default_factory=dict)

    def next(self, number: str, level: int) -> str:
        """Return the number of the next paragraph of a list, as it is written."""
        shape = self.levels.get(number, {})
        if level not in shape:
            return ""
        counts = self._counts.setdefault(number, [])
        while len(counts) <= level:
            counts.append(shape.get(len(counts), ("", "", 1))[2] - 1)
        counts[level] += 1
        del counts[level + 1 :]
        text = shape[level][1]
        for place in range(level + 1):
            text = text.replace(f"%{place + 1}", _spell(counts[place], shape.get(place, ("decimal", "", 1))[0]))
        return text.strip()


@dataclass
class _Paragraph:
    number: str
    text: str
    icons: tuple[str, ...]


def import_form(data: bytes, where: str, *, sha256: str = "") -> Form:
    """Return the form of a document; raise ReportError where it is none, or not the one that was pinned by its digest.

    Clauses are left open: whoever reads a question says which it is about (`map_clauses`).
    """
    found = digest(data)
    if sha256 and found != sha256:
        raise ReportError(
            "This is another form than the one that was pinned.", where=where, expected=sha256, found=found,
            fix="compare the two, then pin the new one",
        )  # fmt: skip
    document = _open(data, where)
    sections, title = _sections(_paragraphs(document)), ""
    if not any(section.questions for section in sections):
        raise ReportError(
            "This document has no numbered questions.", where=where, expected="the OECD's form, as a DOCX file"
        )
    title = str(document.core_properties.title or "") or "Imported form"
    return Form(f"imported-{found[:12]}", title, "", sections, found)


def map_clauses(form: Form, clauses: Mapping[str, tuple[str, ...]]) -> Form:
    """Return a form whose questions are about the clauses that somebody said they are about."""
    for name in clauses:
        form.question(name)
    sections = tuple(
        Section(
            s.number, s.title,
            tuple(replace(q, clauses=clauses.get(q.id, q.clauses)) for q in s.questions),
        )
        for s in form.sections
    )  # fmt: skip
    return Form(form.id, form.title, form.url, sections, form.sha256)


def _open(data: bytes, where: str) -> Any:  # noqa: ANN401 - python-docx's document
    fault = ReportError("This is no DOCX document.", where=where, expected="the form as its publisher offers it")
    if len(data) > LARGEST:
        raise ReportError("This document is too large.", where=where, expected=f"at most {LARGEST} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as held:
            infos = held.infolist()
            if sum(info.file_size for info in infos) > _UNPACKED:
                raise ReportError("This document unpacks to too much.", where=where, expected=f"{_UNPACKED} bytes")
            if any(b"<!DOCTYPE" in held.read(i)[:4096] for i in infos if i.filename.endswith((".xml", ".rels"))):
                raise ReportError("This document defines entities of its own.", where=where)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise fault from error
    try:
        docx = import_module("docx")
    except ImportError as error:
        raise MissingExtraError("Reading a form needs python-docx.", fix="pip install 'accord[docx]'") from error
    try:
        return docx.Document(io.BytesIO(data))
    except Exception as error:
        raise fault from error


def _paragraphs(document: Any) -> Iterator[_Paragraph]:  # noqa: ANN401 - as above
    counting = _Counting(_levels(document))
    for count, element in enumerate(document.element.body.iter(f"{_W}p")):
        if count > _MOST_PARAGRAPHS:
            raise ReportError("This document has too many paragraphs.", expected=f"at most {_MOST_PARAGRAPHS}")
        text = "".join(
            part.text or "" if part.tag == f"{_W}t" else " " for part in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br")
        )
        icons = tuple(i.get("descr") or i.get("title") or i.get("name") or "" for i in element.iter(_PICTURE))
        listed = element.find(f"{_W}pPr/{_W}numPr")
        number = "" if listed is None else counting.next(_value(listed, "numId"), int(_value(listed, "ilvl") or 0))
        if text.strip() or icons:
            yield _Paragraph(number, " ".join(text.split()), icons)


def _levels(document: Any) -> dict[str, dict[int, tuple[str, str, int]]]:  # noqa: ANN401 - as above
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError, AttributeError):
        return {}
    shapes = {
        shape.get(f"{_W}abstractNumId"): {
            int(level.get(f"{_W}ilvl")): (_format(level), _value(level, "lvlText"), _start(level))
            for level in shape.iter(f"{_W}lvl")
        }
        for shape in root.iter(f"{_W}abstractNum")
    }
    return {held.get(f"{_W}numId"): shapes.get(_value(held, "abstractNumId"), {}) for held in root.iter(f"{_W}num")}


def _format(level: Any) -> str:  # noqa: ANN401 - as above
    found = _value(level, "numFmt")
    return found if found in _FORMATS else ""


def _start(level: Any) -> int:  # noqa: ANN401 - as above
    found = _value(level, "start")
    return int(found) if found.isdigit() and len(found) < 6 else 1  # noqa: PLR2004 - no form counts to a million


def _value(element: Any, name: str) -> str:  # noqa: ANN401 - as above
    held = element.find(f"{_W}{name}")
    return "" if held is None else held.get(f"{_W}val") or ""


def _spell(count: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and 1 <= count <= 26:  # noqa: PLR2004 - letters
        letter = chr(ord("a") + count - 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in {"lowerRoman", "upperRoman"} and 1 <= count < 40:  # noqa: PLR2004 - without L
        text, left = "", count
        for value, sign in _ROMAN:
            text += sign * (left // value)
            left %= value
        return text.upper() if form == "upperRoman" else text
    return str(count) if form else ""


def _sections(paragraphs: Iterator[_Paragraph]) -> tuple[Section, ...]:
    held: list[tuple[int, str, list[Question]]] = []
    for paragraph in paragraphs:
        if heading := _SECTION.fullmatch(f"{paragraph.number} {paragraph.text}".strip()):
            held.append((int(heading[1]), heading[2].strip(), []))
        elif held and (question := _question(paragraph)) is not None:
            held[-1][2].append(question)
        elif held and held[-1][2]:
            held[-1][2][-1] = _extend(held[-1][2][-1], paragraph)
    return tuple(Section(number, title, tuple(_unique(questions))) for number, title, questions in held)


def _question(paragraph: _Paragraph) -> Question | None:
    """Return the question that a paragraph begins, by the number that Word counts or the one that is written."""
    number, text = paragraph.number, paragraph.text
    if not number and (written := _WRITTEN.fullmatch(text)):
        number, text = written[1], written[2]
    name = re.sub(r"[^0-9A-Za-z]+", "", number).upper().removeprefix("QUESTION").removeprefix("Q")
    if not re.fullmatch(r"\d{1,3}[A-Z]?", name) or not text:
        return None
    return Question(name, text, (), _roles(paragraph), words=_words(text))


def _extend(question: Question, paragraph: _Paragraph) -> Question:
    """Take the roles and the limit that stand below a question; options and notes are not part of what it asks."""
    roles = tuple(dict.fromkeys([*question.roles, *_roles(paragraph)]))
    return Question(question.id, question.text, (), roles, words=question.words or _words(paragraph.text))


def _words(text: str) -> int:
    """Return the most words that an answer may have, where a text says so."""
    found = _WORDS.search(text)
    return int(re.sub(r"\D", "", found[1])) if found else 0


def _roles(paragraph: _Paragraph) -> tuple[str, ...]:
    recommended = _RECOMMENDED.search(paragraph.text)
    texts = [*paragraph.icons, *([recommended[1]] if recommended else [])]
    found = []
    for text in texts:
        left = text.lower()
        for role in _ROLES:
            if role in left:
                found.append(role)
                left = left.replace(role, " ")
        if text in paragraph.icons and not any(role in text.lower() for role in _ROLES):
            found.append(f"icon: {text}" if text else "an icon without words")
    return tuple(dict.fromkeys(found))


def _unique(questions: list[Question]) -> Iterator[Question]:
    seen: dict[str, int] = {}
    for question in questions:
        seen[question.id] = seen.get(question.id, 0) + 1
        again = seen[question.id]
        yield question if again == 1 else replace(question, id=f"{question.id}-{again}")
