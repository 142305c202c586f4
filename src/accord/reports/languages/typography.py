"""How a language sets marks: the spaces of French, and the quotation marks of each."""

import re

QUOTES = {
    "en": ("“", "”"),
    "fr": ("«\u202f", "\u202f»"),
    "de": ("„", "“"),
    "it": ("«", "»"),
    "ja": ("「", "」"),
}
"""What encloses a title."""

_NARROW = "\u202f"
_ENTITY_OR_MARK = re.compile(
    r"&\w+;|(?<=[\w})».\u2019])[ \u00a0\u202f]?([;:!?])(?=\s|$|<)|[ \u00a0]([;!?»])|«[ \u00a0]"
)


def typeset(text: str, language: str) -> str:
    """Return a translated message with the spaces that its language asks for: in French, no line ends before a mark."""
    return _ENTITY_OR_MARK.sub(_space, text) if language == "fr" else text


def _space(found: re.Match[str]) -> str:
    if found[0].startswith("&"):
        return found[0]
    mark = found[1] or found[2]
    return f"{_NARROW}{mark}" if mark else f"«{_NARROW}"
