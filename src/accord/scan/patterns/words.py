"""Whole words in UTF-8, in any case. Letters of Latin-1 are part of a word; those of scripts without spaces end it."""

import re
from collections.abc import Iterable

_BEFORE = rb"(?<![A-Za-z0-9_])(?<!\xc3[\x80-\xbf])"
_AFTER = rb"(?![A-Za-z0-9_]|\xc3[\x80-\xbf])"


class Words:
    """Words that are looked for in a few bytes around something."""

    def __init__(self, words: Iterable[str]) -> None:
        # The word comes first: `re` then passes over bytes that begin none.
        self._search = re.compile(b"(?:" + _spell(words, lowered=True) + b")" + _AFTER).search
        self._begins = re.compile(_BEFORE).match

    def stand_in(self, part: memoryview) -> bool:
        """Tell whether one of the words stands in these bytes."""
        text = bytes(part).lower()
        found = self._search(text)
        while found and not self._begins(text, found.start()):
            found = self._search(text, found.start() + 1)
        return found is not None


def spell(words: Iterable[str]) -> str:
    """Return an expression for these words."""
    return (_BEFORE + b"(?:" + _spell(words, lowered=False) + b")" + _AFTER).decode()


def _spell(words: Iterable[str], *, lowered: bool) -> bytes:
    """Return the words one after the other, the longest first."""
    ordered = sorted({word.lower() for word in words}, key=lambda word: (-len(word), word))
    return b"|".join(b"".join(_letter(letter, lowered=lowered) for letter in word) for word in ordered)


def _letter(letter: str, *, lowered: bool) -> bytes:
    forms = sorted({letter, letter.upper()} if len(letter.upper()) == 1 else {letter})
    if letter.isascii():
        return re.escape(letter.encode()) if lowered or len(forms) == 1 else f"[{''.join(forms)}]".encode()
    spelled = (b"".join(b"\\x%02x" % byte for byte in form.encode()) for form in forms)
    return b"(?:" + b"|".join(spelled) + b")"
