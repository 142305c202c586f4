"""report.pdf: the report on paper, set by typst; the same content and the same fonts give the same bytes.

It is PDF/A-2b where the fonts have every character of it, as that standard asks, and plain PDF elsewhere.
Everything that was declared, measured or signed is handed over as data, and nothing of it is read as markup.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from accord.errors import MissingExtraError, ReportError
from accord.evidence import Basis, Origin, Status
from accord.reports.figures import figures_of
from accord.reports.languages import Language, find_language
from accord.reports.languages.templates import fill
from accord.reports.models import Content
from accord.reports.text import visible

_STANDARD = "a-2b"
_WORDS = re.compile(r'\bt\("([^"]+)"\)')
"""What report.typ asks of a language."""
_TERMS = [(kind, str(word)) for kind, of in (("status", Status), ("basis", Basis), ("origin", Origin)) for word in of]
_NO_GLYPH = "could not be displayed with font"


def render_pdf(content: Content, language: str = "en") -> bytes:
    """Return the file; raise MissingExtraError without typst, ReportError where it cannot set the page."""
    try:
        typst = import_module("typst")  # here: of an extra
    except ImportError as error:
        raise MissingExtraError("Writing PDF needs typst.", fix="pip install 'accord[pdf]'") from error
    paper = files("accord.reports").joinpath("templates/report.typ").read_text(encoding="utf-8")
    data = _shown(_data(content, find_language(language), paper))
    with tempfile.TemporaryDirectory(prefix="accord-pdf-") as made:
        folder = Path(made)
        (folder / "report.typ").write_text(paper, encoding="utf-8")
        (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
        try:
            return _compile(typst, folder, [_STANDARD])
        except typst.TypstError as error:
            if _NO_GLYPH not in str(error):
                raise ReportError("The report cannot be set as PDF.", found=str(error)[:500]) from error
        return _compile(typst, folder, [])


def _compile(typst: ModuleType, folder: Path, standards: list[str]) -> bytes:
    pdf: bytes = typst.compile(str(folder / "report.typ"), root=str(folder), format="pdf", pdf_standards=standards)
    return pdf


def _data(content: Content, language: Language, paper: str) -> dict[str, Any]:
    title = fill(
        language.gettext("{name}: the G7 Code of Conduct, clause by clause"), {"name": content.declared.system.name}
    )
    edition = content.edition
    return {
        "title": title,
        "language": language.name,
        "date": [content.assessed.year, content.assessed.month, content.assessed.day],
        "assessed": language.moment(content.assessed),
        "assessment": fill(language.gettext("record {index}"), {"index": str(content.assessment)}),
        "edition": f"{_told(language, edition.title)}{language.gettext(': ')}{_told(language, edition.note)}",
        "statuses": list(Status),
        "terms": {word: language.term(word.replace("-", " "), kind) for kind, word in _TERMS},
        "words": {text: language.gettext(text) for text in _WORDS.findall(paper)},
        "metrics": list(_metrics(content, language)),
        "content": _translate(content, language).model_dump(
            mode="json",
            include={"declared", "edition", "limits", "actions", "findings", "runs", "log", "assessment"},
        ),
    }


def _told(language: Language, text: str) -> str:
    return language.said(text) or text


def _translate(content: Content, language: Language) -> Content:
    """Return a report whose sentences are told in a language; what is not known in it stays English."""

    def told(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_told(language, text) for text in texts)

    def code(text: str, item: str, field: str) -> str:
        return language.code(text, content.edition.id, item, field) or text

    return content.model_copy(
        update={
            "limits": told(content.limits),
            "findings": tuple(f.model_copy(update={"summary": _told(language, f.summary)}) for f in content.findings),
            "actions": tuple(
                action.model_copy(
                    update={
                        "title": code(action.title, str(action.number), "title"),
                        "clauses": tuple(
                            c.model_copy(update={"text": code(c.text, c.id, "text"), "gaps": told(c.gaps)})
                            for c in action.clauses
                        ),
                    }
                )
                for action in content.actions
            ),
        }
    )


def _metrics(content: Content, language: Language) -> Iterator[dict[str, str]]:
    for run in content.runs:
        for metric in (figure.metric for figure in figures_of(run, content)):
            low, high, title = metric.low, metric.high, _told(language, metric.title)
            told = {} if low is None or high is None else {"low": language.share(low), "high": language.share(high)}
            yield {
                "suite": run.evaluation.suite.id,
                "title": f"{title} ({metric.group})" if metric.group else title,
                "language": language.tongue(metric.language),
                "n": str(metric.n),
                "value": language.gettext("not stated") if metric.value is None else language.share(metric.value),
                "interval": fill(language.gettext("{low} to {high}"), told) if told else "",
            }


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value of JSON whose texts have nothing invisible in them."""
    if isinstance(value, dict):
        return {name: _shown(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_shown(held) for held in value]
    return visible(value)
