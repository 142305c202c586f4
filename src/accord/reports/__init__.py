"""Reports: one small file for each format, each a pure function of the proof that it carries.

Nothing is said that the records do not bear out, and every sentence leads to its record.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from accord.reports.content import build
from accord.reports.csv_file import render_csv
from accord.reports.gpai import render_docx, render_json_form, render_markdown_form
from accord.reports.html import format_page, render_html
from accord.reports.json_file import SCHEMA, render_json
from accord.reports.languages import LANGUAGES
from accord.reports.markdown import render_markdown
from accord.reports.model_card import render_model_card
from accord.reports.models import Content
from accord.reports.oscal import render_catalog, render_poam, render_results
from accord.reports.pdf import render_pdf
from accord.verify.dossier import Proof

FORMATS: Mapping[str, Callable[[Proof], bytes]] = MappingProxyType({"html": render_html, "json": render_json})
"""Every format that carries its own proof, by name; the file is called `report.` and this name."""
COPIES: Mapping[str, tuple[str, Callable[[Content], bytes]]] = MappingProxyType(
    {
        "pdf": ("report.pdf", render_pdf),
        "model-card": ("model-card.md", render_model_card),
        "markdown": ("report.md", render_markdown),
        "csv": ("findings.csv", render_csv),
        "gpai-docx": ("gpai-form.docx", render_docx),
        "gpai-md": ("gpai-form.md", render_markdown_form),
        "gpai-json": ("gpai-form.json", render_json_form),
        "oscal-catalog": ("oscal-catalog.json", render_catalog),
        "oscal-results": ("oscal-assessment-results.json", render_results),
        "oscal-poam": ("oscal-poam.json", render_poam),
    }
)
"""The same facts for other readers, by name, with the file's name: the log binds them by their digests alone."""


def _render_page(content: Content, proof: Proof, language: str) -> bytes:
    return format_page(content, proof, language).encode()


def _render_paper(content: Content, _proof: Proof, language: str) -> bytes:
    return render_pdf(content, language)


SPOKEN: Mapping[str, tuple[str, Callable[[Content, Proof, str], bytes]]] = MappingProxyType(
    {"html": ("report.html", _render_page), "pdf": ("report.pdf", _render_paper)}
)
"""What people read, in any of LANGUAGES, by name, with the English file's name: `report.fr.html` is in French."""
RENDERERS: Mapping[str, Callable[[Proof], bytes]] = MappingProxyType(
    {**FORMATS, **{f"{name}.html": partial(render_html, language=name) for name in LANGUAGES if name != "en"}}
)
"""How each file that carries its own proof is made, by what follows `report.` in its name, such as `fr.html`."""

__all__ = [
    "COPIES",
    "FORMATS",
    "LANGUAGES",
    "RENDERERS",
    "SCHEMA",
    "SPOKEN",
    "Content",
    "build",
    "render_html",
    "render_json",
    "render_pdf",
]
