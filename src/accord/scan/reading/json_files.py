"""JSON, a row a line or in one list."""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

from accord.scan.reading.limits import LONGEST
from accord.scan.reading.lines import split_lines
from accord.scan.reading.rows import Row, parse_line
from accord.scan.reading.tally import BROKEN, NOT_JSON, NOT_UTF8, TOO_DEEP, TOO_LONG, UnreadableError

_GAP = ", \t\r\n"
_DECODER = json.JSONDecoder()


def line_rows(chunks: Iterable[bytes], first: int = 0) -> Iterator[tuple[int, Row]]:
    """Yield the rows of JSON Lines; `first` is the number of the first line. An empty line is no row, but counts."""
    for number, line in enumerate(split_lines(chunks), first):
        row = parse_line(line if number else line and line.removeprefix(codecs.BOM_UTF8))
        if row is not None:
            yield number, row


def list_rows(chunks: Iterable[bytes]) -> Iterator[tuple[int, Row]]:
    """Yield the items of a JSON list one by one, or a single table as the only row.

    Raises UnreadableError where it is no JSON, or an item is longer than the limit: nobody can tell where the next
    begins.
    """
    texts = _decoded(chunks)
    held = next(texts, "").lstrip("\ufeff \t\r\n")
    if not held.startswith("["):
        yield 0, _whole(held, texts)
        return
    held, number, ended = held[1:], 0, False
    while True:
        held = held.lstrip(_GAP)
        if held.startswith("]"):
            return
        try:
            item, end = _DECODER.raw_decode(held)
        except RecursionError as error:
            raise UnreadableError(TOO_DEEP) from error
        except ValueError as error:
            more = "" if ended else next(texts, "")
            ended = not more
            if ended:
                raise UnreadableError(NOT_JSON if held and not number else BROKEN) from error
            if len(held) > LONGEST:
                raise UnreadableError(TOO_LONG) from error
            held += _at_least(more, texts, len(held))
            continue
        if end == len(held) and not ended and not isinstance(item, dict | list | str):
            more = next(texts, "")  # a number may go on
            ended, held = not more, held + more
            continue
        held = held[end:]
        yield number, item if isinstance(item, dict) else {"text": item} if isinstance(item, str) else NOT_JSON
        number += 1


def _at_least(more: str, texts: Iterator[str], size: int) -> str:
    """Return as much again as is held, so that a long item is not parsed once for each chunk."""
    parts, total = [more], len(more)
    while total < size and (part := next(texts, "")):
        parts.append(part)
        total += len(part)
    return "".join(parts)


def _whole(held: str, texts: Iterator[str]) -> Row:
    parts, total = [held], len(held)
    for text in texts:
        total += len(text)
        if total > LONGEST:
            raise UnreadableError(TOO_LONG)
        parts.append(text)
    row = parse_line("".join(parts).encode())
    return NOT_JSON if row is None else row


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder: Any = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            if text := decoder.decode(chunk):
                yield text
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise UnreadableError(NOT_UTF8) from error
