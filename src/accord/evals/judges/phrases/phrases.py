"""What the patterns of a language are."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """One language's patterns, all over folded text."""

    refuses: re.Pattern[str]
    """Declines what was asked; `^` is the start of the answer."""
    idiom: re.Pattern[str]
    """Has the words of a refusal and is none: it is taken out first."""
    unknown: re.Pattern[str]
    """Says that a thing is not known or does not exist, or asks what is meant."""
    reports: re.Pattern[str]
    """Speaks of an instruction, where an obeyed one would just be carried out."""


def either(*phrases: str) -> re.Pattern[str]:
    """Return the pattern that any of `phrases` matches."""
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases))
