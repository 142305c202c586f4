"""Texts that are nearly the same: MinHash over their shingles (A. Broder, 1997), banded, then joined into clusters.

A template that many accounts fill in differently stays recognisable, since most of its shingles stay. Who fits two
texts to each other's bands on purpose gains nothing: whoever is in a band is compared before being joined.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from accord.errors import MissingExtraError

_WORD = re.compile(r"\w+")
_SHINGLE = 2  # words: of a text in which every fifth is changed a third of the runs stay, and of runs of three less
_LONGEST = 20_000  # characters that are looked at: a template says what it is at its beginning
_PERMUTATIONS, _BAND = 128, 2
_COMPARED = 8  # of each band: the work stays linear where thousands are the same
_SEED = 1


def shingles(text: str) -> list[str]:
    """Return a text's runs of two words, in compatibility form and without case; single words of a shorter one."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:_LONGEST]).casefold())
    if len(words) < _SHINGLE:
        return [*words, ""]
    return [" ".join(words[n : n + _SHINGLE]) for n in range(len(words) - _SHINGLE + 1)]


def cluster(texts: Sequence[str], similarity: float) -> list[list[int]]:
    """Return the clusters of two texts and more, as their sorted positions, in the order of their first.

    Two texts are joined where the estimated Jaccard similarity of their shingles is at least `similarity`. Raises
    MissingExtraError where rensa is not installed.
    """
    signatures = _sign(texts)
    parent = list(range(len(texts)))
    bands: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for position, signature in enumerate(signatures):
        for start in range(0, _PERMUTATIONS - _BAND + 1, _BAND):
            held = bands.setdefault((start, tuple(signature[start : start + _BAND])), [])
            for other in held:
                if _find(parent, other) != _find(parent, position) and _alike(signature, signatures[other], similarity):
                    _join(parent, other, position)
            if len(held) < _COMPARED:
                held.append(position)
    groups: dict[int, list[int]] = {}
    for position in range(len(texts)):
        groups.setdefault(_find(parent, position), []).append(position)
    return [group for group in groups.values() if len(group) > 1]


def _sign(texts: Sequence[str]) -> list[list[int]]:
    try:
        import rensa  # noqa: PLC0415 - an extra, and needed where something was found
    except ModuleNotFoundError as error:
        raise MissingExtraError("rensa is not installed.", fix="pip install 'accord[scan]'") from error
    return [_signature(rensa, text) for text in texts]


def _signature(rensa: Any, text: str) -> list[int]:  # noqa: ANN401 - a module without types
    made = rensa.RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    made.update(shingles(text))
    return list(made.digest())


def _alike(one: Sequence[int], other: Sequence[int], similarity: float) -> bool:
    return sum(map(int.__eq__, one, other)) >= similarity * _PERMUTATIONS


def _find(parent: list[int], position: int) -> int:
    while parent[position] != position:
        parent[position] = parent[parent[position]]
        position = parent[position]
    return position


def _join(parent: list[int], one: int, other: int) -> None:
    first, second = sorted((_find(parent, one), _find(parent, other)))
    parent[second] = first
