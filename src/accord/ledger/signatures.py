"""Who signed the entries of a log: the slowest part of a verification, and one that every processor can share."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from accord.errors import VerificationError
from accord.ledger.dsse import open_envelope
from accord.ledger.keys import PublicKey
from accord.ledger.workers import share

_WORTH = 10_000
"""Entries for each process, below which starting it costs more than it saves: 0.7 s of work against 0.4 s."""

_CHUNK = 256
"""Entries in one request to a process."""


def check_signatures(
    entries: Mapping[int, bytes], keys: Sequence[PublicKey], *, jobs: int | None = None
) -> Mapping[int, PublicKey]:
    """Return which of the keys signed each entry, by index; an entry that none of them signed rightly is left out.

    `jobs` processes verify; None is as many as this machine has processors, where there are so many entries that
    it gains by them. The result is the same.
    """
    order = sorted(entries)
    chunks = [[entries[index] for index in order[at : at + _CHUNK]] for at in range(0, len(order), _CHUNK)]
    signers: list[int | None] = []
    for places in _verify_chunks(chunks, keys, min(jobs or _processors(len(order)), len(chunks))):
        signers += places
    return {index: keys[place] for index, place in zip(order, signers, strict=True) if place is not None}


def find_signers(request: list[Any]) -> list[int | None]:
    """Verify a chunk in a process of its own, for `check_signatures` alone: from JSON values, to JSON values."""
    vkeys, chunk = request
    return _verify([envelope.encode("latin-1") for envelope in chunk], [PublicKey.parse(vkey) for vkey in vkeys])


def _processors(size: int) -> int:
    """Return how many processes shorten the work on so many entries."""
    if getattr(sys, "frozen", False):  # there is no interpreter to start: the executable is the program itself
        return 1
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(allowed, size // _WORTH))


def _verify_chunks(chunks: list[list[bytes]], keys: Sequence[PublicKey], jobs: int) -> Iterator[list[int | None]]:
    """Yield for each chunk what `_verify` gives, from several processes where there are several jobs."""
    done = 0
    if jobs > 1:
        vkeys = [key.vkey for key in keys]
        # Latin-1 gives any byte a character, so that JSON can hold what need not be text.
        requests = ([vkeys, [envelope.decode("latin-1") for envelope in chunk]] for chunk in chunks)
        # A process that cannot be started or dies (no memory, a limit) costs time: what it left is verified here.
        with suppress(OSError):
            for places in share(f"{__name__}:find_signers", requests, jobs):
                yield places
                done += 1
    for chunk in chunks[done:]:
        yield _verify(chunk, keys)


def _verify(chunk: Sequence[bytes], keys: Sequence[PublicKey]) -> list[int | None]:
    """Return for each envelope the place of the key that signed it, or None."""
    return [_find_signer(envelope, keys) for envelope in chunk]


def _find_signer(envelope: bytes, keys: Sequence[PublicKey]) -> int | None:
    try:
        return keys.index(open_envelope(envelope, keys)[1])
    except VerificationError:
        return None  # the reader opens it again, and says why
