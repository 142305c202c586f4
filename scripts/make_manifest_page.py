"""Write docs/reference/manifest.md from the models of accord.toml; with --check, exit 1 where it is not current."""

import inspect
from collections.abc import Iterator

from pages import documented, escape, publish, table

from accord.manifest import System
from accord.manifest._words import describe, example, keys, table_of
from accord.manifest.values import Part

_INTRODUCTION = """\
The one file in which an organisation declares its AI system. `accord init` writes the first one. A key that is not
listed here is a mistake, and every mistake is reported at once, with its line. At most 1 MiB of UTF-8.

What is declared is signed and goes into a log that cannot forget, except for the folder of `weights`, `key_env` and
`key_file`, which stay on this machine. Write nothing personal and no secret."""


def render() -> Iterator[str]:
    """Yield the parts of the page."""
    yield "# accord.toml"
    yield _INTRODUCTION
    yield "## At the top of the file"
    yield _rows(System, [name for name, kind in keys(System).items() if example(kind)])
    for name, kind in keys(System).items():
        if not example(kind):
            yield from _section(name, kind)


def _section(name: str, kind: object) -> Iterator[str]:
    several = describe(kind, name).startswith("tables")
    part = table_of(kind)
    yield f"## `[[{name}]]`, any number of times" if several else f"## `[{name}]`"
    yield inspect.cleandoc(part.__doc__ or "")
    yield _rows(part, list(keys(part)))


def _rows(part: type[Part], names: list[str]) -> str:
    meanings = documented(part)  # a KeyError below is the reminder to write one
    return table(("Key", "Value", "Default", "Meaning"), (_row(part, name, meanings[name]) for name in names))


def _row(part: type[Part], name: str, meaning: str) -> tuple[str, ...]:
    field = part.model_fields[name]
    default = "required" if field.is_required() else _default(field.default)
    return (f"`{name}`", escape(describe(keys(part)[name])), default, escape(meaning))


def _default(value: object) -> str:
    if value in (None, ()):
        return "none"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{part}"' for part in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


if __name__ == "__main__":
    publish("manifest.md", __file__, render())
