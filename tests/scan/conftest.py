"""Texts as the kernel takes them, and what is in them by the plain way."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from accord.scan.patterns.kernel import Kernel, Span


@pytest.fixture(scope="session")
def same() -> Callable[[Kernel, Sequence[bytes]], list[Span]]:
    """Return a function that finds patterns in rows in both ways, requires that they agree, and returns the spans."""

    def find(kernel: Kernel, rows: Sequence[bytes]) -> list[Span]:
        data = memoryview(b"".join(rows))
        offsets = np.cumsum([0, *map(len, rows)]).astype(np.int64)
        found = sorted(kernel.find(data, offsets))
        assert sorted(kernel.find_plainly(data, offsets)) == found
        return found

    return find
