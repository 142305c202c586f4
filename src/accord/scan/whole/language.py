"""Which language a text is in, by the model that the package py3langid carries: offline, 139 languages."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pyarrow as pa

from accord.errors import MissingExtraError
from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.whole.hits import Hit, find_hits, measured, source_digest

LONGEST = 400
"""Characters that are read, from the start: a language does not need more."""
SHORTEST = 20
"""Letters below which nothing is told: too few to go by."""
LEAST = 0.5
"""How sure it must be to tell: below this the language is said to be undetermined."""
UNDETERMINED = "und"
"""The tag of ISO 639-2 for a language that could not be told."""


class LanguageDetector:
    """Gives every text one label: the ISO 639 code of its language, or `und`."""

    name = "language"

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """A text in each of the languages."""
        codes = sorted(set(self._model.labels))
        return {UNDETERMINED: "a text whose language could not be told"} | {
            code: f"a text in {code} (ISO 639)" for code in codes
        }

    @cached_property
    def sha256(self) -> str:
        """The digest over the program and the version of the model."""
        return digest(f"py3langid {_installed()} {source_digest('language.py')}".encode())

    @property
    def quality(self) -> Sequence[Quality]:
        """How right it is in five languages; nothing is known of the others."""
        return measured(self.name)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return the language of each text."""
        return find_hits(texts, self.look)

    def look(self, text: str) -> Iterator[Hit]:
        """Yield the language of one text."""
        read = text[:LONGEST]
        if sum(map(str.isalpha, read)) < SHORTEST and not _dense(read):
            yield Hit(UNDETERMINED, 0.0)
            return
        code, sure = self._model.classify(read)
        yield Hit(code, float(sure)) if sure >= LEAST else Hit(UNDETERMINED, float(sure))

    def __reduce__(self) -> tuple[type["LanguageDetector"], tuple[()]]:
        """Travel to another process without the model, which is read there again."""
        return type(self), ()

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - py3langid has no types
        _installed()
        from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - of an extra

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _dense(text: str) -> bool:
    """Tell whether a text is in a script of which five signs say as much as twenty letters: Han, kana, Hangul."""
    return sum("\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7af" for sign in text) >= SHORTEST // 4


def _installed() -> str:
    try:
        return version("py3langid")
    except PackageNotFoundError as error:
        raise MissingExtraError(
            "The detector of languages is not installed.", fix="pip install 'accord[scan]'"
        ) from error
