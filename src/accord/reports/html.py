"""report.html: one file that needs nothing else: no request, and no style and no script but its own.

The page says all that it says without its script, which checks it where it is read.
"""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from accord.evidence import Status
from accord.reports import text
from accord.reports.json_file import format_report, read_content
from accord.reports.models import Content
from accord.reports.scripting import hash_source, read_script
from accord.verify.dossier import Proof

FILTERS = {
    "day": text.format_date,
    "moment": text.format_moment,
    "stamp": text.format_stamp,
    "share": text.format_share,
    "rate": text.format_rate,
    "pages": text.format_pages,
    "words": text.format_words,
    "percent": text.format_percent,
    "figure": text.format_figure,
}


def render_html(proof: Proof) -> bytes:
    """Return report.html for `proof`, with report.json inside it; the same proof gives the same bytes.

    The proof is checked under its own key, which shows that the file is sound in itself, not whose it is.
    """
    content = read_content(proof)
    return format_page(content, proof).encode()


def format_page(content: Content, proof: Proof) -> str:
    """Return the page; every text that was declared, measured or signed is escaped by the templates."""
    css, script = _read_css(), read_script("report")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            content=content,
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
            data=_inert(format_report(content, proof)),
        )
    )


def _inert(data: bytes) -> Markup:
    # Without "<" nothing in the block can end it or open a comment; JSON reads \u003c as the same character.
    return Markup(data.decode().replace("<", "\\u003c"))  # noqa: S704 - canonical JSON that holds no "<"


@cache
def _read_css() -> str:
    return files("accord.reports").joinpath("templates/report.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("accord.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= FILTERS
    return environment
