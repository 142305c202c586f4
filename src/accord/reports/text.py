"""How values are written on the page: in words, the same on every machine, with nothing invisible."""

import re
from datetime import date, datetime

from markupsafe import Markup

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

# Controls, and everything that Unicode calls default-ignorable or that draws nothing: bidi overrides reorder what a
# reader sees, and the others hide text inside text. ZWJ and ZWNJ are among them: a mark is better than a lookalike.
INVISIBLE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Every character that is not seen, and may change what is."""


def visible(value: object) -> object:
    """Return text with every invisible character written as its code point, such as [U+202E]; leave all else."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return INVISIBLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)
    return value


def format_date(value: date) -> str:
    """Return a day, as in 23 November 2026."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def format_moment(value: datetime) -> str:
    """Return a moment in UTC, as in 23 November 2026, 15:04 UTC."""
    return f"{format_date(value)}, {value:%H:%M}\u00a0UTC"


def format_stamp(value: datetime) -> str:
    """Return a moment as machines read it (RFC 3339)."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def format_share(value: float) -> str:
    """Return a proportion in per cent with one decimal, as in 70.8 %."""
    return f"{value * 100:.1f}\u00a0%"


def format_rate(value: float) -> str:
    """Return a proportion that may be small in per cent, as in 12.5 % or 0.0042 %."""
    return format_share(value) if value >= 0.01 or not value else f"{value * 100:.2g}\u00a0%"  # noqa: PLR2004 - one per cent


def format_pages(pages: tuple[int, ...]) -> str:
    """Return the pages of the official PDF, as in p. 3 or pp. 2-3."""
    if len(pages) < 2:  # noqa: PLR2004 - one page or several
        return f"p. {pages[0]}" if pages else "no page"
    return f"pp. {pages[0]}\u2013{pages[-1]}"


def format_words(identifier: str) -> str:
    """Return an id of ours as words, as in no evidence for no-evidence."""
    return identifier.replace("-", " ")


def format_percent(value: float) -> str:
    """Return a proportion as a place on a drawing, as in 70.83%."""
    return f"{value * 100:.2f}%"


def format_figure(value: float) -> str:
    """Return a figure with up to four places, and none that are zero: 12, 0.7083."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&$])")
_FORMULA = ("=", "+", "-", "@")


def seen(text: str) -> str:
    """Return a text in one line, with what is invisible written out."""
    return str(visible(" ".join(text.split())))


def escape_markdown(text: str) -> str:
    """Return Markdown that shows a text as it is, in one line."""
    return _MARKUP.sub(r"\\\1", seen(text))


def escape_cell(text: str) -> str:
    """Return a cell of a table that no spreadsheet reads as a formula."""
    shown = seen(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
