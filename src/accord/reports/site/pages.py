"""The site's own pages: each from one value, which is its JSON too. What they quote is hostile and is escaped."""

import json
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup, escape

from accord import __version__
from accord.evidence import Model
from accord.ledger import PublicKey, format_json
from accord.reports import text
from accord.reports.html import inert
from accord.reports.languages import ENGLISH
from accord.reports.languages.page import speak
from accord.reports.rendering import open_templates
from accord.reports.scripting import hash_source, read_script
from accord.reports.site.models import RecordFile, RecordPage

NAMES = {"en": "English", "fr": "Français", "de": "Deutsch", "it": "Italiano", "ja": "日本語"}
"""What each language of a report calls itself."""


def render(template: str, page: Model, up: str) -> bytes:
    """Return a page without a script; `up` leads from it to the front page's folder."""
    return _render(template, up, page=page)


def render_record(page: RecordPage, file: RecordFile) -> bytes:
    """Return a record's page, which carries what its script checks."""
    script = read_script("record")
    return _render(
        "record",
        "../",
        page=page,
        file=file,
        fingerprint=PublicKey.parse(file.vkey).fingerprint,
        statement=_spell(file.statement),
        checkpoint=_lines(file.checkpoint),
        script=Markup(script),  # noqa: S704 - our own script, as packaged
        script_hash=hash_source(script),
        data=inert(render_json(file)),
    )


def render_json(page: Model) -> bytes:
    """Return the JSON beside a page (RFC 8785)."""
    value = page.model_dump(mode="json")
    return format_json({"schema" if name == "schema_id" else name: member for name, member in value.items()})


def _spell(statement: object) -> Markup:
    """Return a statement for people to read; as JSON it is the same, and nothing in it is invisible."""
    spelled = json.dumps(statement, indent=2, ensure_ascii=False)
    return escape(text.INVISIBLE.sub(lambda found: found[0] if found[0] == "\n" else _escape(found[0]), spelled))


def _lines(note: str) -> Markup:
    """Return a note, of which nothing but its line breaks is invisible."""
    return Markup("\n").join(str(text.visible(line)) for line in note.split("\n"))


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1]


def _render(template: str, up: str, **values: object) -> bytes:
    css = _read_css()
    page = _environment().get_template(f"{template}.html.j2")
    style = Markup(css)  # noqa: S704 - our own style sheet, as packaged
    given = {"css": style, "css_hash": hash_source(css), "up": up, "tool": __version__, "languages": NAMES}
    return page.render(given | values).encode()


@cache
def _read_css() -> str:
    root = files("accord.reports")
    parts = ("templates/report.css", "site/templates/site.css")
    return "".join(root.joinpath(part).read_text(encoding="utf-8") for part in parts)


@cache
def _environment() -> Environment:
    folders = ("site/templates", "templates")
    environment = open_templates(ChoiceLoader([PackageLoader("accord.reports", folder) for folder in folders]))
    speak(environment, ENGLISH)
    return environment
