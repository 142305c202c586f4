"""The locator of lines, against tomllib: it finds the same paths, on the lines where they are written."""

import tomllib
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from accord.manifest._lines import Path, locate

_Choice = TypeVar("_Choice")
_SCALARS = (
    "{n}",
    "{n}.5",
    '"v{n} # ] }} \\" = ["',
    "'v{n} \\ # ]'",
    '"""v{n}\n[no.table]\nno = 1 # \\""" ""\n"""',
    "'''v{n}\n]'' \"\"\" \n'''",
    '"""v{n}"""""',
    "1979-05-27 07:32:00.{n:06}",
    "{n:#x}",
)
_BLANKS = ("", "\n", "# [[no]] = 'x\n", '  \n\t# """\n\n')
_SPACES = ("", " ", "\t")


class _Writer:
    """Writes a TOML document; every key of it is unique, so that a line can be told by its key."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self._numbers = count(10)
        self._arrays: list[list[str]] = []

    def document(self) -> str:
        body = self._pairs()
        for _ in range(self._pick(range(5))):
            body += self._header() + self._pairs()
        return body + self._pick(_BLANKS)

    def _pick(self, choices: Sequence[_Choice]) -> _Choice:
        return self._data.draw(st.sampled_from(choices))

    def _key(self) -> str:
        name = f"k{next(self._numbers)}k"
        return self._pick((name, f'"{name}"', f"'{name}'", f'"{name}.\\u005d"', f"'{name} = #'"))

    def _dotted(self) -> list[str]:
        return [self._key() for _ in range(self._pick(range(1, 4)))]

    def _join(self, keys: list[str]) -> str:
        space = self._pick(_SPACES)
        return f"{space}.{space}".join(keys)

    def _header(self) -> str:
        parent = self._pick([[], *self._arrays])
        if self._pick((True, False)):
            return f"{self._pick(_BLANKS)}[{self._join(parent + self._dotted())}] # ]\n"
        again = bool(self._pick(range(2)))
        array = parent if parent and again else parent + self._dotted()
        # Only the newest item of an array of tables can be added to: a new item closes the arrays inside the old one.
        self._arrays = [known for known in self._arrays if known[: len(array)] != array]
        self._arrays.append(array)
        return f"{self._pick(_BLANKS)}[[{self._join(array)}]]\n"

    def _pairs(self) -> str:
        return "".join(f"{self._pick(_BLANKS)}{self._pair(2)}\n" for _ in range(self._pick(range(4))))

    def _pair(self, depth: int) -> str:
        space = self._pick(_SPACES)
        return f"{space}{self._join(self._dotted())}{space}={space}{self._value(depth)}"

    def _value(self, depth: int) -> str:
        kind = self._pick(("scalar", "array", "table") if depth else ("scalar",))
        if kind == "array":
            items = [f"{self._pick(_BLANKS)}{self._value(depth - 1)}" for _ in range(self._pick(range(4)))]
            return f"[{self._items(items)}]"
        if kind == "table":
            return "{" + ", ".join(self._pair(depth - 1) for _ in range(self._pick(range(3)))) + "}"
        return self._pick(_SCALARS).format(n=next(self._numbers))

    def _items(self, items: list[str]) -> str:
        end = self._pick(("", ",", ", # ]\n")) if items else self._pick(_BLANKS)
        return f"{self._pick(('', ' ', chr(10)))},".join(items) + end


def _paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    for step, inner in inside:
        yield from _paths(inner, (*path, step))


@given(st.data())
def test_locate_finds_what_tomllib_finds(data: st.DataObject) -> None:
    text = _Writer(data).document()
    assert set(_paths(tomllib.loads(text))) == set(locate(text))


@given(st.data())
def test_locate_names_the_line_of_every_key(data: st.DataObject) -> None:
    text = _Writer(data).document()
    rows = text.split("\n")
    keys = {path: line for path, line in locate(text).items() if isinstance(path[-1], str)}
    assert [] == [path for path, line in keys.items() if str(path[-1]).split(".")[0].split()[0] not in rows[line - 1]]


@given(st.data())
def test_locate_is_the_same_with_windows_line_ends(data: st.DataObject) -> None:
    text = _Writer(data).document()
    assert locate(text) == locate(text.replace("\n", "\r\n"))


def test_locate_names_the_line_of_list_items() -> None:
    text = 'a = [ # ]\n  "x", """y\nz""",\n\n  [1,\n2]]'
    expected = {("a",): 1, ("a", 0): 2, ("a", 1): 2, ("a", 2): 5, ("a", 2, 0): 5, ("a", 2, 1): 6}
    assert expected == locate(text)


def test_locate_prefers_a_table_s_own_header() -> None:
    assert {("a",): 2, ("a", "b"): 1} == locate("[a.b]\n[a]")


def test_locate_tells_tables_of_a_list_apart() -> None:
    text = "[[a]]\n[[a.b]]\nc = 1\n[[a]]\n[a.d]\n"
    expected = {("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 0, "b", 0): 2, ("a", 0, "b", 0, "c"): 3}
    assert expected | {("a", 1): 4, ("a", 1, "d"): 5} == locate(text)


def test_locate_leaves_quotes_before_the_closing_ones_in_the_string() -> None:
    assert {("a",): 1, ("b",): 2} == locate('a = """x"""""\nb = """y"""')
