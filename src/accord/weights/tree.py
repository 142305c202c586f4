"""The files of a model: listed, hashed in parallel and a piece at a time, and refused where they change meanwhile.

A model is a folder or a single file. Its files are named by their POSIX path inside it; a model that is a file has one
file, named ".", as in the OpenSSF model-signing format.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from accord.errors import MissingExtraError, WeightsError

IGNORED = (".git", ".gitattributes", ".github", ".gitignore")
"""What belongs to version control and not to the model; the reference implementation leaves out the same."""
PIECE = 1 << 18
"""Bytes that are read at once: they stay in the processor's cache between the read and the hash."""

Advance = Callable[[int], object]
"""Told how many more bytes have been hashed."""


class Hash(Protocol):
    """What `hashlib` calls a hash object."""

    def update(self, data: memoryview, /) -> object:
        """Take in more bytes."""

    def hexdigest(self) -> str:
        """Return the digest so far."""


@dataclass(frozen=True)
class Identity:
    """What a file system says of a file, without reading it: a changed file has another."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Identity":
        """Return the identity that is in a file's status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True)
class File:
    """A file of a model, as it was when it was listed."""

    name: str
    """Its POSIX path inside the model."""
    path: Path
    identity: Identity


class Digests(Protocol):
    """Digests that are known already, by the identity of the file."""

    def get(self, identity: Identity) -> str | None:
        """Return the SHA-256 (hex) of a file that has not changed since it was kept."""

    def keep(self, identity: Identity, sha256: str) -> None:
        """Keep a digest."""


def list_files(model: Path, *, ignored: Iterable[str] = IGNORED, follow: bool = False) -> tuple[File, ...]:
    """Return every file of a model but those at or below the `ignored` names, in the order of their path's parts.

    With `follow` a link to a file stands for what it leads to; without, any link is refused. Raises WeightsError for
    links, devices, pipes and sockets, names that are not UTF-8, and folders that cannot be read.
    """
    if not model.is_symlink() and model.is_file():
        return (File(".", model, Identity.of(model.stat())),)
    if model.is_symlink() and not follow:
        raise _refusal(model, "a symbolic link")
    if not model.is_dir():
        raise WeightsError("There is no such model.", where=str(model), expected="a folder of files, or a file")
    left_out = {PurePosixPath(name) for name in ignored}
    return tuple(sorted(_walk(model, PurePosixPath(), left_out, follow=follow), key=lambda f: PurePosixPath(f.name)))


def _walk(folder: Path, inside: PurePosixPath, left_out: set[PurePosixPath], *, follow: bool) -> Iterator[File]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        raise WeightsError(
            "A folder of the model cannot be read.", where=str(folder), found=error.strerror or ""
        ) from error
    for entry in entries:
        name, path = inside / entry.name, Path(entry.path)
        if name in left_out:
            continue
        if not _is_utf8(entry.name):
            raise _refusal(path, "a name that is not UTF-8")
        if entry.is_symlink() and not (follow and path.is_file()):
            raise _refusal(path, "a symbolic link")
        if entry.is_dir():
            yield from _walk(path, name, left_out, follow=follow)
        elif entry.is_file():
            yield File(str(name), path, Identity.of(path.stat()))
        else:
            raise _refusal(path, "neither a file nor a folder")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal(path: Path, found: str) -> WeightsError:
    return WeightsError(
        "The model holds something that cannot be signed.",
        where=ascii(str(path)),
        expected="regular files in folders, with names in UTF-8",
        found=found,
        fix="move it out of the folder, or put a copy of the file in its place",
    )


def hash_files(
    files: Sequence[File],
    *,
    algorithm: str = "sha256",
    jobs: int = 0,
    known: Digests | None = None,
    advance: Advance = int,
) -> dict[str, str]:
    """Return the digest (hex) of each file by its name; `jobs` files at once, as many as there are processors for 0.

    `known` digests are taken without a look at the bytes, and are those of SHA-256. Raises WeightsError where a file
    cannot be read, or is no longer the one that was listed: then there is no result, and nothing to sign.
    """
    make = hash_maker(algorithm)

    def one(file: File) -> str:
        held = known.get(file.identity) if known else None
        if held is None:
            held = _hash_file(file, make(), advance)
            if known:
                known.keep(file.identity, held)
        else:
            advance(file.identity.size)
        return held

    # The largest first, so that no thread is left alone with it at the end.
    ordered = sorted(files, key=lambda f: -f.identity.size)
    with ThreadPoolExecutor(min(jobs or os.cpu_count() or 1, len(ordered)) or 1) as pool:
        try:
            found = dict(zip((f.name for f in ordered), pool.map(one, ordered), strict=True))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {file.name: found[file.name] for file in files}


def hash_model(
    model: Path,
    *,
    ignored: Iterable[str] = IGNORED,
    follow: bool = False,
    algorithm: str = "sha256",
    jobs: int = 0,
    known: Digests | None = None,
    advance: Advance = int,
) -> dict[str, str]:
    """Return the digest of every file of a model, which did not change from the first look to the last.

    Raises WeightsError as `list_files` and `hash_files` do, and where files came, went or changed meanwhile.
    """
    ignored = tuple(ignored)
    before = list_files(model, ignored=ignored, follow=follow)
    digests = hash_files(before, algorithm=algorithm, jobs=jobs, known=known, advance=advance)
    moved = _moved(before, list_files(model, ignored=ignored, follow=follow))
    if moved:
        raise WeightsError(
            "The model changed while it was hashed.",
            where=str(model),
            found=", ".join(ascii(name) for name in moved[:10]),
            fix="wait until nothing writes to it, then run it again",
        )
    return digests


def _moved(before: Iterable[File], after: Iterable[File]) -> list[str]:
    first, last = ({f.name: f.identity for f in files} for files in (before, after))
    return sorted(name for name in first.keys() | last.keys() if first.get(name) != last.get(name))


def hash_maker(algorithm: str) -> Callable[[], Hash]:
    """Return what makes a hash object of "sha256", "blake2b" or "blake3"; raise WeightsError, MissingExtraError."""
    known: Mapping[str, Callable[[], Hash]] = {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b}
    if algorithm in known:
        return known[algorithm]
    if algorithm != "blake3":
        raise WeightsError(
            "This hash is not one that models are signed with.",
            expected="sha256, blake2b or blake3",
            found=ascii(algorithm),
        )
    try:
        from blake3 import blake3  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError("BLAKE3 is not installed.", fix="pip install 'accord[weights]'") from error
    return blake3


def _hash_file(file: File, hashed: Hash, advance: Advance) -> str:
    try:
        # Without O_NONBLOCK, opening a pipe that took the file's place would wait for ever.
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb", buffering=0) as opened:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or Identity.of(status) != file.identity:
                raise _changed(file)
            buffer = memoryview(bytearray(min(PIECE, status.st_size) or 1))
            left = status.st_size
            while left and (count := opened.readinto(buffer)):
                hashed.update(buffer[:count])
                advance(count)
                left -= count
            if left or Identity.of(os.fstat(descriptor)) != file.identity:
                raise _changed(file)
    except OSError as error:
        raise WeightsError(
            "A file of the model cannot be read.",
            where=ascii(str(file.path)),
            found=error.strerror or type(error).__name__,
            fix="make it readable, or move it out of the folder",
        ) from error
    return hashed.hexdigest()


def _changed(file: File) -> WeightsError:
    return WeightsError(
        "A file changed while the model was hashed.",
        where=ascii(str(file.path)),
        fix="wait until nothing writes to it, then run it again",
    )
