"""`spread-spectrum`: a mark in images, a keyed pattern of plus and minus that is laid over the whole image in tiles.

The method is that of tiled spread-spectrum marks in television (T. Kalker, G. Depovere, J. Haitsma and M. Maes, A video
watermarking system for broadcast monitoring, 1999). It carries no message. For whoever does not have the key the
pattern is noise, so the chance of a false alarm is bounded for every image there is, and need not be measured.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from accord.errors import ProvenanceError
from accord.provenance.pictures import FORMATS, image_of, open_image, save_image
from accord.provenance.watermarks.keys import WatermarkKey
from accord.provenance.watermarks.nulls import sign_tail
from accord.provenance.watermarks.scheme import Score, extra, only, parameter

_CHIP = 4
"""Pixels that share a sign, in each direction: finer ones do not survive compression."""
_CHIPS = 64
_TILE = _CHIP * _CHIPS
_RESIZED = (
    1,
    1 / 2,
    3 / 4,
    9 / 10,
    4 / 5,
    2 / 3,
    7 / 10,
    3 / 5,
    2 / 5,
    1 / 3,
    1 / 4,
    2,
    3 / 2,
    4 / 3,
    5 / 4,
    6 / 5,
    11 / 10,
)
"""The sizes of a marked image, as parts of what it was, at which the pattern is found again; others hide it."""
_WINDOW = 768
"""Pixels in each direction of the middle of an image that is looked at after that: more of them tell nothing new."""
_SURE = 1e-9
"""A p-value at which no other size is tried."""
_SAVED: Mapping[str, Mapping[str, object]] = {"image/jpeg": {"quality": 95}, "image/webp": {"lossless": True}}
_NEAR, _AROUND = 4, 6
"""Radius within which contrast hides the pattern, and within which detection takes the image's own contrast away."""
_HIDES, _LEAST, _CAP = 12.0, 0.6, 2.5
"""Contrast at which the pattern is laid on with full strength, and the bounds of what is made of it."""


class SpreadSpectrum:
    """The scheme under one key; `strength` counts halves of a level of brightness, of which there are 256."""

    name = "spread-spectrum"
    kinds = frozenset(FORMATS)
    unit = "pixels"
    least = 128 * 128
    exact = True

    def __init__(self, key: WatermarkKey, _tokenizer: Path | None = None) -> None:
        only(key, "strength")
        self.strength = parameter(key, "strength", 2, 1, 20)
        self._key = key

    @cached_property
    def _pattern(self) -> Any:  # noqa: ANN401 - numpy's array
        numpy = _numpy()
        bits = numpy.unpackbits(numpy.frombuffer(self._key.derive("pattern", _CHIPS * _CHIPS // 8), numpy.uint8))
        return bits.reshape(_CHIPS, _CHIPS).astype(float) * 2 - 1

    def mark(self, content: bytes, kind: str) -> bytes:
        """Return an image with the mark; raise ProvenanceError where it is too small to carry it."""
        numpy, image = _numpy(), open_image(content).convert("RGB")
        if image.width * image.height < self.least:
            raise ProvenanceError("This image is too small to be marked.", expected=f"at least {self.least} pixels")
        colours = numpy.asarray(image, dtype=float)
        _, contrast = _local(numpy.asarray(image.convert("L"), dtype=float), _NEAR)
        height, width = contrast.shape
        tile = numpy.kron(self._pattern, numpy.ones((_CHIP, _CHIP)))
        laid = numpy.tile(tile, (-(-height // _TILE), -(-width // _TILE)))[:height, :width]
        change = self.strength / 2 * numpy.clip(_LEAST + contrast / _HIDES, _LEAST, _CAP) * laid
        marked = numpy.clip(numpy.rint(colours + change[..., None]), 0, 255).astype(numpy.uint8)
        return save_image(image_of(marked.tobytes(), image.size), FORMATS[kind], **_SAVED.get(kind, {}))[0]

    def score(self, content: bytes, kind: str) -> Score:  # noqa: ARG002 - images say what they are
        """Return how surprising the best fit of the pattern is, over all shifts and the sizes that are tried."""
        image, best = open_image(content).convert("L"), 1.0
        for part in _RESIZED:
            best = min(best, sign_tail(self._fit(_scaled(image, 1 / part)), _TILE * _TILE * len(_RESIZED)))
            if best <= _SURE:
                break
        return Score(best, image.width * image.height)

    def _fit(self, image: Any) -> float:  # noqa: ANN401 - Pillow's image
        """Return the best correlation with the pattern over all shifts, in units of its spread over random patterns."""
        numpy = _numpy()
        if image is None:
            return 0.0
        grey = numpy.asarray(image, dtype=float)
        mean, contrast = _local(grey, _AROUND)
        rest = numpy.clip((grey - mean) / (contrast + 2), -2, 2)
        rest = numpy.pad(rest, [(0, -size % _TILE) for size in rest.shape])
        folded = rest.reshape(rest.shape[0] // _TILE, _TILE, -1, _TILE).sum((0, 2))
        steps = [(y, x) for y in range(_CHIP) for x in range(_CHIP)]
        chips = sum(numpy.roll(folded, (-y, -x), (0, 1)) for y, x in steps)
        wanted = numpy.conj(numpy.fft.rfft2(self._pattern))
        return max(_correlate(chips[y::_CHIP, x::_CHIP], wanted) for y, x in steps)


def _correlate(values: Any, wanted: Any) -> float:  # noqa: ANN401 - numpy's arrays
    numpy = _numpy()
    spread = float(numpy.sqrt((values * values).sum()))
    if not spread:
        return 0.0
    return float(numpy.fft.irfft2(numpy.fft.rfft2(values) * wanted, s=values.shape).max()) / spread


def _scaled(image: Any, scale: float) -> Any:  # noqa: ANN401 - Pillow's image
    """Return the middle of an image, resized; none where little is left of it."""
    width, height = (min(size, round(_WINDOW / scale)) for size in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    size = (round(width * scale), round(height * scale))
    return image.resize(size, box=(left, top, left + width, top + height)) if min(size) >= _TILE // 4 else None


def _local(values: Any, radius: int) -> tuple[Any, Any]:  # noqa: ANN401 - numpy's arrays
    """Return the mean and the standard deviation around each place."""
    numpy = _numpy()
    mean = _box(values, radius)
    return mean, numpy.sqrt(numpy.maximum(_box(values * values, radius) - mean * mean, 0))


def _box(values: Any, radius: int) -> Any:  # noqa: ANN401 - numpy's arrays
    numpy, side = _numpy(), 2 * radius + 1
    sums = numpy.pad(numpy.pad(values, radius, mode="edge").cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return (sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]) / side**2


def _numpy() -> Any:  # noqa: ANN401 - a module of an extra
    return extra("numpy", "A watermark in images")
