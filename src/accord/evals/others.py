"""Items that somebody else wrote: a CSV or JSONL file becomes a suite, and only its digest enters the log."""

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import Field, ValidationError

from accord.errors import EvaluationError, VerificationError
from accord.evals.sample import Sample, judged, single
from accord.evals.shapes import Family, Item, order
from accord.evals.suite import Measure, Suite
from accord.evals.text import shown
from accord.evidence import Sha256, SuiteRef
from accord.ledger import digest, format_json, parse_json
from accord.manifest import OtherSuite

LARGEST = 64 * 2**20
"""Bytes of a file of items."""
MOST = 100_000
"""Items of one file."""
LONGEST = 100_000
"""Characters of one field."""

_HEADER = 1  # the row of a CSV that names its columns: rows are counted as spreadsheets show them
_SHOWN = 60
_LONGEST_KEY = 200
_UNBOUNDED = 32_768  # as many tokens as [evaluation] max_tokens may ask for: the system's own limit counts
_LIMITS = "Whoever brought the items answers for them: Accord has not read them."
_TITLES = {"answer": "Answers that give an accepted answer", "refusal": "Requests that are refused"}

Row = tuple[int, Mapping[str, Any]]
"""Where a row stands in its file, and its fields by column."""


class BroughtItem(Item):
    """A question with accepted answers, or a request that is to be refused, as its file gives it."""

    id: str = Field(pattern=r"^[\w.~%-]+$")
    """The file's own key, with other characters than letters, digits and `_.-~` as %XX."""
    prompt: str
    metric: str
    accept: tuple[str, ...] = ()
    """Accepted answers; none where a refusal is the right answer."""
    families: tuple[Family, ...] = ()

    def samples(self, seed: int) -> Iterator[Sample]:  # noqa: ARG002 - nothing is drawn here
        """Yield the one question."""
        facts = {"accept": self.accept} if self.accept else {}
        read = judged(self.metric, self.prompt, self.language, **facts)
        yield Sample(self.name("asked"), (self.metric,), single(self.prompt), read, self.families)


class BroughtSuite(Suite):
    """A suite made of a file. `sha256` is over the file and how it is read; a record names the file's own digest."""

    version: str
    file: Sha256
    limit: int | None = None

    def samples(
        self, seed: int, languages: Sequence[str] = (), *, quick: bool = False, repeats: int = 1
    ) -> tuple[Sample, ...]:
        """Return the samples as any suite does, of no more items than the limit: `seed` draws which."""
        made = super().samples(seed, languages, quick=quick, repeats=repeats)
        drawn = set(order({s.stem for s in made}, seed, "limit")[: self.limit])
        return tuple(s for s in made if s.stem in drawn)

    def ref(self) -> SuiteRef:
        """Return the reference that a record binds: whoever holds the file can compare it."""
        return super().ref().model_copy(update={"sha256": self.file})


def refuse_shipped(others: Sequence[OtherSuite], shipped: Collection[str]) -> None:
    """Raise EvaluationError where two suites of [[suites]] have one id, or one has that of a suite of Accord's own."""
    seen = set(shipped)
    for other in others:
        if other.id in seen:
            raise EvaluationError(
                "Two suites have the same id.",
                where=f"[[suites]] {other.id}",
                expected=f"an id that no other suite has, and none of {', '.join(sorted(shipped))}",
                fix="give it another id: its metrics begin with it",
            )
        seen.add(other.id)


def load_items(other: OtherSuite, root: Path) -> Suite:
    """Return the suite that a file of [[suites]] makes; a relative path starts from `root`.

    A CSV file names its columns in its first row; a JSONL file has one object a line. Raises EvaluationError that names
    the file, and the row at fault as a spreadsheet or an editor counts it.
    """
    path = root / str(other.path)
    data = read_items(path)
    rows = _rows(path, data)
    keyed = any(other.key in row for _, row in rows)
    items = [_item(other, number, row, f"{path}, row {number}", keyed=keyed) for number, row in rows]
    if not items:
        raise EvaluationError("There are no items in the file.", where=str(path), expected="one item a row")
    _refuse_twice([item.id for item in items], rows, "id", path)
    _refuse_twice([" ".join(item.prompt.split()) for item in items], rows, "prompt", path)
    file = digest(data)
    read = {**other.model_dump(mode="json", exclude={"path", "title"}), "file": file}
    task = "refusal" if other.expects == "refusal" else "mention"
    measure = Measure(id=_metric(other), title=_TITLES[other.expects], better="higher", task=task)
    return BroughtSuite(
        id=other.id,
        version=file[:12],
        title=other.title,
        description=f"Items that were brought: {path.name}.",
        limits=_LIMITS,
        clauses=("1.1",),
        max_tokens=_UNBOUNDED,
        sources={"file": path.name},
        metrics=(measure,),
        items=tuple(items),
        sha256=digest(format_json(read)),
        file=file,
        limit=other.limit,
    )


def _metric(other: OtherSuite) -> str:
    return f"{other.id}.{'refused' if other.expects == 'refusal' else 'correct'}"


def read_items(path: Path) -> bytes:
    """Return the bytes of a file of items; raise EvaluationError where it is none, or too large."""
    if not path.is_file():  # a pipe would block for ever, and a device never ends
        raise EvaluationError("The file of items is not there.", where=str(path), fix="correct path in [[suites]]")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise EvaluationError("The file of items cannot be read.", where=str(path), found=str(error)) from error
    if len(data) > LARGEST:
        raise EvaluationError("The file of items is too large.", where=str(path), expected=f"at most {LARGEST} bytes")
    return data


def _rows(path: Path, data: bytes) -> list[Row]:
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise EvaluationError("The file of items is of no known kind.", where=str(path), expected=" or ".join(readers))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise _fault(f"{path}, row {row}", "it is not UTF-8 text") from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise _fault(f"{path}, row {row}", "it holds a null character")
    rows = []
    for row_read in reader(path, text):
        rows.append(row_read)
        if len(rows) > MOST:
            raise EvaluationError("There are too many items in the file.", where=str(path), expected=f"at most {MOST}")
    return rows


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    # Spreadsheets count a row that spans several lines once, and so do we.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    number = 0
    while True:
        number += 1
        try:
            fields = next(reader, None)
        except csv.Error as error:  # also a field over 131,072 characters, which is the csv module's own limit
            raise _fault(f"{path}, row {number}", str(error)) from error
        if fields is None:
            return
        if number == _HEADER:
            columns = _columns(path, fields)
        elif fields and len(fields) != len(columns):
            raise _fault(f"{path}, row {number}", f"{len(fields)} fields, where the first row names {len(columns)}")
        elif fields:
            yield number, dict(zip(columns, fields, strict=True))


def _columns(path: Path, fields: Sequence[str]) -> list[str]:
    names = [name.strip() for name in fields]
    if len(set(names)) < len(names):
        raise _fault(f"{path}, row {_HEADER}", "a column is named twice")
    return names


def _jsonl_rows(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = parse_json(line.encode())
        except VerificationError as error:
            raise _fault(f"{path}, row {number}", error.found or error.problem) from error
        if not isinstance(row, dict):
            raise _fault(f"{path}, row {number}", "it is not a JSON object")
        yield number, row


def _item(other: OtherSuite, number: int, row: Mapping[str, Any], where: str, *, keyed: bool) -> BroughtItem:
    key = _field(row, other.key, where) if keyed else f"row-{number}"
    if len(key) > _LONGEST_KEY:
        raise _fault(where, f"an id of {len(key)} characters, and at most {_LONGEST_KEY} are read")
    accept = () if other.expects == "refusal" else tuple(_answers(row, other.answer, where))
    try:
        return BroughtItem(
            id=quote(key, safe=""),
            language=other.language,
            source="file",
            prompt=_field(row, other.prompt, where),
            metric=_metric(other),
            accept=accept,
            families=other.families,
        )
    except ValidationError as error:
        raise _fault(where, "; ".join(str(e["msg"]) for e in error.errors())) from error


def _field(row: Mapping[str, Any], column: str, where: str) -> str:
    if column not in row:
        raise EvaluationError(
            f"A row has no column {column!r}.",
            where=where,
            expected=f"the columns that [[suites]] names, among {', '.join(shown(name, _SHOWN) for name in row)}",
            fix="name the column in [[suites]]: prompt, answer, key",
        )
    text = _text(row[column], column, where).strip()
    if not text:
        raise _fault(where, f"nothing in the column {column!r}")
    return text


def _text(value: object, column: str, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _fault(where, f"no text in the column {column!r}")
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) > LONGEST:
        raise _fault(where, f"{len(text)} characters in the column {column!r}, and at most {LONGEST} are read")
    return text


def _answers(row: Mapping[str, Any], column: str, where: str) -> Iterator[str]:
    """Yield the accepted answers of a row; several are separated by |, or are a list in JSON."""
    value = row.get(column)
    parts = [_text(part, column, where) for part in value] if isinstance(value, list) else [_field(row, column, where)]
    found = [answer for part in parts for text in part.split("|") if (answer := text.strip())]
    if not found:
        raise _fault(where, f"no accepted answer in the column {column!r}")
    yield from found


def _refuse_twice(values: Sequence[str], rows: Sequence[Row], what: str, path: Path) -> None:
    """Raise EvaluationError where two rows have one value: asked twice, an item would count twice."""
    first = dict[str, int]()
    for value, (number, _) in zip(values, rows, strict=True):
        if value in first:
            raise EvaluationError(
                f"Two rows have the same {what}.",
                where=f"{path}, rows {first[value]} and {number}",
                found=shown(value, _SHOWN),
                fix="remove one of them",
            )
        first[value] = number


def _fault(where: str, found: str) -> EvaluationError:
    return EvaluationError("A row of the file of items cannot be used.", where=where, found=shown(found))
