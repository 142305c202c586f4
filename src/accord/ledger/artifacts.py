"""Content-addressed bytes beside the log: documents, evaluation logs. Each can be erased; the log stays valid."""

import hashlib
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from accord.errors import LedgerError, VerificationError
from accord.ledger.canonical import digest
from accord.ledger.files import Disk, disk_errors

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_DISK = Disk()


class Artifacts:
    """A folder of bytes, each kept under its SHA-256: `sha256/ab/abcdef…`.

    Where bytes were erased an empty file `abcdef….erased` stays: the same bytes are never kept again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, str) and bool(_SHA256.fullmatch(sha256)) and self.path(sha256).is_file()

    def path(self, sha256: str) -> Path:
        """Return where the bytes of this digest lie or would lie; LedgerError when it is not a digest."""
        if not _SHA256.fullmatch(sha256):  # also what keeps a stranger's `../..` out of the path
            raise LedgerError("This is not a SHA-256.", expected="64 lower-case hex digits", found=repr(sha256)[:100])
        return self.folder / "sha256" / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Keep the bytes and return their SHA-256; they are durable on return."""
        return self._store([data])

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file of any length and return its SHA-256; it is durable on return."""
        with disk_errors("The file cannot be read.", path), path.open("rb") as file:
            return self._store(iter(lambda: file.read(_CHUNK), b""))

    def get(self, sha256: str) -> bytes:
        """Return the bytes; LedgerError when they are not here, VerificationError when they have changed."""
        path = self.path(sha256)
        if not path.is_file():
            raise LedgerError("This artifact is not here; it may have been erased.", where=str(path))
        with disk_errors("The artifact cannot be read.", path):
            data = path.read_bytes()
        if digest(data) != sha256:
            raise VerificationError("An artifact has changed.", where=str(path), expected=sha256, found=digest(data))
        return data

    def erase(self, sha256: str) -> None:
        """Remove the bytes, durably, and for good: whoever puts the same bytes again is given their digest alone."""
        path = self.path(sha256)
        with disk_errors("The artifact cannot be erased.", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _DISK.write(_mark(path), b"")
            if path.is_file():
                _DISK.remove(path)
            _DISK.sync([path.parent])

    def _store(self, chunks: Iterable[bytes]) -> str:
        with disk_errors("The artifact cannot be kept.", self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            # A folder of its own goes away with what it still holds, whatever fails.
            with tempfile.TemporaryDirectory(prefix=".tmp", dir=self.folder) as scratch:
                hashed, copy = hashlib.sha256(), Path(scratch) / "copy"
                with copy.open("wb") as file:
                    for chunk in chunks:
                        hashed.update(chunk)
                        file.write(chunk)
                self._place(copy, self.path(hashed.hexdigest()))
        return hashed.hexdigest()

    def _place(self, copy: Path, path: Path) -> None:
        """Give a finished copy its name, durably, unless that was erased; a damaged artifact is mended by it."""
        if _mark(path).is_file():
            return
        _DISK.sync([copy])
        path.parent.mkdir(parents=True, exist_ok=True)
        _DISK.rename(copy, path)
        _DISK.sync([path.parent, path.parent.parent, self.folder, self.folder.parent])


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.erased")
