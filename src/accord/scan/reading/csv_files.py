"""Tables of comma-separated values, whose cells may go over lines."""

import codecs
import csv
from collections.abc import Iterable, Iterator

from accord.scan.reading.limits import LONGEST
from accord.scan.reading.lines import split_lines
from accord.scan.reading.rows import Row
from accord.scan.reading.tally import NOT_CSV, NOT_UTF8, TOO_LONG, UnreadableError

_NOTHING = ""


class _Lines:
    """Lines as `csv` wants them, with what is wrong of those that make up the present row."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._lines = split_lines(chunks)
        self._first = True
        self.size = 0
        self.reason = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            if line is None:
                self.reason = TOO_LONG
                yield _NOTHING
                continue
            self.size += len(line)
            if self.size > LONGEST:  # a quote that is never closed would gather the whole file
                self.reason = TOO_LONG
                raise UnreadableError(TOO_LONG)
            data = line.removeprefix(codecs.BOM_UTF8) if self._first else line
            self._first = False
            try:
                yield data.decode() + "\n"
            except UnicodeDecodeError:
                self.reason = NOT_UTF8
                yield data.decode(errors="replace") + "\n"

    def take(self) -> str:
        """Return what was wrong of the lines since the last time."""
        reason, self.reason, self.size = self.reason, "", 0
        return reason


def csv_rows(chunks: Iterable[bytes], delimiter: str = ",") -> Iterator[tuple[int, Row]]:
    """Yield the rows below the header; raise UnreadableError where the rest of the file is one endless cell."""
    csv.field_size_limit(LONGEST)
    lines = _Lines(chunks)
    reader = csv.reader(lines, delimiter=delimiter)
    header = _header(reader, lines)
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.take()
            yield number, TOO_LONG if "field larger" in str(error) else NOT_CSV
        else:
            reason = lines.take()
            if not cells and not reason:
                continue  # an empty line
            fits = len(cells) == len(header)
            yield number, reason or (dict(zip(header, cells, strict=True)) if fits else NOT_CSV)
        number += 1


def _header(reader: Iterator[list[str]], lines: _Lines) -> list[str]:
    """Return the names of the columns; UnreadableError where they cannot be read."""
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise UnreadableError(NOT_CSV) from error
    if reason := lines.take():
        raise UnreadableError(reason)
    return header
