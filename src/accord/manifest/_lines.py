"""Where each key of a TOML document stands: tomllib gives values, but no positions.

Only a document that tomllib has accepted comes here, so the scanner checks nothing; it follows the shape of TOML 1.0
(https://toml.io/en/v1.0.0) and counts lines.
"""

import re
import tomllib

Path = tuple[str | int, ...]
"""The way to a value: keys, and positions in lists from 0."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
# A multi-line string may end in up to two quotes of its own before the three that close it.
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)


def locate(text: str) -> dict[Path, int]:
    """Map the path of every table, key and list item of a valid document to its line, counted from 1."""
    return _Scanner(text.replace("\r\n", "\n")).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1
        self._lines: dict[Path, int] = {}
        self._items: dict[Path, int] = {}  # how many tables each array of tables has so far

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self._peek():
            if self._text.startswith("[[", self._at):
                table = self._item()
            elif self._peek() == "[":
                table = self._table()
            else:
                self._pair(table)
        return self._lines

    def _peek(self) -> str:
        """Skip blanks and comments, and return the next character or nothing at the end."""
        self._take(_BLANK)
        return self._text[self._at : self._at + 1]

    def _take(self, token: re.Pattern[str]) -> str:
        found = token.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _keys(self) -> list[str]:
        keys = []
        while True:
            quoted = self._peek() in {'"', "'"}
            token = self._take(_STRING if quoted else _BARE)
            keys.append(tomllib.loads(f"key = {token}")["key"] if quoted else token)
            if self._peek() != ".":
                return keys
            self._at += 1

    def _table(self) -> Path:
        self._at += 1
        line = self._here()
        path = self._enter(self._keys(), line)
        self._at += 1
        # A table may have been named in passing, as the parent of another; its own header is the better place.
        self._lines[path] = line
        return path

    def _item(self) -> Path:
        self._at += 2
        line = self._here()
        *parents, last = self._keys()
        self._at += 2
        array = (*self._enter(parents, line), last)
        index = self._items.get(array, 0)
        self._items[array] = index + 1
        self._lines.setdefault(array, line)
        self._lines[*array, index] = line
        return (*array, index)

    def _enter(self, keys: list[str], line: int) -> Path:
        path: Path = ()
        for key in keys:
            path = (*path, key)
            self._lines.setdefault(path, line)
            if path in self._items:
                path = (*path, self._items[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        self._peek()
        line = self._here()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self._peek()
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            self._take(_STRING if first in {'"', "'"} else _SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._peek() not in {"]", ""}:
            self._lines[*path, index] = self._here()
            self._value((*path, index))
            index += 1
            self._comma()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._peek() not in {"}", ""}:
            self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        if self._peek() == ",":
            self._at += 1
