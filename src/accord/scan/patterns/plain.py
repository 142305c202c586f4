"""The plain way: one pass of `re` over a text for each pattern. It says what is right, and is slow."""

from collections.abc import Iterator

from accord.scan.patterns.pattern import Pattern


def find_plainly(pattern: Pattern, row: memoryview) -> Iterator[tuple[int, int]]:
    """Yield the spans of a text where a pattern matches and what must be true of the match is."""
    for match in pattern.compiled.finditer(row):
        start, end = match.span()
        if pattern.holds(row, start, end):
            yield start, end
