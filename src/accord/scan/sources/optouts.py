"""The signals of many sources: a folder for each host, as they were fetched together with its texts."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from accord.errors import ScanError
from accord.evidence import Sighting
from accord.scan.sources.reading import read_start
from accord.scan.sources.signals import (
    LARGEST,
    Signal,
    read_ai_txt,
    read_headers,
    read_page,
    read_robots,
    read_tdmrep,
)

QUESTIONS = {"optouts.open": "the source does not reserve its texts against training"}
READERS: Mapping[str, Callable[[bytes], Iterator[Signal]]] = {
    "robots.txt": read_robots,
    "ai.txt": read_ai_txt,
    "tdmrep.json": lambda data: read_tdmrep(data, "tdmrep.json"),
    "headers.txt": read_headers,
    "index.html": read_page,
}
"""How each file of a source is read; it may also lie in a folder .well-known of the source."""


def find_sources(folder: Path) -> tuple[Path, ...]:
    """Return the folders of sources, one for each host, sorted; raise ScanError where there is none."""
    try:
        found = tuple(sorted(path for path in folder.iterdir() if path.is_dir()))
    except OSError as error:
        raise ScanError(
            "The folder of sources cannot be read.", where=str(folder), found=error.strerror or ""
        ) from error
    if not found:
        raise ScanError(
            "There are no sources here.",
            where=str(folder),
            expected=f"a folder for each host, with any of {', '.join(READERS)}",
            fix="keep what each source says when its texts are fetched",
        )
    return found


def look_at_optouts(sources: tuple[Path, ...]) -> Iterator[Sighting]:
    """Yield for each source whether it leaves its texts open to training, as far as its files say it."""
    for source in sources:
        signals, faults = _signals(source)
        reserved = [s for s in signals if s.reserved]
        told = [s for s in signals if s.reserved is not None]
        if reserved:
            holds: bool | None = False
        elif faults:
            holds = None  # what cannot be read may reserve it
        else:
            holds = True if told else None
        notes = [f"{s.kind}: {s.note}" for s in reserved or signals] + faults
        note = "; ".join(notes) or "nothing is kept"
        yield Sighting(observation="optouts.open", subject=source.name, holds=holds, note=note)


def _signals(source: Path) -> tuple[list[Signal], list[str]]:
    """Return what the files of a source say, and what of them could not be read."""
    signals, faults = list[Signal](), list[str]()
    for name, reader in READERS.items():
        for path in (source / name, source / ".well-known" / name):
            if not path.exists():
                continue
            try:
                data, whole = read_start(path, LARGEST)
                signals += reader(data)
            except ScanError as error:
                faults.append(f"{name}: {error.problem}")
                continue
            if not whole:
                faults.append(f"{name}: only its first {LARGEST} bytes were read")
    return signals, faults
