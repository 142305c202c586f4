"""Runs of words as numbers: what near-duplicates and benchmark contamination are found by.

A word counts two and a Han, kana or Hangul sign one, so that a run of eight words and a run of sixteen such signs are
of one weight. Each run becomes one 64-bit number by a polynomial over the numbers of its words, the same on every
machine. The numbers are no secret: who can guess eight words in a row can check the guess.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

RUN = 16
"""The weight of a run: eight words, or sixteen signs."""
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+"
)
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse among the 64-bit numbers
_INVERSE = pow(_BASE, -1, 1 << 64)
_CACHED = 1 << 16
Numbers = npt.NDArray[np.uint64]


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, with compatibility forms made one."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def number_runs(words: list[str], weight: int = RUN) -> Numbers:
    """Return a number for each run of `weight` from each word on, in their order; none for a text that is too short."""
    if not words:
        return np.zeros(0, np.uint64)
    weights = np.fromiter((1 if _is_sign(word) else 2 for word in words), np.int64, len(words))
    reached = np.concatenate(([0], np.cumsum(weights)))
    ends = np.searchsorted(reached, reached[:-1] + weight)
    starts = np.flatnonzero(ends <= len(words))
    if not starts.size:
        return np.zeros(0, np.uint64)
    numbers = np.fromiter(map(_number, words), np.uint64, len(words))
    with np.errstate(over="ignore"):
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(numbers * _powers(_BASE, len(words)))))
        runs = (sums[ends[starts]] - sums[starts]) * _powers(_INVERSE, len(words))[starts]
        return _mix(runs)


def _is_sign(word: str) -> bool:
    return len(word) == 1 and word >= "\u3040"


@lru_cache(_CACHED)
def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


@lru_cache(4)
def _table(base: int, size: int) -> Numbers:
    with np.errstate(over="ignore"):
        return np.multiply.accumulate(np.array([1] + [base] * (size - 1), np.uint64), dtype=np.uint64)


def _powers(base: int, count: int) -> Numbers:
    size = 1 << max(10, (count - 1).bit_length())
    return _table(base, size)[:count]


def _mix(numbers: Numbers) -> Numbers:
    """Spread the bits of each number (the finaliser of splitmix64)."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
