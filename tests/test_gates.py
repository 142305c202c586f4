"""The house rules that no linter knows: sizes, words, errors of one family, and what an import may cost."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import accord

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "accord"
MODULES = {str(path.relative_to(SOURCE)): path for path in sorted(SOURCE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
HEAVY = ["django", "inspect_ai", "openai", "xllamacpp", "jinja2"]
AT_THE_ROOT = {
    ".ci", ".git", ".github", ".gitignore", ".pre-commit-hooks.yaml", "CHANGELOG.md", "LICENSE", "Makefile",
    "README.md", "SECURITY.md", "CONTRIBUTING.md", "benchmarks", "docs", "pyproject.toml", "requirements", "scripts",
    "src", "tests",
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _body(node: ast.Module | ast.ClassDef | Function) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def _code_lines(function: Function, lines: list[str]) -> int:
    """Count the lines of a function's statements, without docstring, blank lines and comments."""
    body = _body(function)
    inside = lines[body[0].lineno - 1 : body[-1].end_lineno] if body else []
    return sum(1 for line in inside if line.strip() and not line.lstrip().startswith("#"))


def _public(nodes: list[ast.stmt], path: str) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    for node in nodes:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield f"{path}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{path}.{node.name}")


def _bare_suppressions(path: Path) -> Iterator[str]:
    """Yield the lines that silence a check without a code, or without a reason there or on the line above."""
    before = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        silenced = re.search(r"# (noqa|type: ignore)(.*)", line)
        if silenced and not (coded := re.match(r"(: [A-Z0-9, ]+|\[[a-z-, ]+\])(.*)", silenced[2])):
            yield f"{path}:{number} gives no code"
        elif silenced and coded and not re.search(r"\w", coded[2]) and not before.lstrip().startswith("#"):
            yield f"{path}:{number} gives no reason"
        before = line


def _python(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (0, "") == (ran.returncode, ran.stderr)
    return ran.stdout


def test_no_file_is_over_400_lines() -> None:
    sizes = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert {} == {name: size for name, size in sizes.items() if size > 400}


def test_no_function_is_over_40_code_lines() -> None:
    lines = {name: path.read_text(encoding="utf-8").splitlines() for name, path in MODULES.items()}
    sizes = {
        f"{name}:{node.name}": _code_lines(node, lines[name])
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    }
    assert {} == {name: size for name, size in sizes.items() if size > 40}


def test_every_module_and_public_name_has_a_docstring() -> None:
    silent = [name for name, tree in TREES.items() if ast.get_docstring(tree) is None]
    named = [item for name, tree in TREES.items() for item in _public(tree.body, name)]
    assert [] == silent + [path for path, node in named if ast.get_docstring(node) is None]


def test_every_error_of_the_package_is_an_accord_error() -> None:
    code = """
import importlib, inspect, pkgutil, accord
names = ["accord", *(m.name for m in pkgutil.walk_packages(accord.__path__, "accord."))]
for name in names:
    for value in vars(importlib.import_module(name)).values():
        if inspect.isclass(value) and value.__module__.startswith("accord") and issubclass(value, BaseException):
            if not issubclass(value, accord.AccordError):
                print(value)
"""
    assert "" == _python(code)


@pytest.mark.parametrize("name", ["accord", "accord.cli"])
def test_import_loads_nothing_heavy(name: str) -> None:
    code = f"import json, sys, {name}; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    assert [] == json.loads(_python(code))


@pytest.mark.parametrize("name", accord.__all__)
def test_public_name_is_the_same_whatever_was_imported_before(name: str) -> None:
    before = getattr(accord, name)
    for path in MODULES:
        if "/" not in path and path != "__init__.py":
            importlib.import_module(f"accord.{path.removesuffix('.py')}")
    assert getattr(accord, name) is before
    print_it = f"import accord; print(type(accord.{name}).__name__)"
    assert f"{type(before).__name__}\n" == _python(print_it)


def test_unknown_public_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = accord.nothing


def test_only_the_command_line_prints_and_exits() -> None:
    called = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if not name.startswith("cli/") and name != "evals/_server.py"  # a program of its own: its parent reads it
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in {"print", "exit", "quit", "SystemExit"})
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.exit", "os._exit"})
    ]
    assert [] == called


def test_no_verdict_that_the_code_does_not_give() -> None:
    said = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
        if path.name != "strong.toml"  # the words that answers to forms are questioned for
        if re.search(r"\b(compliant|certified)\b", path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]
    assert [] == said


def test_every_exception_to_the_rules_gives_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.mccabe]")].replace('["ALL"]', "")
    assert [] == [
        line for line in lint.splitlines() if re.search(r'"[A-Z]+[0-9]*"', line) and not re.search(r"# \S", line)
    ]


def test_every_suppression_in_the_source_gives_its_code_and_reason() -> None:
    files = [path for folder in ("src", "tests", "scripts", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    assert [] == [where for path in sorted(files) for where in _bare_suppressions(path)]


def test_nothing_lies_about_at_the_root() -> None:
    local = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()}
    assert set() == {path.name for path in ROOT.iterdir()} - AT_THE_ROOT - local


def test_every_page_of_the_docs_is_found_from_their_first() -> None:
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    found = set(re.findall(r"\]\(([^)#\s]+)", (ROOT / "docs" / "README.md").read_text("utf-8")))
    assert set() == {page for page in pages if not page.startswith("decisions/0")} - found - {"README.md"}


def test_links_in_the_docs_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "requirements").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))]
    local = [(page, link) for page, link in links if not link.startswith(("https://", "mailto:"))]
    assert local
    assert [] == [f"{page.name}: {link}" for page, link in local if not (page.parent / link).exists()]
