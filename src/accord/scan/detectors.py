"""The detectors that are installed, loaded by name: those that Accord brings and those of plug-ins alike.

A detector is an entry point of the group `accord.detectors`: a callable without arguments that returns one, or an
instance. Only those that are asked for are imported.
"""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from accord.errors import AccordError, ScanError
from accord.scan.detector import Detector

_GROUP = "accord.detectors"
NAMED_ALONE = frozenset({"contamination", "harmful-request", "language", "portrayals", "quality", "rights"})
"""Detectors of Accord that look only where they are named: they are for corpora, or good for one domain alone."""


def detector_names() -> tuple[str, ...]:
    """Return the names of all installed detectors, sorted, without loading any."""
    return tuple(sorted({point.name for point in entry_points(group=_GROUP)}))


def usual_names() -> tuple[str, ...]:
    """Return the names of all installed detectors but those that look only where they are named, sorted."""
    return tuple(name for name in detector_names() if name not in NAMED_ALONE)


def load_detectors(names: Iterable[str]) -> tuple[Detector, ...]:
    """Return the named detectors in the order given; raise ScanError for one that is not there or cannot be used."""
    chosen = list(names)
    if not chosen:
        raise ScanError("No detector is named.", expected=", ".join(detector_names()))
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    if twice:
        raise ScanError("A detector is named twice.", found=", ".join(twice))
    return tuple(_load(name) for name in chosen)


def _load(name: str) -> Detector:
    points = {point.value: point for point in entry_points(group=_GROUP, name=name)}
    if not points:
        raise ScanError(
            "There is no such detector.",
            expected=f"one of {', '.join(detector_names())}",
            found=name,
            fix="Name another, or install the package that brings it.",
        )
    if len(points) > 1:
        raise ScanError("Two packages bring a detector of the same name.", where=name, found=_brought(points.values()))
    (point,) = points.values()
    detector = _make(point)
    if getattr(detector, "name", None) != name:
        raise ScanError(
            "A detector bears another name than its entry point.",
            where=_brought([point]),
            expected=name,
            found=str(getattr(detector, "name", None)),
        )
    return detector


def _make(point: EntryPoint) -> Detector:
    try:
        value = point.load()
        made = value if hasattr(value, "detect") and not isinstance(value, type) else value()
    except AccordError:
        raise
    except Exception as error:
        raise ScanError(
            "A detector cannot be loaded.",
            where=_brought([point]),
            found=f"{type(error).__name__}: {error}",
            fix="Tell those who make the package; scan without it meanwhile.",
        ) from error
    return cast("Detector", made)


def _brought(points: Iterable[EntryPoint]) -> str:
    return ", ".join(sorted(f"{point.value} of {point.dist.name if point.dist else 'nobody'}" for point in points))
