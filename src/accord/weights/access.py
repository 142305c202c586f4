"""Who can reach a model's files on this machine, as far as its file system and its kernel tell (clause 6.3).

Only what is observed is said: no name of an account is kept, and encryption that the kernel does not know of, in a disk
or under a virtual machine, stays untold.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from accord.evidence import Sighting
from accord.weights.tree import list_files

_ACL = "system.posix_acl_access"
_BLOCKS = Path("/sys/dev/block")
_MOUNTS = Path("/proc/self/mountinfo")


def look_at_access(model: Path, ignored: Iterable[str], *, released: bool) -> Iterator[Sighting]:
    """Yield what is seen of each file; reading is not looked at where the weights are `released` to everybody."""
    for file in list_files(model, ignored=ignored, follow=True):
        path = file.path.resolve()
        name = file.name if file.name != "." else model.name
        listed = _has_acl(path)
        if not released:
            yield _look(name, "weights.read", _reader(path), listed=listed)
        yield _look(name, "weights.write", _writer(path), listed=listed)
        yield _storage(name, path)


def _look(name: str, observation: str, problem: str | None, *, listed: bool) -> Sighting:
    if problem or not listed:
        return Sighting(observation=observation, subject=name, holds=not problem, note=problem or "")
    return Sighting(observation=observation, subject=name, holds=None, note="it has an access control list")


def _has_acl(path: Path) -> bool:
    try:
        return _ACL in os.listxattr(path) if hasattr(os, "listxattr") else False
    except OSError:
        return False


def _reader(path: Path) -> str | None:
    """Return how another account can read a file, or None where none can."""
    status = path.stat()
    closed = any(not folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    if status.st_mode & stat.S_IROTH and not closed:
        return "every account can read it"
    if status.st_mode & stat.S_IRGRP and not _is_alone(status.st_gid, status.st_uid):
        return "a group of several accounts can read it"
    return None


def _writer(path: Path) -> str | None:
    """Return how another account can change a file, or put another in its place; None where none can."""
    if path.stat().st_uid not in {0, os.getuid()}:
        return "it belongs to another account"
    for place in (path, *path.parents):
        status = place.stat()
        what = "it" if place == path else "a folder above it"
        if place != path and status.st_mode & stat.S_ISVTX:
            continue  # there, nobody can rename what is another's
        if status.st_mode & stat.S_IWOTH:
            return f"every account can change {what}"
        if status.st_mode & stat.S_IWGRP and not _is_alone(status.st_gid, status.st_uid):
            return f"a group of several accounts can change {what}"
    return None


@cache
def _is_alone(group: int, owner: int) -> bool:
    """Tell whether a group has no member but the owner, as the group of one's own that many systems make."""
    try:
        members = set(grp.getgrgid(group).gr_mem)
    except KeyError:
        members = set()
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    members |= {name for name, account in accounts.items() if account.pw_gid == group}
    return all(name in accounts and accounts[name].pw_uid in {owner, 0} for name in members)


def _storage(name: str, path: Path) -> Sighting:
    layer = find_encryption(path)
    note = layer or "no encryption that the kernel tells of; a disk or a host may encrypt below it"
    return Sighting(observation="weights.storage", subject=name, holds=True if layer else None, note=note)


def find_encryption(path: Path) -> str:
    """Return the layer of encryption that a file lies on, as the Linux kernel tells, or nothing."""
    device = path.stat().st_dev
    kind, source = _mount(path)
    if kind in {"ecryptfs", "fuse.gocryptfs", "fuse.encfs"}:
        return kind
    if source.startswith("/dev/") and Path(source).is_block_device():
        device = Path(source).stat().st_rdev  # what some file systems give their files is no device
    return _encrypted(f"{os.major(device)}:{os.minor(device)}", 8)


def _mount(path: Path) -> tuple[str, str]:
    """Return the type and the source of the file system that a path is on (proc(5), mountinfo)."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return "", ""
    best = ("", "", "")
    for line in lines:
        left, _, right = line.partition(" - ")
        place = left.split(" ")[4].replace("\\040", " ")
        if len(place) >= len(best[0]) and path.is_relative_to(place):
            kind, source, *_ = right.split(" ")
            best = (place, kind, source)
    return best[1], best[2]


def _encrypted(device: str, depth: int) -> str:
    block = _BLOCKS / device
    try:
        uuid = (block / "dm" / "uuid").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        uuid = ""
    if uuid.startswith("CRYPT-"):
        return f"dm-crypt, {uuid.split('-')[1]}"
    below = sorted((block / "slaves").glob("*/dev")) if depth else []
    found = (_encrypted(part.read_text(encoding="ascii").strip(), depth - 1) for part in below)
    return next((layer for layer in found if layer), "")
