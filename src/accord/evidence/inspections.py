"""What a program saw when it looked at something other than a model's answers: files, a machine, content, a page."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from accord.evidence.estimates import wilson
from accord.evidence.record import Record
from accord.evidence.values import ArtifactRef, Basis, Model, Sha256, Tool
from accord.ledger import Subject


class Sighting(Model):
    """One thing that was looked at for one observation."""

    observation: str
    """The id of the observation that it belongs to."""
    subject: str
    """What was looked at, such as a file's name; what it quotes is hostile."""
    holds: bool | None = None
    """Whether what the observation says holds of it; none where that could not be told."""
    note: str = ""
    """What was found there, or why it could not be told."""


class Observation(Model):
    """What was seen of one question, over all that was looked at for it."""

    id: str
    """Which question, such as weights.safe."""
    title: str
    """What is said to hold, as a sentence."""
    held: int = Field(ge=0)
    """Of how many things it holds."""
    n: int = Field(ge=0)
    """Of how many things it could be told."""
    unknown: int = Field(default=0, ge=0)
    """Of how many it could not be told."""
    sample: bool = False
    """Whether the things are a sample of more, of which the interval then speaks; else they are all there are."""
    low: float | None = None
    """The lower bound of the 95 % interval of the share (Wilson), for a sample."""
    high: float | None = None
    """The upper bound."""

    @classmethod
    def of(cls, id: str, title: str, sightings: Iterable[Sighting], *, sample: bool = False) -> "Observation":  # noqa: A002 - its own name
        """Return the observation over those of the sightings that belong to it."""
        told = [s.holds for s in sightings if s.observation == id]
        held, n = told.count(True), len(told) - told.count(None)
        low, high = wilson(held, n) if sample and n else (None, None)
        return cls(id=id, title=title, held=held, n=n, unknown=told.count(None), sample=sample, low=low, high=high)

    @property
    def fails(self) -> int:
        """Of how many things it does not hold."""
        return self.n - self.held


class InspectionRecord(Record):
    """A program looked at one thing, and this is what it saw; every sighting is kept beside the log."""

    kind: ClassVar[str] = "inspection"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"topic", "name", "sha256", "model", "job"})
    reveals: ClassVar[Mapping[str, frozenset[str]]] = {
        "observations": frozenset({"sightings"}),
        "sightings": frozenset({"observations"}),
    }
    topic: str = Field(pattern=r"^[a-z][a-z-]*$")
    """What was looked for, such as signature, scan or access."""
    name: str
    """What was looked at."""
    sha256: Sha256
    """Its digest: of a file's bytes, or of the digests of a folder's files as model signing computes it."""
    model: Sha256
    """The digest of the declared model at that time: what is declared otherwise since, this does not speak of."""
    settings: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    """Every setting that the result depends on."""
    observations: tuple[Observation, ...]
    """What was seen, one for each question."""
    sightings: ArtifactRef
    """Every single sighting, from which the observations can be computed again."""
    product: ArtifactRef | None = None
    """What was made of it, such as an inventory."""
    tools: tuple[Tool, ...]
    """The programs that took part."""

    def about(self) -> str:
        """Return the topic and what was looked at."""
        return f"{self.topic} {self.name}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name what was looked at."""
        return (Subject(name=self.name, sha256=self.sha256),)

    def find(self, observation: str) -> Observation | None:
        """Return the observation of that id."""
        return next((o for o in self.observations if o.id == observation), None)
