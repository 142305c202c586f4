"""How a head learns from labelled texts, and how what it is worth is measured on texts that it has not learned from."""

import base64
import hashlib
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from accord.errors import ScanError
from accord.evidence import Quality
from accord.ledger import digest
from accord.scan.whole.heads import SCALE, Head, HeadDetector, as_share, fold, hash_runs, require_sklearn

FOLDS = 5
"""Parts that the labels are dealt into, to measure a head on texts that it has not learned from."""
FEWEST = 20
"""Labels of each kind below which nothing is learned."""


@dataclass(frozen=True)
class Labelled:
    """A text, whether it is what the head is to find, and the group that must stay together when parts are dealt."""

    text: str
    label: bool
    group: str = ""


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
    truth = np.array([row.label for row in rows])
    sums = _unseen(rows, np.array(parts))
    slope, offset = _calibrate(sums, truth)
    shares = np.array([as_share(slope * value + offset) for value in sums])
    sha256 = digest_labels(rows)
    model = _fit(sorted(rows, key=lambda row: (fold(row.text), row.label)))
    how = f"{data}, each of {FOLDS} parts by a head that learned from the others"
    return Head(
        format="accord-head-1",
        name=name,
        title=title,
        domain=domain,
        weights=base64.b64encode(model.coef_[0].astype(SCALE).tobytes()).decode(),
        bias=round(float(model.intercept_[0]), 6),
        slope=round(slope, 6),
        offset=round(offset, 6),
        threshold=threshold,
        brier=round(float(((shares - truth) ** 2).mean()), 4),
        quality=(count_quality(name, how, sha256, shares >= threshold, truth),),
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


def _unseen(rows: Sequence[Labelled], parts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return for each row the sum of weights by a head that learned from the other parts."""
    texts, sums = [fold(row.text) for row in rows], np.zeros(len(rows))
    for part in range(FOLDS):
        model = _fit([row for row, own in zip(rows, parts, strict=True) if own != part])
        places = np.flatnonzero(parts == part)
        sums[places] = model.decision_function(hash_runs().transform([texts[place] for place in places]))
    return sums


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


def _fit(rows: Sequence[Labelled]) -> Any:  # noqa: ANN401 - scikit-learn has no types
    labels = [row.label for row in rows]
    if len(set(labels)) == 1:
        raise ScanError("Without one part of the labels, all others are the same.", fix="give smaller groups")
    return _linear(30.0).fit(hash_runs().transform([fold(row.text) for row in rows]), labels)


def _linear(strength: float) -> Any:  # noqa: ANN401 - as above
    require_sklearn()
    return importlib.import_module("sklearn.linear_model").LogisticRegression(
        C=strength, class_weight="balanced", solver="liblinear", random_state=0
    )
