"""What is known of how often the patterns err, as a script measured it on labelled texts."""

import json
from functools import cache
from importlib.resources import files

from accord.evidence import Quality


def load_quality(detector: str) -> tuple[Quality, ...]:
    """Return what was measured of a detector, by label; nothing where nothing was."""
    return tuple(Quality(**row) for row in _measured().get(detector, ()))


@cache
def _measured() -> dict[str, list[dict[str, str | int]]]:
    text = files("accord.scan.patterns").joinpath("data", "quality.json").read_text("utf-8")
    measured: dict[str, list[dict[str, str | int]]] = json.loads(text)
    return measured
