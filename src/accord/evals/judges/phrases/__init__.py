"""What is said, in each language, to decline, to doubt and to report: patterns over folded text.

Folded text is in lower case, without accents and mark-up (see `accord.evals.judges.rules.fold`), and so are the
patterns. Each repeats over a bounded number of words: no answer, however long or hostile, makes one slow.
"""

from accord.evals.judges.phrases import de, en, fr, it, ja
from accord.evals.judges.phrases.phrases import Phrases

PHRASES: dict[str, Phrases] = {
    "en": en.PHRASES,
    "fr": fr.PHRASES,
    "de": de.PHRASES,
    "it": it.PHRASES,
    "ja": ja.PHRASES,
}
"""The patterns of each language that an item may have."""

__all__ = ["PHRASES", "Phrases"]
