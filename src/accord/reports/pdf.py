"""report.pdf: the report on paper, set by typst; the same content and the same fonts give the same bytes.

It is PDF/A-2b where the fonts have every character of it, as that standard asks, and plain PDF elsewhere.
Everything that was declared, measured or signed is handed over as data, and nothing of it is read as markup.
"""

import json
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from accord.errors import MissingExtraError, ReportError
from accord.evidence import Status
from accord.reports.models import Content
from accord.reports.text import format_moment, format_share, visible

_STANDARD = "a-2b"
_NO_GLYPH = "could not be displayed with font"


def render_pdf(content: Content) -> bytes:
    """Return the file; raise MissingExtraError without typst, ReportError where it cannot set the page."""
    try:
        typst = import_module("typst")  # here: of an extra
    except ImportError as error:
        raise MissingExtraError("Writing PDF needs typst.", fix="pip install 'accord[pdf]'") from error
    with tempfile.TemporaryDirectory(prefix="accord-pdf-") as made:
        folder = Path(made)
        (folder / "report.typ").write_bytes(files("accord.reports").joinpath("templates/report.typ").read_bytes())
        (folder / "data.json").write_text(json.dumps(_shown(_data(content))), encoding="utf-8")
        try:
            return _compile(typst, folder, [_STANDARD])
        except typst.TypstError as error:
            if _NO_GLYPH not in str(error):
                raise ReportError("The report cannot be set as PDF.", found=str(error)[:500]) from error
        return _compile(typst, folder, [])


def _compile(typst: ModuleType, folder: Path, standards: list[str]) -> bytes:
    pdf: bytes = typst.compile(str(folder / "report.typ"), root=str(folder), format="pdf", pdf_standards=standards)
    return pdf


def _data(content: Content) -> dict[str, Any]:
    title = f"{content.declared.system.name}: the G7 Code of Conduct, clause by clause"
    return {
        "title": title,
        "language": "en",
        "date": [content.assessed.year, content.assessed.month, content.assessed.day],
        "assessed": format_moment(content.assessed),
        "statuses": list(Status),
        "metrics": list(_metrics(content)),
        "content": content.model_dump(
            mode="json",
            include={"declared", "edition", "limits", "actions", "findings", "runs", "log", "assessment"},
        ),
    }


def _metrics(content: Content) -> Iterator[dict[str, str]]:
    for run in content.runs:
        for metric in run.evaluation.metrics:
            low, high = metric.low, metric.high
            yield {
                "suite": run.evaluation.suite.id,
                "title": f"{metric.title} ({metric.group})" if metric.group else metric.title,
                "language": metric.language,
                "n": str(metric.n),
                "value": "not stated" if metric.value is None else format_share(metric.value),
                "interval": "" if low is None or high is None else f"{format_share(low)} to {format_share(high)}",
            }


def _shown(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value of JSON whose texts have nothing invisible in them."""
    if isinstance(value, dict):
        return {name: _shown(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_shown(held) for held in value]
    return visible(value)
