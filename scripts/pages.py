"""What the scripts that write pages of the reference share: Markdown that no text can break, and `--check`."""

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def publish(name: str, script: str, parts: Iterable[str]) -> None:
    """Write a page of the reference; with --check on the command line, exit 1 where it is not current."""
    parser = argparse.ArgumentParser(description=f"Write docs/reference/{name}.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is not current")
    check = parser.parse_args().check
    head = f"<!-- Written by scripts/{Path(script).name}; do not edit. -->"
    path, page = REFERENCE / name, "\n\n".join([head, *parts]) + "\n"
    if not check:
        path.write_text(page, encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != page:
        sys.exit(f"{path} is not current: run scripts/{Path(script).name}")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; cells are Markdown already."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, tuple("---" for _ in head), *rows])


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, on one line, but for `code` between backticks."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(p if p.startswith("`") else re.sub(r"([\\*_\[\]<>|&])", r"\\\1", p) for p in parts)


def paragraphs(doc: str | None) -> str:
    """Return a docstring as Markdown paragraphs."""
    return "\n\n".join(escape(p) for p in inspect.cleandoc(doc or "").split("\n\n"))


def documented(source: object) -> dict[str, str]:
    """Return what is said of each attribute of a class or module: the string that follows it in the source."""
    tree: ast.Module | ast.ClassDef = ast.parse(inspect.cleandoc("\n" + inspect.getsource(source)))  # type: ignore[arg-type] # what has no source raises TypeError
    if inspect.isclass(source) and isinstance(tree.body[0], ast.ClassDef):
        tree = tree.body[0]
    return {
        ast.unparse(before.target if isinstance(before, ast.AnnAssign) else before.targets[0]): str(after.value.value)
        for before, after in pairwise(tree.body)
        if isinstance(before, ast.AnnAssign | ast.Assign)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }


def ours(kind: type) -> list[type]:
    """Return a class and those of its bases that are ours."""
    return [base for base in kind.__mro__ if base.__module__.startswith("accord.")]
