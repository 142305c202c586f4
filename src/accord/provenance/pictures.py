"""Images, opened with bounds and saved again. The one door to Pillow."""

import io
import struct
from importlib import import_module
from typing import Any

from accord.errors import MissingExtraError, ProvenanceError

MOST_PIXELS = 1 << 26
"""Pixels of an image that is opened: a small file may claim any number."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
"""The images that are changed and marked, by media type, as Pillow calls them."""


def open_image(data: bytes) -> Any:  # noqa: ANN401 - Pillow's image
    """Return an image; raise ProvenanceError where it is none or too large, MissingExtraError without Pillow."""
    pillow = _pillow()
    try:
        image = pillow.open(io.BytesIO(data))
        if image.width * image.height > MOST_PIXELS:
            raise ProvenanceError("This image is too large.", expected=f"at most {MOST_PIXELS} pixels")
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, pillow.DecompressionBombError) as error:
        # Its readers raise SyntaxError for a file that breaks its own format's rules.
        raise ProvenanceError("This image cannot be opened.", found=type(error).__name__) from error
    return image


def image_of(pixels: bytes, size: tuple[int, int]) -> Any:  # noqa: ANN401 - Pillow's image
    """Return an image of three bytes a pixel, row by row."""
    return _pillow().frombytes("RGB", size, pixels)


def add_images(one: Any, other: Any, offset: int) -> Any:  # noqa: ANN401 - Pillow's images
    """Return the sum of two images of one size and an offset, held between black and white."""
    return import_module("PIL.ImageChops").add(one, other, 1.0, offset)


def save_image(image: Any, form: str, **options: object) -> tuple[bytes, str]:  # noqa: ANN401 - Pillow's image
    """Return an image as bytes of one of FORMATS, and their media type."""
    held = io.BytesIO()
    image.save(held, form, **options)
    return held.getvalue(), f"image/{form.lower()}"


def _pillow() -> Any:  # noqa: ANN401 - a module of an extra
    try:
        return import_module("PIL.Image")
    except ImportError as error:
        raise MissingExtraError("Changing images needs Pillow.", fix="pip install 'accord[provenance]'") from error
