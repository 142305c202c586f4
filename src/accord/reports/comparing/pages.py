"""A comparison as Markdown and as a page: hostile names are shown and never obeyed."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from accord.reports.comparing.comparison import (
    ClauseRow,
    Comparison,
    FigureRow,
    FigureSide,
    Party,
    group_apart,
    tell_status,
)
from accord.reports.rendering import open_templates
from accord.reports.scripting import hash_source
from accord.reports.text import escape_markdown, format_moment, format_share

NO_VERDICT = "Nothing is added up, and neither wins: the Code has no certifier. What does not verify is not compared."


def tell_share(side: FigureSide | None) -> str:
    """Return what one party measured, in words."""
    if side is None:
        return "not measured"
    if side.value is None or side.low is None or side.high is None:
        return f"not stated, n = {side.n}"
    return f"{format_share(side.value)} ({format_share(side.low)} to {format_share(side.high)}), n = {side.n}"


def tell_difference(row: FigureRow) -> str:
    """Return the difference with its interval, in points of per cent, and whether zero lies in it."""
    if row.difference is None or row.low is None or row.high is None:
        return "not comparable"
    shown = f"{row.difference * 100:+.1f} ({row.low * 100:+.1f} to {row.high * 100:+.1f})"
    return f"{shown}; zero lies in it" if row.low <= 0 <= row.high else shown


def tell_party(party: Party) -> str:
    """Return whose report it is and what verifying it came to, in words."""
    whose = "under a key that you named" if party.pinned else "whose key nobody named"
    claims = ", ".join(f"{n} {result}" for result, n in party.claims.items())
    return (
        f"{party.system} {party.version}, {party.organisation}; model {party.model} ({party.model_sha256[:12]}); "
        f"assessed {format_moment(party.assessed)}; log {party.log}, {whose}; claims: {claims}"
    )


def to_markdown(comparison: Comparison) -> bytes:
    """Return the comparison as Markdown."""
    return ("\n".join(_lines(comparison)) + "\n").encode()


def _lines(comparison: Comparison) -> Iterator[str]:
    yield from ("# Two reports side by side", "")
    yield f"- First: {escape_markdown(tell_party(comparison.first))}"
    yield f"- Second: {escape_markdown(tell_party(comparison.second))}"
    yield from ("", NO_VERDICT, "", "## Clause by clause", "")
    yield from ("| Clause | Force | First | Second | |", "| --- | --- | --- | --- | --- |")
    yield from (_clause(row) for row in comparison.clauses)
    yield from ("", "## What was measured by both in the same way", "")
    both = [row for row in comparison.figures if not row.apart]
    if both:
        yield from ("| Metric | First | Second | Second less first, in points |", "| --- | --- | --- | --- |")
    yield from (_figure(row) for row in both)
    yield from ([] if both else ["Nothing."])
    yield from ("", "## What cannot be compared", "")
    apart = group_apart(comparison.figures)
    yield from (f"- {escape_markdown(tell_apart(why, rows))}" for why, rows in apart.items())
    yield from ([] if apart else ["Nothing."])


def tell_apart(why: str, rows: Sequence[FigureRow]) -> str:
    """Return what cannot be compared for one reason, in words."""
    return f"{', '.join(dict.fromkeys(map(name_figure, rows)))}: {why}"


def name_figure(row: FigureRow) -> str:
    """Return the name of a figure: its metric, with the language and the part where they are not all and English."""
    told = [*([row.part] if row.part else []), *([row.language] if row.language != "en" else [])]
    return f"{row.metric} ({', '.join(told)})" if told else row.metric


def _clause(row: ClauseRow) -> str:
    differs = row.apart or ("" if row.first == row.second else _tell_change(row))
    cells = (row.id, row.force, tell_status(row.first), tell_status(row.second), differs)
    return f"| {' | '.join(map(escape_markdown, cells))} |"


def _tell_change(row: ClauseRow) -> str:
    return "differs" if row.first and row.second and row.first.status != row.second.status else ""


def _figure(row: FigureRow) -> str:
    cells = (name_figure(row), tell_share(row.first), tell_share(row.second), tell_difference(row))
    return f"| {' | '.join(map(escape_markdown, cells))} |"


def to_html(comparison: Comparison) -> bytes:
    """Return the comparison as one page that needs nothing else."""
    css = files("accord.reports").joinpath("templates/report.css").read_text(encoding="utf-8")
    page = _environment().get_template("comparison.html.j2")
    told = {
        "comparison": comparison,
        "both": [row for row in comparison.figures if not row.apart],
        "apart": group_apart(comparison.figures),
        "no_verdict": NO_VERDICT,
        "css": Markup(css),  # noqa: S704 - our own style sheet, as packaged
        "css_hash": hash_source(css),
    }
    return page.render(told).encode()


@cache
def _environment() -> Environment:
    environment = open_templates(PackageLoader("accord.reports"))
    environment.filters |= {
        "party": tell_party,
        "status": tell_status,
        "share": tell_share,
        "difference": tell_difference,
        "named": name_figure,
    }
    return environment
