"""Terms that a monitor looks for, by language: words that name a harm, which say nothing of what is meant by them."""

import tomllib
from importlib.resources import files

from accord.scan.patterns.pattern import Pattern, PatternSet
from accord.scan.patterns.words import spell

LANGUAGES = ("de", "en", "fr", "it", "ja")
TITLES = {
    "terms.abuse": "a word for sexual or domestic abuse, or for the exploitation of people",
    "terms.fraud": "a word for fraud, or for the means of it",
    "terms.hate": "a word for hatred of a group of people",
    "terms.self-harm": "a word for suicide or self-harm",
    "terms.weapons": "a word for weapons or explosives",
}
_SCORE = 0.5
"""A word is a reason to look, no more."""


def load_terms() -> PatternSet:
    """Return a pattern for each harm and language: its words, whole, in any case."""
    folder = files("accord.scan.patterns").joinpath("data", "terms")
    sources = [folder.joinpath(f"{language}.toml").read_bytes() for language in LANGUAGES]
    lists = [(label, words) for source in sources for label, words in tomllib.loads(source.decode()).items()]
    patterns = [Pattern(label=f"terms.{label}", regex=spell(words), score=_SCORE) for label, words in lists]
    return PatternSet(tuple(patterns), TITLES, b"\n".join(sources))
