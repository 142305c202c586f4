"""Classifiers that learn from labelled texts: short runs of characters, hashed, weighed by a logistic regression.

A head knows the domain of its labels and no other: a classifier of one kind of harm says little about texts of another.
So it carries its domain, and how right it was on texts that it had not learned from; train your own with
`accord scan train`. It runs on one core at about two thousand texts a second.
"""

import base64
import importlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from accord.errors import MissingExtraError, ScanError
from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.sources.reading import read_bounded
from accord.scan.whole.hits import Hit, find_hits, source_digest

LONGEST = 2_000
"""Characters of a text that are read."""
LARGEST = 16 << 20
"""The most bytes of a file of labels or of a head."""
_FEATURES = 1 << 16
_RUNS = (2, 4)
SCALE = np.dtype("<f2")
"""How weights are kept."""
_SHIPPED = "heads"


class Head(BaseModel):
    """What was learned, as a file: JSON, so that loading it runs nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: str = Field(pattern=r"^accord-head-1$")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=64)
    """What it finds, as the label of its findings."""
    title: str = Field(max_length=200)
    """The same as a noun phrase."""
    domain: str = Field(max_length=1000)
    """Which texts it learned from: it is to be relied on for no others."""
    weights: str
    """The weight of each hashed run: 16-bit floats, little-endian, in base64."""
    bias: float
    slope: float
    """With `offset`, what turns a sum of weights into a probability, fitted on texts not learned from (Platt)."""
    offset: float
    threshold: float = Field(ge=0, le=1)
    """The probability from which it finds."""
    brier: float = Field(ge=0, le=1)
    """The mean square error of its probabilities on texts that it had not learned from."""
    quality: tuple[Quality, ...] = Field(max_length=10)
    """How right it was: on parts of its labels that it had not learned from, and on other data where it was tried."""
    labels: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The digest of the labels that it learned from."""

    def to_bytes(self) -> bytes:
        """Return it as a file."""
        return self.model_dump_json(indent=1).encode() + b"\n"


@dataclass(frozen=True)
class HeadDetector:
    """Finds what a head has learned."""

    head: Head

    @property
    def name(self) -> str:
        """The head's name."""
        return self.head.name

    @property
    def labels(self) -> Mapping[str, str]:
        """What it finds."""
        return {self.head.name: self.head.title}

    @property
    def sha256(self) -> str:
        """The digest over the head and the programs that read it."""
        return digest(self.head.to_bytes() + f"scikit-learn {require_sklearn()} {source_digest('heads.py')}".encode())

    @property
    def quality(self) -> Sequence[Quality]:
        """How right it was where it was tried."""
        return self.head.quality

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return the texts whose probability reaches the threshold."""
        scores = iter(self.score(texts.column("text").to_pylist()))
        return find_hits(texts, lambda _text: self._look(next(scores)))

    def _look(self, score: float) -> Iterator[Hit]:
        if score >= self.head.threshold:
            yield Hit(self.head.name, score)

    def score(self, texts: Sequence[str]) -> list[float]:
        """Return the probability for each text."""
        if not texts:
            return []
        sums = hash_runs().transform([fold(text) for text in texts]) @ self._weights + self.head.bias
        return [as_share(self.head.slope * float(value) + self.head.offset) for value in sums]

    @cached_property
    def _weights(self) -> npt.NDArray[np.float64]:
        return np.frombuffer(base64.b64decode(self.head.weights), SCALE).astype(np.float64)


def fold(text: str) -> str:
    """Return the part of a text that is read, in lower case with single spaces."""
    return " ".join(text[:LONGEST].casefold().split())


def load_head(path: Path) -> HeadDetector:
    """Return the detector of a head's file; raise ScanError where it is not one."""
    return parse_head(read_bounded(path, LARGEST), path.name)


def parse_head(data: bytes, where: str) -> HeadDetector:
    """Return the detector of a head; raise ScanError where it is not one."""
    try:
        head = Head.model_validate_json(data)
        weights = base64.b64decode(head.weights, validate=True)
    except (ValidationError, ValueError) as error:
        raise ScanError("This is no head.", where=where, fix="train one with: accord scan train") from error
    if len(weights) != _FEATURES * SCALE.itemsize or not np.isfinite(np.frombuffer(weights, SCALE)).all():
        raise ScanError("The weights of this head are damaged.", where=where, expected=f"{_FEATURES} finite numbers")
    return HeadDetector(head)


def harmful_request() -> HeadDetector:
    """Return the head that comes with Accord: requests for help with harm, as its own refusal suite puts them."""
    path = files(__package__) / _SHIPPED / "harmful-request.json"
    return parse_head(path.read_bytes(), "harmful-request.json")


def as_share(value: float) -> float:
    """Return the probability that a calibrated sum stands for."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def hash_runs() -> Any:  # noqa: ANN401 - scikit-learn has no types
    """Return what turns folded texts into counts of hashed runs; raise MissingExtraError."""
    require_sklearn()
    text = importlib.import_module("sklearn.feature_extraction.text")
    return text.HashingVectorizer(analyzer="char_wb", ngram_range=_RUNS, n_features=_FEATURES, alternate_sign=False)


def require_sklearn() -> str:
    """Return the version of scikit-learn; raise MissingExtraError where it is not installed."""
    try:
        return version("scikit-learn")
    except PackageNotFoundError as error:
        raise MissingExtraError(
            "A head needs scikit-learn, which is not installed.", fix="pip install 'accord[scan,judges]'"
        ) from error
