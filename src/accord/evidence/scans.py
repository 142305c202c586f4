"""What a scan of many texts saw: how often each detector found something, and how far each may be believed."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from accord.evidence.estimates import wilson
from accord.evidence.record import Record
from accord.evidence.values import ArtifactRef, Basis, Model, Sha256, Tool
from accord.ledger import Subject

_Label = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=64)]


class Quality(Model):
    """How right a detector is for one of its labels, counted on named labelled data."""

    label: _Label
    """The label."""
    data: str
    """The labelled data, by name and version."""
    sha256: Sha256
    """The digest of that data."""
    hits: int = Field(ge=0)
    """What it found that is there."""
    false_alarms: int = Field(ge=0)
    """What it found that is not."""
    misses: int = Field(ge=0)
    """What is there and was not found."""

    @property
    def precision(self) -> tuple[float, float, float] | None:
        """Of what it finds, the share that is right, with its 95 % interval (Wilson); none where it found nothing."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> tuple[float, float, float] | None:
        """Of what is there, the share that it finds, with its 95 % interval (Wilson); none where nothing is there."""
        return _share(self.hits, self.hits + self.misses)


class DetectorRef(Model):
    """A detector as it was when it looked."""

    name: _Label
    """Its id."""
    sha256: Sha256
    """The digest over all that its findings depend on."""
    quality: tuple[Quality, ...] = ()
    """What is known of its errors; nothing is known where it is empty."""


class Rate(Model):
    """In how many texts something was found, of how many that were looked at."""

    detector: _Label
    """The detector's id."""
    label: _Label
    """What was found."""
    title: str
    """What that is, as a noun phrase."""
    texts: int = Field(ge=0)
    """In how many texts it was found at least once."""
    n: int = Field(ge=0)
    """How many texts were looked at for it."""
    found: int = Field(ge=0)
    """How often it was found."""
    part: str = ""
    """The part of the texts that it is of, such as language=fr; all of them where it says nothing."""

    @model_validator(mode="after")
    def _within(self) -> "Rate":
        if not self.texts <= min(self.n, self.found):
            msg = f"found {self.found} times in {self.texts} of {self.n} texts"
            raise ValueError(msg)
        return self

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval (Wilson) of the share in whatever the texts are a sample of; none without any."""
        return wilson(self.texts, self.n) if self.n else None


class Design(Model):
    """Which of the texts were looked at."""

    method: Literal["all", "sample"]
    """All of them, or a part that chance chose."""
    fraction: float = Field(default=1.0, gt=0, le=1)
    """The chance of each text to be looked at."""
    seed: int | None = None
    """Where chance started from: each text is chosen by its own place and the seed, whatever the batches."""


class ScanRecord(Record):
    """Detectors looked at many texts: how often each found something. What was found lies outside the log."""

    kind: ClassVar[str] = "scan"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"purpose", "name", "sha256", "model", "design", "job"})
    purpose: Literal["traffic", "data"]
    """Whether it is what people and the system said (action 2), or what a model learns from (action 11)."""
    name: str
    """What was looked at, as accord.toml or the command names it."""
    sha256: Sha256
    """The digest over the names, sizes and digests of its files."""
    model: Sha256
    """The digest of the declared model."""
    design: Design
    """Which of the texts were looked at."""
    files: int = Field(ge=0)
    """How many files were read."""
    rows: int = Field(ge=0)
    """How many rows they hold."""
    texts: int = Field(ge=0)
    """How many texts were looked at."""
    size: int = Field(ge=0)
    """How many bytes those are in UTF-8."""
    unreadable: dict[str, int] = Field(default_factory=dict)
    """How many rows could not be read, by reason."""
    limits: tuple[str, ...] = ()
    """What was not looked at, in words."""
    detectors: tuple[DetectorRef, ...] = Field(min_length=1)
    """What looked."""
    rates: tuple[Rate, ...] = ()
    """How often it found something; what was not found has a rate of none."""
    findings: ArtifactRef
    """The table of findings (Parquet, schema FINDINGS), which stays with the organisation."""
    tools: tuple[Tool, ...] = ()
    """The programs that took part."""

    def about(self) -> str:
        """Return what was looked at, and why."""
        return f"{self.purpose} {self.name}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name what was looked at."""
        return (Subject(name=self.name, sha256=self.sha256),)


def _share(part: int, whole: int) -> tuple[float, float, float] | None:
    return (part / whole, *wilson(part, whole)) if whole else None
