"""The papers of a corpus: what its sources say of training, its licences, its card and its Croissant metadata."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from accord.errors import ScanError
from accord.evidence import Sighting, format_values
from accord.inspecting import Inspection
from accord.ledger import digest
from accord.scan.sources import cards, croissant, licences, optouts

CARD = "README.md"
METADATA = "croissant.json"
DAYS = 180
"""For how long a look may be relied on: what is open today can be reserved tomorrow."""


@dataclass(frozen=True)
class Papers:
    """A corpus and the places of its papers."""

    name: str
    title: str
    folder: Path | None = None
    """Where it lies; nothing is looked for where it is a single file."""
    sources: Path | None = None
    """The folder of the signals of its sources."""
    licence: str | None = None
    """The declared licence."""

    def inspections(self, model: str) -> Iterator[Inspection]:
        """Yield a look at each kind of paper that is there; raise ScanError where the folder of sources is none."""
        for topic, title, questions, seen in self._looks():
            # They cost little, so they are taken at once: what was seen tells whether there is anything to record.
            held = tuple(seen)
            sha256 = digest(format_values(held))
            yield Inspection(
                topic=topic,
                title=f"{title} of {self.title}",
                name=self.name,
                sha256=sha256,
                model=model,
                questions=questions,
                look=partial(iter, held),
                days=DAYS,
                settings={"rules": rules_digest()},
            )

    def _looks(self) -> Iterator[tuple[str, str, Mapping[str, str], Iterator[Sighting]]]:
        if self.sources:
            found = optouts.find_sources(self.sources)
            yield "opt-outs", "What the sources say of training", optouts.QUESTIONS, optouts.look_at_optouts(found)
        if self.folder is None or not self.folder.is_dir():
            return
        card, metadata = self.folder / CARD, self.folder / METADATA
        said = self._said(card, metadata)
        if said or licences.licence_files(self.folder):
            looked = licences.look_at_licences(self.folder, said, self.licence)
            yield "licences", "The licences", licences.QUESTIONS, looked
        if card.is_file():
            yield "dataset-card", "The card", cards.QUESTIONS, cards.look_at_card(card)
        if metadata.is_file():
            yield "croissant", "The Croissant metadata", croissant.QUESTIONS, croissant.look_at_croissant(metadata)

    @staticmethod
    def _said(card: Path, metadata: Path) -> dict[str, str]:
        """Return the licences that the card and the metadata name; one that cannot be read names none."""
        said: dict[str, str] = {}
        try:
            if card.is_file():
                said[card.name] = cards.read_card(card).licence
        except ScanError:  # that it cannot be read is said where the card itself is looked at
            said[card.name] = ""
        try:
            if metadata.is_file():
                said[metadata.name] = croissant.licence_of(croissant.read_croissant(metadata))
        except ScanError:  # as above
            said[metadata.name] = ""
        return said


def rules_digest() -> str:
    """Return the digest over the programs that read papers."""
    folder = Path(__file__).parent / "sources"
    return digest(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py"))))
