"""Write docs/reference/manifest.md from the models of accord.toml; with --check, exit 1 where it is not current."""

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from accord.manifest import System, system
from accord.manifest._words import describe, example, keys, table_of
from accord.manifest.system import Part

_PAGE = Path(__file__).parent.parent / "docs" / "reference" / "manifest.md"
_INTRODUCTION = """\
The one file in which an organisation declares its AI system. `accord init` writes the first one. A key that is not
listed here is a mistake, and every mistake is reported at once, with its line. At most 1 MiB of UTF-8.

What is declared is signed and goes into a log that cannot forget, except for the folder of `weights`, `key_env` and
`key_file`, which stay on this machine. Write nothing personal and no secret."""


def render() -> str:
    """Return the page, in Markdown."""
    parts = [
        "<!-- Written by scripts/make_manifest_page.py; do not edit. -->",
        "# accord.toml",
        _INTRODUCTION,
        "## At the top of the file",
        _rows(System, [name for name, kind in keys(System).items() if example(kind)]),
    ]
    for name, kind in keys(System).items():
        if not example(kind):
            parts += _table(name, kind)
    return "\n\n".join(parts) + "\n"


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
        sys.exit(f"{_PAGE} is not current: run scripts/make_manifest_page.py")


def _table(name: str, kind: object) -> Iterator[str]:
    several = describe(kind, name).startswith("tables")
    table = table_of(kind)
    yield f"## `[[{name}]]`, any number of times" if several else f"## `[{name}]`"
    yield inspect.cleandoc(table.__doc__ or "")
    yield _rows(table, list(keys(table)))


def _rows(table: type[Part], names: list[str]) -> str:
    lines = ["| Key | Value | Default | Meaning |", "| --- | --- | --- | --- |"]
    meanings = _meanings(table)
    for name in names:
        field = table.model_fields[name]
        default = "required" if field.is_required() else _default(field.default)
        lines.append(f"| `{name}` | {_escape(describe(keys(table)[name]))} | {default} | {_escape(meanings[name])} |")
    return "\n".join(lines)


def _default(value: object) -> str:
    if value in (None, ()):
        return "none"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{part}"' for part in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _meanings(table: type[Part]) -> dict[str, str]:
    """Return the text below each field; KeyError at its use is the reminder to write one."""
    tree = ast.parse(inspect.getsource(system))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == table.__name__)
    return {
        field.target.id: text.value.value
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _escape(text: str) -> str:
    """Make text safe in a Markdown table: no cell break, no HTML, no markup."""
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    main()
