"""What a watermark is: a scheme under one key, which scores content (entry point group `accord.watermarks`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast

from accord.errors import MissingExtraError, ProvenanceError
from accord.provenance.watermarks.keys import WatermarkKey


@dataclass(frozen=True)
class Score:
    """How much content looks as if it carried a mark."""

    p: float
    """The chance that content without the mark scores as much or more, over all keys that there could be."""
    size: int
    """On how much of it that rests, in the scheme's unit."""


class Watermark(Protocol):
    """A scheme under one key. Finding it tells that content was marked; not finding it tells nothing of its origin."""

    @property
    def name(self) -> str:
        """The name of the scheme, in lower case with hyphens."""

    @property
    def kinds(self) -> frozenset[str]:
        """The media types that it can be in."""

    @property
    def unit(self) -> str:
        """What it counts, such as tokens."""

    @property
    def least(self) -> int:
        """How many of them it needs: of less content nothing is told."""

    @property
    def exact(self) -> bool:
        """Whether `p` is right for any content under one random key, so that no unmarked content has to show it."""

    def score(self, content: bytes, kind: str) -> Score:
        """Return the score of content of one of its media types."""


Scheme = Callable[[WatermarkKey, Path | None], Watermark]
"""What an entry point names: it takes a key, and the model's tokenizer where there is one."""


@cache
def load_schemes() -> Mapping[str, Scheme]:
    """Return every scheme by its name: those that Accord brings, and those of installed plug-ins."""
    return {point.name: point.load() for point in sorted(entry_points(group="accord.watermarks"), key=lambda p: p.name)}


def open_watermark(key: WatermarkKey, tokenizer: Path | None = None) -> Watermark:
    """Return the scheme of a key under it; raise ProvenanceError where nothing here knows the scheme."""
    schemes = load_schemes()
    if key.scheme not in schemes:
        raise ProvenanceError(
            "This kind of watermark is not known here.", expected=f"one of {', '.join(schemes)}", found=key.scheme
        )
    return schemes[key.scheme](key, tokenizer)


def parameter(key: WatermarkKey, name: str, default: int, low: int, high: int) -> int:
    """Return a whole number of a key's parameters; raise ProvenanceError where it is another thing or out of bounds."""
    value = key.parameters.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        # The value is not shown: some parameters are secret.
        raise ProvenanceError(
            "The key of a watermark has a parameter that cannot be used.",
            where=name,
            expected=f"a whole number from {low} to {high}",
        )
    return value


def only(key: WatermarkKey, *names: str) -> None:
    """Raise ProvenanceError where a key has parameters that its scheme does not know: they would not be obeyed."""
    if unknown := sorted(set(key.parameters) - set(names)):
        raise ProvenanceError(
            "The key of a watermark has parameters that its scheme does not know.",
            expected=f"some of {', '.join(names)}",
            found=", ".join(unknown),
        )


def extra(name: str, needed: str) -> Any:  # noqa: ANN401 - a module of an extra
    """Import a module of the extra; raise MissingExtraError where it is not installed."""
    from importlib import import_module  # noqa: PLC0415 - beside its one use

    try:
        return cast("Any", import_module(name))
    except ImportError as error:
        raise MissingExtraError(f"{needed} needs {name}.", fix="pip install 'accord[watermarks]'") from error
