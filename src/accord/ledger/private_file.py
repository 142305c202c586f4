"""Files that only their owner reads: private keys."""

import os
import stat
from pathlib import Path

from accord.errors import LedgerError

_MAX_FILE = 16_384


def read_private(path: Path) -> bytes:
    """Return the first 16 KiB of a file; LedgerError when others may read it, OSError when nobody can."""
    with path.open("rb") as file:
        # The open file is asked, not the path: nobody can swap it in between.
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise LedgerError(
                "Others can read what is private.",
                where=str(path),
                expected="mode 0600",
                found=f"mode {mode:04o}",
                fix=f"chmod 600 {path}",
            )
        return file.read(_MAX_FILE)


def write_private(path: Path, data: bytes) -> None:
    """Make a file of mode 0600, durably; FileExistsError when something is there already."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)  # whatever the umask took away or an inherited ACL added
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
