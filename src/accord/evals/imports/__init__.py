"""Results that other programs found, read from the files they write: named as theirs, never measured by us."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from accord.errors import EvaluationError
from accord.evals.imports import garak, inspect_log, lm_eval, moonshot
from accord.evals.imports.reading import Result

Format = Literal["inspect", "garak", "lm-eval", "moonshot"]

LARGEST = 2 * 2**30
"""Bytes of a file, in whatever form."""

FORMATS: Mapping[Format, Callable[[Path], Result]] = MappingProxyType(
    {"inspect": inspect_log.read, "garak": garak.read, "lm-eval": lm_eval.read, "moonshot": moonshot.read}
)
"""The reader of each form."""


def read_result(path: Path, form: Format) -> Result:
    """Return what a file of one form holds; raise EvaluationError with what was expected where it is of another."""
    with _reading(path):
        return FORMATS[form](path)


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a result's file; raise EvaluationError where there is none, or it is too large."""
    with _reading(path), path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    if not path.is_file():  # a pipe would block for ever, and a device never ends
        raise EvaluationError("The result is not there.", where=str(path), expected="a file")
    try:
        if path.stat().st_size > LARGEST:
            raise EvaluationError("The result is too large.", where=str(path), expected=f"at most {LARGEST} bytes")
        yield
    except OSError as error:
        raise EvaluationError("The result cannot be read.", where=str(path), found=error.strerror or "") from error


__all__ = ["FORMATS", "Format", "Result", "digest_file", "read_result"]
