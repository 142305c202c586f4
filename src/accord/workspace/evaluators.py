"""The keys of independent evaluators (clause 1.1) whose records may stand in the log beside the organisation's own."""

from pathlib import Path

from accord.errors import WorkspaceError
from accord.ledger import PublicKey
from accord.ledger.files import disk_errors, read_file, replace_file

MAX_EVALUATORS = 65_536
"""The most bytes of the file of keys."""


class Evaluators:
    """A file of verifier keys, one a line: as they were given by whoever filed their records."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> tuple[PublicKey, ...]:
        """Return every key, oldest first; raise VerificationError for a line that is none."""
        return tuple(PublicKey.parse(line) for line in read_evaluators(self.path))

    def keep(self, key: PublicKey) -> None:
        """Remember a key, durably; WorkspaceError where it is known under another name."""
        known = self.all()
        if other := next((one for one in known if one.raw == key.raw and one != key), None):
            raise WorkspaceError(
                "This evaluator is known under another name.",
                where=str(self.path),
                expected=other.vkey,
                found=key.vkey,
            )
        if key not in known:
            replace_file(self.path, "".join(f"{one.vkey}\n" for one in (*known, key)).encode())


def read_evaluators(path: Path) -> tuple[str, ...]:
    """Return the lines of a file of verifier keys, none where there is no file; nothing is parsed."""
    if not path.is_file():
        return ()
    with disk_errors("The keys of evaluators cannot be read.", path):
        text = read_file(path, MAX_EVALUATORS).decode(errors="replace")
    return tuple(line.strip() for line in text.split("\n") if line.strip())
