"""Two reports side by side: what was verified of both, and no winner."""

from accord.reports.comparing.comparison import SCHEMA, Comparison, compare
from accord.reports.comparing.pages import to_html, to_markdown
from accord.reports.comparing.sides import Side, open_side

__all__ = ["SCHEMA", "Comparison", "Side", "compare", "open_side", "to_html", "to_markdown"]
