"""Texts beside what their hosts say of training: each text's address is joined to the signals that were kept of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa

from accord.evidence import Quality
from accord.ledger import digest, format_json
from accord.scan.sources.optouts import find_sources, look_at_optouts
from accord.scan.whole.hits import Hit, find_hits, source_digest

NAME = "hosts"
_RESERVED, _OPEN, _SILENT, _UNKEPT, _NO_HOST = "reserved", "open", "silent", "not-kept", "no-host"
_LONGEST = 8_000


@dataclass(frozen=True)
class HostDetector:
    """Gives an address the label of what its host says; it looks at a column of addresses, and at no text."""

    told: Mapping[str, bool | None]
    """Whether each host leaves its texts open to training; none where it says nothing that can be read."""

    name = NAME
    labels = {  # noqa: RUF012 - as every detector has them
        _RESERVED: "a text from a host that reserves it against training",
        _OPEN: "a text from a host that leaves it open to training",
        _SILENT: "a text from a host whose files say nothing of training, or cannot be read",
        _UNKEPT: "a text from a host of which nothing was kept",
        _NO_HOST: "a text whose address names no host",
    }

    @property
    def sha256(self) -> str:
        """The digest over the program and over what each host says."""
        return digest(source_digest().encode() + format_json(dict(sorted(self.told.items()))))

    @property
    def quality(self) -> Sequence[Quality]:
        """Nothing: an address is joined to its host and not guessed."""
        return ()

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return what the host of each address says."""
        return find_hits(texts, self._look)

    def _look(self, address: str) -> Iterable[Hit]:
        host = host_of(address)
        if not host:
            return (Hit(_NO_HOST),)
        if host not in self.told:
            return (Hit(_UNKEPT),)
        return (Hit({True: _OPEN, False: _RESERVED, None: _SILENT}[self.told[host]]),)


def make_hosts(folder: Path) -> HostDetector:
    """Return the detector of the hosts of a folder of sources; raise ScanError where it is none."""
    sightings = look_at_optouts(find_sources(folder))
    return HostDetector({sighting.subject.lower(): sighting.holds for sighting in sightings})


def host_of(address: str) -> str:
    """Return the host of an address in lower case, as robots.txt means it (RFC 9309); nothing where it names none."""
    if len(address) > _LONGEST:
        return ""
    try:
        return (urlsplit(address.strip()).hostname or "").rstrip(".")
    except ValueError:  # brackets that hold no address
        return ""
