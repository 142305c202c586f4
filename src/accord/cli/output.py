"""What commands print with: a console, stable JSON and safe text."""

import io
import json
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import click

from accord.errors import AccordError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON with a stable schema.")


_WIDTH = 100
"""Columns of tables where nothing says how wide the reader's screen is."""


def console(*, stderr: bool = False) -> "Console":
    """Return a console that treats nothing in a string as markup."""
    from rich.console import Console  # noqa: PLC0415 - 0.03 s that plain lines do without

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, markup=False, width=None if stream.isatty() else _WIDTH)


def say(line: str, style: str = "") -> None:
    """Print a line that may hold hostile text; it is never wrapped, so that a path or a key can be copied."""
    if sys.stdout.isatty() or "FORCE_COLOR" in os.environ:
        console().print(safe(line, style), soft_wrap=True)
    else:
        click.echo(visible(line))


def safe(text: str, style: str = "") -> "Text":
    """Return hostile text as Rich text: control and invisible formatting characters are shown, never obeyed."""
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text(visible(text), style=style)


def visible(text: str) -> str:
    """Return hostile text with its control and invisible formatting characters written out."""
    return "".join(_shown(c) for c in text)


def _shown(char: str) -> str:
    if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return char
    return f"\\u{ord(char):04x}" if ord(char) > 0xFF else f"\\x{ord(char):02x}"  # noqa: PLR2004 - Latin-1 ends there


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print `value` as JSON on standard output, one stable form: ASCII alone, so that no terminal obeys a string."""
    click.echo(json.dumps(value, indent=2, sort_keys=True))


def show_error(error: AccordError, *, as_json: bool) -> None:
    """Print an error: for people on standard error, for programs as JSON on standard output."""
    parts = {"problem": error.problem, "where": error.where, "expected": error.expected, "found": error.found}
    if as_json:
        kind = type(error).__name__
        print_json({"error": {"kind": kind, **{k: v for k, v in {**parts, "fix": error.fix}.items() if v}}})
        return
    console(stderr=True).print(safe("error: ", "bold red") + safe(str(error)), soft_wrap=True)


def show_usage(error: click.ClickException) -> None:
    """Print on standard error what click says of a mistake in the arguments, which it may repeat raw."""
    words = io.StringIO()
    error.show(words)
    click.echo(visible(words.getvalue()), err=True, nl=False)
