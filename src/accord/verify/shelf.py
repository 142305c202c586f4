"""The artifacts at hand while claims are checked, and how a check ends that cannot be settled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from accord.errors import VerificationError
from accord.evidence import ArtifactRef, Entry, ErasureRecord
from accord.ledger import digest, parse_json
from accord.verify.archive import Part, open_part
from accord.verify.claims import Result

Find = Callable[[str], Part | None]
"""Where artifacts lie: the bytes or the path of a SHA-256, or None where they were not handed over."""

MAX_ARTIFACT = 64 * 2**20
"""The most bytes of an artifact that are read in order to compute with it; any size is digested."""

T = TypeVar("T")


class UnsettledError(VerificationError):
    """Ends the check of one claim with a result that is not verified, and its reason."""

    def __init__(self, result: Result, reason: str) -> None:
        super().__init__(reason)
        self.result = result


@dataclass(frozen=True)
class Shelf:
    """The artifacts at hand, and those that are known to be erased."""

    find: Find
    erased: Mapping[str, Entry[ErasureRecord]]

    def absent(self, sha256: str) -> tuple[Result, str]:
        """Say why an artifact is not here."""
        entry = self.erased.get(sha256)
        if entry is None:
            return Result.WITHHELD, f"The artifact {sha256} was not handed over."
        return Result.ERASED, (
            f"The artifact {sha256} was erased on {entry.record.made:%Y-%m-%d} ({entry.record.reason}), "
            f"as record {entry.ref.index} says."
        )


def read_artifact(shelf: Shelf, ref: ArtifactRef, shape: TypeAdapter[T], malformed: Result) -> T:
    """Return the value that an artifact holds; raise UnsettledError, as `malformed` where it has another shape."""
    part = shelf.find(ref.sha256)
    if part is None:
        raise UnsettledError(*shelf.absent(ref.sha256))
    with open_part(part) as file:
        data = file.read(MAX_ARTIFACT + 1)
    if digest(data) != ref.sha256:
        raise UnsettledError(
            Result.CANNOT_TELL, f"It rests on the artifact {ref.sha256}, which was changed or is too large."
        )
    try:
        return shape.validate_python(parse_json(data))
    except (VerificationError, ValidationError) as error:
        raise UnsettledError(malformed, f"The artifact {ref.sha256} does not have the shape it should.") from error
