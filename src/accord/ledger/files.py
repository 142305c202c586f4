"""The few file operations that a durable log needs, as an object: a test can fail or stop at each of them."""

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from accord.errors import LedgerBusyError, LedgerError, VerificationError

_SYNC_THREADS = 4
_POLL = 0.02  # seconds

_FIXES = {
    errno.ENOSPC: "free space on this disk, then run it again",
    errno.EDQUOT: "free space in this quota, then run it again",
    errno.EROFS: "mount the disk for writing, then run it again",
    errno.EACCES: "give this user write access, then run it again",
    errno.EPERM: "give this user write access, then run it again",
}


class Files(Protocol):
    """What the log does to a disk. Nothing is durable before `sync` returns."""

    def make(self, folder: Path) -> None:
        """Make one folder, whose parent exists."""

    def write(self, path: Path, data: bytes) -> None:
        """Write a file, in place of what it held."""

    def sync(self, paths: Sequence[Path]) -> None:
        """Return once these files and folders are durable."""

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in the place of another, in one step."""

    def remove(self, path: Path) -> None:
        """Remove a file or an empty folder."""


class Disk:
    """The real file system."""

    def make(self, folder: Path) -> None:
        """Make one folder; one that is there is fine."""
        folder.mkdir(exist_ok=True)

    def write(self, path: Path, data: bytes) -> None:
        """Write a file, in place of what it held."""
        path.write_bytes(data)

    def sync(self, paths: Sequence[Path]) -> None:
        """Fsync all at once: the file system then joins them into a few journal commits."""
        if len(paths) == 1:
            _fsync(paths[0])
            return
        with ThreadPoolExecutor(min(_SYNC_THREADS, len(paths) or 1)) as pool:
            # Taking each result raises the first error.
            list(pool.map(_fsync, paths))

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in the place of another, in one step (POSIX rename)."""
        source.rename(target)

    def remove(self, path: Path) -> None:
        """Remove a file or an empty folder."""
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def replace_file(path: Path, data: bytes, *, private: bool = False) -> None:
    """Give a file new content in one step: after a crash it has the old or the new. Raises LedgerError.

    A `private` one is readable by its owner alone, any other as the umask says.
    """
    scratch = path.with_name(f".{path.name}.tmp")
    with disk_errors("The file cannot be written.", path):
        scratch.unlink(missing_ok=True)  # a leftover may have another mode
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(scratch, flags, 0o600 if private else 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    move_file(scratch, path)


def move_file(source: Path, target: Path) -> None:
    """Rename a file within its folder, durably. Raises LedgerError."""
    with disk_errors("The file cannot be replaced.", target):
        source.rename(target)
        _fsync(target.parent)


@contextmanager
def disk_errors(problem: str, where: Path) -> Iterator[None]:
    """Turn what the operating system refuses into LedgerError, with what to do about it."""
    try:
        yield
    except OSError as error:
        raise LedgerError(
            problem,
            where=str(error.filename or where),
            found=error.strerror or type(error).__name__,
            fix=_FIXES.get(error.errno or 0, ""),
        ) from error


@contextmanager
def hold(path: Path, wait: float) -> Iterator[None]:
    """Hold the exclusive lock on a file; LedgerBusyError when another process still has it after `wait` seconds.

    The lock is flock's: the kernel drops it when its holder dies. The file itself stays, because removing it
    would let two processes hold locks on two files of the same name.
    """
    with ExitStack() as stack:
        with disk_errors("The log cannot be locked.", path):
            file = stack.enter_context(path.open("a+b"))
            _lock(file.fileno(), path, time.monotonic() + wait)
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
        yield  # outside disk_errors: what the caller's own files do wrong is not the lock's


def read_file(path: Path, limit: int) -> bytes:
    """Return a regular file's bytes; a longer one, or a device, raises VerificationError unread."""
    # Without O_NONBLOCK, opening a pipe that a stranger left there would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise VerificationError(
                "This file cannot be a part of a log.",
                where=str(path),
                expected=f"a regular file of at most {limit} bytes",
                found=f"mode {status.st_mode:o}, {status.st_size} bytes",
            )
        return file.read(status.st_size)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                holder = path.read_bytes()[:20].decode("ascii", "replace")
                raise LedgerBusyError(
                    "Another process is writing to this log.",
                    where=str(path.parent),
                    found=f"process {holder or 'unknown'}",
                    fix="wait for it to finish, then run it again",
                ) from error
            time.sleep(_POLL)
        else:
            return
