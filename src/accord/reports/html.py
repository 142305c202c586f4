"""report.html: one file that needs nothing else: no request, and no style and no script but its own.

The page says all that it says without its script, which checks it where it is read.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from accord.evidence import Status
from accord.reports.json_file import format_report, read_content
from accord.reports.languages import find_language, name_file
from accord.reports.languages.page import speak
from accord.reports.models import Content
from accord.reports.rendering import open_templates
from accord.reports.scripting import hash_source, read_script
from accord.verify.dossier import Proof

_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_WORDS = re.compile(r'content: "([A-Za-z][^"]*?)( ?)"')


def render_html(proof: Proof, language: str = "en") -> bytes:
    """Return the page for `proof`, with report.json inside it; the same proof gives the same bytes.

    The proof is checked under its own key, which shows that the file is sound in itself, not whose it is. Raises
    ReportError where reports are not written in the language.
    """
    return format_page(read_content(proof), proof, language).encode()


def format_page(content: Content, proof: Proof, language: str = "en") -> str:
    """Return the page; every text that was declared, measured or signed is escaped by the templates."""
    css, script = _read_css(language), read_script("report", language)
    return (
        _environment(language)
        .get_template("report.html.j2")
        .render(
            content=content,
            language=language,
            file=name_file("report.html", language),
            paths={entry.index: entry.inclusion for entry in proof.entries},
            runs={run.index: run for run in (*content.runs, *content.others, *content.incomplete)},
            tolerances={tolerance.metric: tolerance for tolerance in content.declared.tolerances},
            least=content.declared.evaluation.agreement,
            decisions={item.index: item for item in content.decisions},
            kept={name: days for name, days in content.declared.retention if days},
            Status=Status,
            css=Markup(css),  # noqa: S704 - our own style sheet, as packaged
            css_hash=hash_source(css),
            script=Markup(script),  # noqa: S704 - our own script, as packaged
            script_hash=hash_source(script),
            data=inert(format_report(content, proof)),
        )
    )


def inert(data: bytes) -> Markup:
    """Return canonical JSON as it stands in a script element that is never run."""
    # Without "<" nothing in the block can end it or open a comment; JSON reads \u003c as the same character.
    return Markup(data.decode().replace("<", "\\u003c"))  # noqa: S704 - canonical JSON that holds no "<"


@cache
def _read_css(language: str) -> str:
    """Return the style sheet, with the words in it in a language."""
    css = files("accord.reports").joinpath("templates/report.css").read_text(encoding="utf-8")
    held = find_language(language)
    css = css.replace('content: ":"', f'content: "{held.gettext(": ").removesuffix(" ")}"')
    return _WORDS.sub(lambda found: f'content: "{held.gettext(found[1])}{found[2]}"', css)


class _Templates(PackageLoader):
    """Templates without their indentation: a page would carry it for nothing, a twentieth of what it weighs."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool] | None]:
        source, name, is_current = super().get_source(environment, template)
        return _INDENT.sub("", source), name, is_current


@cache
def _environment(language: str) -> Environment:
    environment = open_templates(_Templates("accord.reports"))
    speak(environment, find_language(language))
    return environment
