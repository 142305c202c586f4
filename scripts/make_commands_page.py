"""Write docs/reference/commands.md from the commands themselves; with --check, exit 1 where it is not current."""

import argparse
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from accord.cli import EXIT_CODES, accord

_PAGE = Path(__file__).parent.parent / "docs" / "reference" / "commands.md"
_INTRODUCTION = """\
Every command takes `--help`. With `--json` it prints JSON of stable keys on standard output, an error among them as
`{"error": {"kind", "problem", "where", "expected", "found", "fix"}}`, with the parts that it has. Progress and messages
go to standard error. Each option can also be set by an environment variable, which the tables name."""
_ALWAYS = (0, 2, 3, 4, 130)


def render() -> str:
    """Return the page, in Markdown."""
    parts = [
        "<!-- Written by scripts/make_commands_page.py; do not edit. -->",
        "# Commands",
        _INTRODUCTION,
        "## Exit codes",
        _table(["Code", "Meaning"], [[str(code), text] for code, text in EXIT_CODES.items()]),
    ]
    for context in contexts(click.Context(accord, info_name="accord", auto_envvar_prefix="ACCORD")):
        parts += _section(context)
    return "\n\n".join(parts) + "\n"


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield the context of every command below, groups left out."""
    if not isinstance(context.command, click.Group):
        yield context
        return
    for name in context.command.list_commands(context):
        command = context.command.get_command(context, name)
        if command:
            yield from contexts(click.Context(command, parent=context, info_name=name))


def main() -> None:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    page = render()
    if not check:
        _PAGE.parent.mkdir(parents=True, exist_ok=True)
        _PAGE.write_text(page, encoding="utf-8")
    elif not _PAGE.is_file() or _PAGE.read_text(encoding="utf-8") != page:
        sys.exit(f"{_PAGE} is not current: run scripts/make_commands_page.py")


def _section(context: click.Context) -> Iterator[str]:
    help_text = inspect.cleandoc(context.command.help or "")
    usage = " ".join(context.command.collect_usage_pieces(context))
    yield f"## `{context.command_path}`"
    yield f"    {context.command_path} {usage}"
    yield _escape(help_text)
    yield _table(["Option", "Meaning", "Variable"], list(_options(context)))
    # Only a command whose help speaks of the code 1 has findings to end with.
    codes = sorted({*_ALWAYS, *([1] if re.search(r"(?<![\w.])1(?![\w.])", help_text) else [])})
    yield f"Exit codes: {', '.join(map(str, codes))}."


def _options(context: click.Context) -> Iterator[list[str]]:
    for option in context.command.params:
        shown = option.get_help_record(context)
        if isinstance(option, click.Option) and shown:
            variable = f"{context.auto_envvar_prefix}_{option.name}".upper()
            yield [f"`{shown[0]}`", _escape(" ".join(shown[1].split())), f"`{variable}`"]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _escape(text: str) -> str:
    """Make text safe in Markdown: no HTML, no markup; paragraphs stay."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)


if __name__ == "__main__":
    main()
