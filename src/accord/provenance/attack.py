"""How much of a mark survives what usually happens to content (clause 7.1: "reliable" where technically feasible).

Each change is made to each sample, and what is left of its mark is looked for. A mark is a plug-in: a name, and what
finds it. Whatever is random in a change follows from the sample itself, so that it can be repeated.
"""

import random
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509

from accord.errors import ProvenanceError
from accord.evidence import Sighting
from accord.provenance.credentials import TYPES, Verdict, check_content, media_type
from accord.provenance.pictures import FORMATS, add_images, image_of, open_image, save_image

TEXT = "text/plain"
TEXTS = {".txt": TEXT, ".md": TEXT}
"""The media type of what can carry a mark in its words, by the end of a file's name."""
_PARTS = 16
_NOISE = 16
_BRIGHTER = 1.2
_DARKER = 0.8


class Mark(Protocol):
    """What tells where content comes from."""

    @property
    def name(self) -> str:
        """What its observations begin with."""

    @property
    def title(self) -> str:
        """What it is called in a sentence."""

    def find(self, content: bytes, kind: str) -> tuple[bool | None, str]:
        """Tell whether the mark is in content of a media type, none where that cannot be told, and what was found."""


@dataclass(frozen=True)
class CredentialMark:
    """A content credential that is trusted."""

    anchors: Sequence[x509.Certificate]
    name: str = "credential"
    title: str = "credential"

    def find(self, content: bytes, kind: str) -> tuple[bool | None, str]:
        """Tell whether a trusted credential is there, and otherwise its verdict."""
        found = check_content(content, kind, self.anchors)
        return found.verdict == Verdict.TRUSTED, ", ".join([found.verdict.value, *found.problems])


Change = Callable[[bytes, str], tuple[bytes, str]]
Changes = Mapping[str, tuple[str, Change]]
"""Changes by name, each with its title."""


def dice(data: bytes) -> random.Random:
    """Return a source of choices that depends on the content alone."""
    return random.Random(zlib.crc32(data))  # noqa: S311 - no secret: a change that can be repeated


def _jpeg(quality: int) -> Change:
    return lambda data, _kind: save_image(open_image(data).convert("RGB"), "JPEG", quality=quality)


def _resized(parts: int, of: int) -> Change:
    def change(data: bytes, kind: str) -> tuple[bytes, str]:
        image = open_image(data)
        size = (max(1, image.width * parts // of), max(1, image.height * parts // of))
        return save_image(image.resize(size), FORMATS[kind])

    return change


def _cropped(data: bytes, kind: str) -> tuple[bytes, str]:
    image = open_image(data)
    x, y = image.width // 10, image.height // 10
    return save_image(image.crop((x, y, max(x + 1, image.width - x), max(y + 1, image.height - y))), FORMATS[kind])


def _converted(data: bytes, kind: str) -> tuple[bytes, str]:
    return save_image(open_image(data).convert("RGB"), "WEBP" if kind != "image/webp" else "PNG")


def _stripped(data: bytes, kind: str) -> tuple[bytes, str]:
    return _saved(open_image(data), kind)


def _noisy(data: bytes, kind: str) -> tuple[bytes, str]:
    image = open_image(data).convert("RGB")
    noise = image_of(dice(data).randbytes(image.width * image.height * 3), image.size)
    return _saved(add_images(image, noise.point([level * _NOISE // 128 for level in range(256)] * 3), -_NOISE), kind)


def _lit(factor: float) -> Change:
    def change(data: bytes, kind: str) -> tuple[bytes, str]:
        image = open_image(data).convert("RGB")
        return _saved(image.point([min(255, round(level * factor)) for level in range(256)] * 3), kind)

    return change


def _saved(image: Any, kind: str) -> tuple[bytes, str]:  # noqa: ANN401 - Pillow's image
    return save_image(image, FORMATS[kind], **({"lossless": True} if kind == "image/webp" else {}))


def alter(data: bytes, kind: str = "") -> tuple[bytes, str]:
    """Return data of which one byte in each sixteenth is another: some of them are surely not of the mark itself."""
    changed = bytearray(data)
    for part in range(_PARTS):
        if (at := (2 * part + 1) * len(data) // (2 * _PARTS)) < len(data):
            changed[at] ^= 1
    return bytes(changed), kind


def _copied(data: bytes, kind: str) -> tuple[bytes, str]:
    return bytes(data), kind


ANY: Changes = {
    "copy": ("a copy of the same bytes", _copied),
    "alter": ("one byte in each sixteenth changed", alter),
}
IMAGES: Changes = {
    "jpeg-90": ("saved as JPEG of quality 90", _jpeg(90)),
    "jpeg-70": ("saved as JPEG of quality 70", _jpeg(70)),
    "jpeg-50": ("saved as JPEG of quality 50", _jpeg(50)),
    "resize": ("half as wide and high", _resized(1, 2)),
    "resize-87": ("87 % as wide and high", _resized(87, 100)),
    "crop": ("a tenth cut off each side", _cropped),
    "noise": ("noise of up to 16 of 256 levels added", _noisy),
    "brighter": ("a fifth brighter", _lit(_BRIGHTER)),
    "darker": ("a fifth darker", _lit(_DARKER)),
    "convert": ("saved in another format", _converted),
    "strip": ("saved again without metadata", _stripped),
}


def questions(name: str, title: str, changes: Changes) -> dict[str, str]:
    """Return what is said to hold of each sample of a mark, by the id of its observation."""
    return {f"{name}.{change}": f"the {title} survives: {said}" for change, (said, _) in changes.items()}


def changes_of(kind: str, words: Changes | None = None) -> Changes:
    """Return the changes to content of a media type; `words` are those of text."""
    # A flipped bit makes no difference that shows to a text of thousands of characters, and may make it no text at all.
    own = {} if kind == TEXT else {"alter": ANY["alter"]}
    return {
        "copy": ANY["copy"],
        **own,
        **(IMAGES if kind in FORMATS else {}),
        **((words or {}) if kind == TEXT else {}),
    }


def attack(samples: Sequence[Path], mark: Mark, changes: Callable[[str], Changes] = changes_of) -> Iterator[Sighting]:
    """Yield whether the mark survives each change to each sample; `changes` are those to a media type.

    A sample that does not have the mark to begin with is refused: what was never there cannot survive.
    """
    for path in samples:
        kind = kind_of(path)
        data = path.read_bytes()
        there, found = mark.find(data, kind)
        if not there:
            raise ProvenanceError(
                f"This sample has no {mark.title} to attack.", where=str(path), expected="a marked sample", found=found
            )
        for name, (_, change) in changes(kind).items():
            survives, note = mark.find(*change(data, kind))
            yield Sighting(observation=f"{mark.name}.{name}", subject=path.name, holds=survives, note=note)


def kind_of(path: Path) -> str:
    """Return the media type of content by its file's name; raise ProvenanceError where none is known."""
    return TEXTS.get(path.suffix.lower()) or media_type(path)


def find_samples(folder: Path, suffixes: Mapping[str, str] = TYPES) -> tuple[Path, ...]:
    """Return the files of a folder that can carry a mark; raise ProvenanceError where there are none."""
    found = tuple(p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix.lower() in suffixes)
    if not found:
        raise ProvenanceError(
            "There are no samples here.",
            where=str(folder),
            expected=f"files that end with {', '.join(sorted(suffixes))}",
        )
    return found
