"""Classifiers that learn from labelled texts: short runs of characters, hashed, weighed by a logistic regression.

A head knows the domain of its labels and no other: a classifier of one kind of harm says little about texts of another.
So it carries its domain, and how right it was on texts that it had not learned from; train your own with
`accord scan train`. It runs on one core at about two thousand texts a second.
"""

import base64
import hashlib
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

FOLDS = 5
"""Parts that the labels are dealt into, to measure a head on texts that it has not learned from."""
LONGEST = 2_000
"""Characters of a text that are read."""
LARGEST = 16 << 20
"""The most bytes of a file of labels or of a head."""
FEWEST = 20
"""Labels of each kind below which nothing is learned."""
_FEATURES = 1 << 16
_RUNS = (2, 4)
_SCALE = np.dtype("<f2")
_SHIPPED = "heads"


@dataclass(frozen=True)
class Labelled:
    """A text, whether it is what the head is to find, and the group that must stay together when parts are dealt."""

    text: str
    label: bool
    group: str = ""


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
    quality: tuple[Quality, ...] = Field(max_length=100)
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
        return digest(self.head.to_bytes() + f"scikit-learn {_installed()} {source_digest('heads.py')}".encode())

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
        sums = _runs().transform([fold(text) for text in texts]) @ self._weights + self.head.bias
        return [_share(self.head.slope * float(value) + self.head.offset) for value in sums]

    @cached_property
    def _weights(self) -> npt.NDArray[np.float64]:
        return np.frombuffer(base64.b64decode(self.head.weights), _SCALE).astype(np.float64)


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
    if len(weights) != _FEATURES * _SCALE.itemsize or not np.isfinite(np.frombuffer(weights, _SCALE)).all():
        raise ScanError("The weights of this head are damaged.", where=where, expected=f"{_FEATURES} finite numbers")
    return HeadDetector(head)


def harmful_request() -> HeadDetector:
    """Return the head that comes with Accord: requests for help with harm, as its own refusal suite puts them."""
    path = files(__package__) / _SHIPPED / "harmful-request.json"
    return parse_head(path.read_bytes(), "harmful-request.json")


def train_head(
    name: str, title: str, domain: str, rows: Sequence[Labelled], *, data: str, threshold: float = 0.5
) -> Head:
    """Learn a head from labels, the same one from the same labels; raise ScanError where they are too few.

    What it is worth is measured on parts that it has not learned from; rows of one group, and equal texts, are never
    dealt into two parts.
    """
    counts = {answer: len({fold(row.text) for row in rows if row.label is answer}) for answer in (True, False)}
    parts = _deal(rows)
    if min(counts.values()) < FEWEST or len(set(parts)) < FOLDS:
        expected = f"{FEWEST} different texts of each kind, and {FOLDS} groups"
        raise ScanError(
            "There are too few labels to learn from.",
            expected=expected,
            found=f"{counts[True]} yes and {counts[False]} no",
        )
    ordered = sorted(rows, key=lambda row: (fold(row.text), row.label))
    truth = np.array([row.label for row in rows])
    sums = np.zeros(len(rows))
    for part in range(FOLDS):
        out = np.array(parts) == part
        model = _fit([row for row, p in zip(rows, parts, strict=True) if p != part])
        sums[out] = model.decision_function(
            _runs().transform([fold(row.text) for row, o in zip(rows, out, strict=True) if o])
        )
    slope, offset = _calibrate(sums, truth)
    shares = np.array([_share(slope * value + offset) for value in sums])
    sha256 = digest_labels(rows)
    model = _fit(ordered)
    return Head(
        format="accord-head-1",
        name=name,
        title=title,
        domain=domain,
        weights=base64.b64encode(model.coef_[0].astype(_SCALE).tobytes()).decode(),
        bias=round(float(model.intercept_[0]), 6),
        slope=round(slope, 6),
        offset=round(offset, 6),
        threshold=threshold,
        brier=round(float(((shares - truth) ** 2).mean()), 4),
        quality=(
            count_quality(
                name,
                f"{data}, each of {FOLDS} parts by a head that learned from the others",
                sha256,
                shares >= threshold,
                truth,
            ),
        ),
        labels=sha256,
    )


def try_head(head: Head, rows: Sequence[Labelled], *, data: str) -> Head:
    """Return a head that also carries how right it was on other labelled data."""
    found = np.array(HeadDetector(head).score([row.text for row in rows])) >= head.threshold
    quality = count_quality(head.name, data, digest_labels(rows), found, np.array([row.label for row in rows]))
    return head.model_copy(update={"quality": (*head.quality, quality)})


def count_quality(
    label: str, data: str, sha256: str, found: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]
) -> Quality:
    """Return the counts of what was found beside what is there."""
    hits, alarms, misses = int((found & truth).sum()), int((found & ~truth).sum()), int((~found & truth).sum())
    return Quality(label=label, data=data, sha256=sha256, hits=hits, false_alarms=alarms, misses=misses)


def digest_labels(rows: Sequence[Labelled]) -> str:
    """Return the digest over labelled texts, whatever their order."""
    lines = sorted(f"{int(row.label)}{hashlib.sha256(row.text.encode()).hexdigest()}{row.group}" for row in rows)
    return digest("\n".join(lines).encode())


def _deal(rows: Sequence[Labelled]) -> list[int]:
    """Deal rows into parts: those of a group, and those of the same text, into the same one."""
    whose: dict[str, str] = {}

    def root(key: str) -> str:
        while whose.setdefault(key, key) != key:
            key = whose[key]
        return key

    for number, row in enumerate(rows):
        one, other = root(f"text {fold(row.text)}"), root(f"group {row.group or number}")
        first, second = sorted((one, other))
        whose[second] = first
    roots = [root(f"text {fold(row.text)}") for row in rows]
    order = sorted(set(roots), key=lambda key: hashlib.sha256(key.encode()).digest())
    place = {key: number for number, key in enumerate(order)}
    return [place[key] % FOLDS for key in roots]


def _calibrate(sums: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> tuple[float, float]:
    model = _linear(1e6).fit(sums.reshape(-1, 1), truth)
    return float(model.coef_[0][0]), float(model.intercept_[0])


def _share(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def _fit(rows: Sequence[Labelled]) -> Any:  # noqa: ANN401 - scikit-learn has no types
    return _linear(30.0).fit(_runs().transform([fold(row.text) for row in rows]), [row.label for row in rows])


def _linear(strength: float) -> Any:  # noqa: ANN401 - as above
    _installed()
    return importlib.import_module("sklearn.linear_model").LogisticRegression(
        C=strength, class_weight="balanced", solver="liblinear", random_state=0
    )


def _runs() -> Any:  # noqa: ANN401 - as above
    _installed()
    text = importlib.import_module("sklearn.feature_extraction.text")
    return text.HashingVectorizer(analyzer="char_wb", ngram_range=_RUNS, n_features=_FEATURES, alternate_sign=False)


def _installed() -> str:
    try:
        return version("scikit-learn")
    except PackageNotFoundError as error:
        raise MissingExtraError(
            "A head needs scikit-learn, which is not installed.", fix="pip install 'accord[scan,judges]'"
        ) from error
