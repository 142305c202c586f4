"""The script with which a page is checked in its reader's browser: our own, inline, and allowed by its hash alone."""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from accord.reports.languages import Language, find_language
from accord.verify.report_file import SITE_NAV

_FOLDER = "scripts"


@cache
def read_script(name: str, language: str = "en") -> str:
    """Return the script of one kind of page, `report` or `record`, with the words that it says in a language."""
    folder = files("accord.reports") / _FOLDER
    words = _translate(json.loads((folder / "words.en.json").read_text(encoding="utf-8")), find_language(language))
    # Without "<" nothing in the script can end its element: in JSON and in JavaScript \u003c is the same character.
    told = f"const WORDS = {json.dumps(words)};\nconst SITE_NAV = {json.dumps(SITE_NAV.decode())};\n"
    parts = [(folder / f"{part}.js").read_text(encoding="utf-8") for part in ("core", name)]
    return told.replace("<", "\\u003c") + "\n".join(parts)


def _translate(held: Any, language: Language) -> Any:  # noqa: ANN401 - words by their names, some of them in groups
    if isinstance(held, dict):
        told = {name: _translate(value, language) for name, value in held.items() if name != "statuses"}
        statuses = {name: language.term(word, "status") for name, word in held.get("statuses", {}).items()}
        return told | ({"statuses": statuses} if statuses else {})
    return language.gettext(held)


def hash_source(text: str) -> str:
    """Return how a Content Security Policy names an inline script or style: the base64 of its SHA-256."""
    return b64encode(sha256(text.encode()).digest()).decode()
