"""Write docs/reference/commands.md from the commands themselves; with --check, exit 1 where it is not current."""

import re
from collections.abc import Iterator

import click
from pages import escape, paragraphs, publish, table

from accord.cli import EXIT_CODES, accord

_INTRODUCTION = """\
Every command takes `--help`. With `--json` it prints JSON of stable keys on standard output, an error among them as
`{"error": {"kind", "problem", "where", "expected", "found", "fix"}}`, with the parts that it has. Progress and messages
go to standard error. Each option can also be set by an environment variable, which the tables name."""
_ALWAYS = (0, 2, 3, 4, 130)


def render() -> Iterator[str]:
    """Yield the parts of the page."""
    yield "# Commands"
    yield _INTRODUCTION
    yield "## Exit codes"
    yield table(("Code", "Meaning"), ((str(code), escape(text)) for code, text in EXIT_CODES.items()))
    for context in contexts(click.Context(accord, info_name="accord", auto_envvar_prefix="ACCORD")):
        yield from _section(context)


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield the context of every command below, groups left out."""
    if not isinstance(context.command, click.Group):
        yield context
        return
    for name in context.command.list_commands(context):
        command = context.command.get_command(context, name)
        if command:
            yield from contexts(click.Context(command, parent=context, info_name=name))


def _section(context: click.Context) -> Iterator[str]:
    help_text = context.command.help or ""
    usage = " ".join(context.command.collect_usage_pieces(context))
    yield f"## `{context.command_path}`"
    yield f"    {context.command_path} {usage}"
    yield paragraphs(help_text)
    yield table(("Option", "Meaning", "Variable"), _options(context))
    # Only a command whose help speaks of the code 1 has findings to end with.
    codes = sorted({*_ALWAYS, *([1] if re.search(r"(?<![\w.])1(?![\w.])", help_text) else [])})
    yield f"Exit codes: {', '.join(map(str, codes))}."


def _options(context: click.Context) -> Iterator[tuple[str, ...]]:
    for option in context.command.params:
        shown = option.get_help_record(context)
        if isinstance(option, click.Option) and shown:
            variable = f"{context.auto_envvar_prefix}_{option.name}".upper()
            yield (f"`{shown[0].replace('|', ' or ')}`", escape(shown[1]), f"`{variable}`")


if __name__ == "__main__":
    publish("commands.md", __file__, render())
