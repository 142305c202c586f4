"""Lines of any length in bounded memory."""

from collections.abc import Iterable, Iterator

from accord.scan.reading.limits import LONGEST


def split_lines(chunks: Iterable[bytes], longest: int = LONGEST) -> Iterator[bytes | None]:
    """Yield each line without its end, and None for one that is longer than the limit, which is not held."""
    rest, skipping = b"", False
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        if others:
            line = rest + first
            yield None if skipping or len(line) > longest else line
            rest, skipping = others.pop(), False
            yield from (line if len(line) <= longest else None for line in others)
        elif not skipping:
            rest += first
        if len(rest) > longest:
            rest, skipping = b"", True
    if rest or skipping:
        yield None if skipping else rest
