"""How much of a mark survives what usually happens to content (clause 7.1: "reliable" where technically feasible).

Each change is made to each sample, and what is left of its mark is looked for. A mark is a plug-in: a name, and what
finds it; content credentials are the first.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from cryptography import x509

from accord.errors import MissingExtraError, ProvenanceError
from accord.evidence import Sighting
from accord.provenance.credentials import TYPES, Verdict, check_content, media_type

MOST_PIXELS = 1 << 26
"""Pixels of an image that is opened: a small file may claim any number."""
_PARTS = 16
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class Mark(Protocol):
    """What tells where content comes from."""

    @property
    def name(self) -> str:
        """What it is called in observations."""

    def find(self, content: bytes, kind: str) -> tuple[bool, str]:
        """Tell whether the mark is in content of a media type, and what was found."""


@dataclass(frozen=True)
class CredentialMark:
    """A content credential that is trusted."""

    anchors: Sequence[x509.Certificate]
    name: str = "credential"

    def find(self, content: bytes, kind: str) -> tuple[bool, str]:
        """Tell whether a trusted credential is there, and otherwise its verdict."""
        found = check_content(content, kind, self.anchors)
        return found.verdict == Verdict.TRUSTED, ", ".join([found.verdict.value, *found.problems])


Change = Callable[[bytes, str], tuple[bytes, str]]


def _saved(image: Any, form: str, **options: object) -> tuple[bytes, str]:  # noqa: ANN401 - Pillow's image
    held = io.BytesIO()
    image.save(held, form, **options)
    return held.getvalue(), f"image/{form.lower()}"


def _jpeg(quality: int) -> Change:
    return lambda data, _kind: _saved(_open(data).convert("RGB"), "JPEG", quality=quality)


def _resized(data: bytes, kind: str) -> tuple[bytes, str]:
    image = _open(data)
    return _saved(image.resize((max(1, image.width // 2), max(1, image.height // 2))), _FORMATS[kind])


def _cropped(data: bytes, kind: str) -> tuple[bytes, str]:
    image = _open(data)
    x, y = image.width // 10, image.height // 10
    return _saved(image.crop((x, y, max(x + 1, image.width - x), max(y + 1, image.height - y))), _FORMATS[kind])


def _converted(data: bytes, kind: str) -> tuple[bytes, str]:
    return _saved(_open(data).convert("RGB"), "WEBP" if kind != "image/webp" else "PNG")


def _stripped(data: bytes, kind: str) -> tuple[bytes, str]:
    return _saved(_open(data), _FORMATS[kind], **({"lossless": True} if kind == "image/webp" else {}))


def alter(data: bytes, kind: str = "") -> tuple[bytes, str]:
    """Return data of which one byte in each sixteenth is another: some of them are surely not of the mark itself."""
    changed = bytearray(data)
    for part in range(_PARTS):
        if (at := (2 * part + 1) * len(data) // (2 * _PARTS)) < len(data):
            changed[at] ^= 1
    return bytes(changed), kind


def _copied(data: bytes, kind: str) -> tuple[bytes, str]:
    return bytes(data), kind


ANY: Mapping[str, tuple[str, Change]] = {
    "copy": ("a copy of the same bytes", _copied),
    "alter": ("one byte in each sixteenth changed", alter),
}
IMAGES: Mapping[str, tuple[str, Change]] = {
    "jpeg-90": ("saved as JPEG of quality 90", _jpeg(90)),
    "jpeg-70": ("saved as JPEG of quality 70", _jpeg(70)),
    "jpeg-50": ("saved as JPEG of quality 50", _jpeg(50)),
    "resize": ("half as wide and high", _resized),
    "crop": ("a tenth cut off each side", _cropped),
    "convert": ("saved in another format", _converted),
    "strip": ("saved again without metadata", _stripped),
}


def questions(mark: Mark) -> dict[str, str]:
    """Return what is said to hold of each sample, by the id of its observation."""
    changes = {**ANY, **IMAGES}
    return {f"{mark.name}.{name}": f"the {mark.name} survives: {title}" for name, (title, _) in changes.items()}


def attack(samples: Sequence[Path], mark: Mark) -> Iterator[Sighting]:
    """Yield whether the mark survives each change to each sample.

    A sample that does not have the mark to begin with is refused: what was never there cannot survive.
    """
    for path in samples:
        kind = media_type(path)
        data = path.read_bytes()
        there, found = mark.find(data, kind)
        if not there:
            raise ProvenanceError(
                f"This sample has no {mark.name} to attack.", where=str(path), expected="a marked sample", found=found
            )
        changes = {**ANY, **(IMAGES if kind in _FORMATS else {})}
        for name, (_, change) in changes.items():
            survives, note = mark.find(*change(data, kind))
            yield Sighting(observation=f"{mark.name}.{name}", subject=path.name, holds=survives, note=note)


def find_samples(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that can carry a mark; raise ProvenanceError where there are none."""
    found = tuple(p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix.lower() in TYPES)
    if not found:
        raise ProvenanceError(
            "There are no samples here.", where=str(folder), expected=f"files that end with {', '.join(sorted(TYPES))}"
        )
    return found


def _open(data: bytes) -> Any:  # noqa: ANN401 - Pillow's image
    try:
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError("Changing images needs Pillow.", fix="pip install 'accord[provenance]'") from error
    try:
        image = Image.open(io.BytesIO(data))
        if image.width * image.height > MOST_PIXELS:
            raise ProvenanceError("This image is too large.", expected=f"at most {MOST_PIXELS} pixels")
        image.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ProvenanceError("This image cannot be opened.", found=type(error).__name__) from error
    return cast("Any", image)
