"""Write docs/reference/api.md from the public names of the library; or, with --check, compare it."""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

from pages import documented, escape, ours, paragraphs, publish, table

import accord

_INTRODUCTION = """\
These names, and no others, are the library's promise: `from accord import ...`. Each is loaded when it is first asked
for. Every error is an `AccordError`. What begins with an underscore is private, whatever it lies in."""


def render() -> Iterator[str]:
    """Yield the parts of the page: each public name with what its docstring says."""
    yield "# The library"
    yield _INTRODUCTION
    for name in accord.__all__:
        yield f"## {name}"
        yield from _describe(name, getattr(accord, name))


def _describe(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever the library offers
    if isinstance(value, ModuleType):
        yield f"The module `accord.{name}`. {paragraphs(value.__doc__)}"
        yield from _describe(f"{name}.{name}", getattr(value, name))
    elif inspect.isclass(value):
        yield f"A class of `{value.__module__}`. {paragraphs(value.__doc__)}"
        if rows := list(_members(value)):
            yield table(("Member", "What it is"), rows)
    elif inspect.isfunction(value):
        yield f"```python\n{name}{_signature(value)}\n```"
        yield paragraphs(value.__doc__)
    else:
        home = sys.modules[f"accord.{accord._HOMES[name]}"]  # noqa: SLF001 - our own list of homes
        yield paragraphs(documented(home)[name])


def _signature(function: Callable[..., Any]) -> str:
    """Return a signature in the words of its source, where names are short and defaults have no address."""
    node = ast.parse(inspect.getsource(function)).body[0]
    if not isinstance(node, ast.FunctionDef) or node.returns is None:
        raise TypeError(function)
    return f"({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"


def _members(value: type) -> Iterator[tuple[str, ...]]:
    """Yield the fields and the public methods of a class, with the first line said of each."""
    for kind in ours(value):
        said = documented(kind)
        for name, member in vars(kind).items():
            function = getattr(member, "__func__", member)  # of a class method
            if inspect.isfunction(function) or isinstance(member, property | cached_property):
                said[name] = inspect.getdoc(function) or ""
        for name, doc in said.items():
            if not name.startswith("_"):
                yield f"`{name}`", escape(doc.partition("\n\n")[0])


if __name__ == "__main__":
    publish("api.md", __file__, render())
