"""Whole words in UTF-8, in any case. Letters of Latin-1 are part of a word; those of scripts without spaces end it."""

import re
from collections.abc import Collection, Iterable

_BEFORE = rb"(?<![A-Za-z0-9_])(?<!\xc3[\x80-\xbf])"
_AFTER = rb"(?![A-Za-z0-9_]|\xc3[\x80-\xbf])"
_SPACED = 0x3000
"""From here on are the scripts whose words have no border."""


class Words:
    """Words that are looked for in a few bytes around something."""

    def __init__(self, words: Iterable[str]) -> None:
        # The word comes first: `re` then passes over bytes that begin none.
        self._search = re.compile(_choice(words, lowered=True)).search
        self._begins = re.compile(_BEFORE + rb"|(?=[\xe3-\xef])").match

    def stand_in(self, part: memoryview) -> bool:
        """Tell whether one of the words stands in these bytes."""
        text = bytes(part).lower()
        found = self._search(text)
        while found and not self._begins(text, found.start()):
            found = self._search(text, found.start() + 1)
        return found is not None


def spell(words: Collection[str]) -> str:
    """Return an expression for these words."""
    spaced = [word for word in words if ord(word[0]) < _SPACED]
    free = [word for word in words if ord(word[0]) >= _SPACED]
    parts = [_BEFORE + b"(?:" + _choice(spaced) + b")"] if spaced else []
    return b"|".join([*parts, _choice(free)] if free else parts).decode()


def _choice(words: Iterable[str], *, lowered: bool = False) -> bytes:
    """Return the words one after the other, the longest first, each up to its border."""
    ordered = sorted({word.lower() for word in words}, key=lambda word: (-len(word), word))
    return b"|".join(_word(word, lowered=lowered) for word in ordered)


def _word(word: str, *, lowered: bool) -> bytes:
    spelled = b"".join(_letter(letter, lowered=lowered) for letter in word)
    return spelled + _AFTER if ord(word[-1]) < _SPACED else spelled


def _letter(letter: str, *, lowered: bool) -> bytes:
    forms = sorted({letter, letter.upper()} if len(letter.upper()) == 1 else {letter})
    if letter.isascii():
        return re.escape(letter.encode()) if lowered or len(forms) == 1 else f"[{''.join(forms)}]".encode()
    spelled = (b"".join(b"\\x%02x" % byte for byte in form.encode()) for form in forms)
    return b"(?:" + b"|".join(spelled) + b")"
