"""Results that another program or another party found, read from their file: named as theirs, never as ours."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from accord.evidence.record import Record
from accord.evidence.risks import names_person
from accord.evidence.values import ArtifactRef, Basis, Model, ModelRef, Sha256, Time, Tool
from accord.ledger import Subject


class ImportedMetric(Model):
    """A figure as its source gives it, with as much of its uncertainty as the source tells."""

    id: str
    """The source's name of it."""
    title: str
    """What it counts, in the source's words."""
    value: float
    """The figure."""
    n: int | None = Field(default=None, ge=0)
    """Samples behind it, where the source says so."""
    low: float | None = None
    """The lower bound of an interval: the source's own, or Wilson's where it is a share of `n`."""
    high: float | None = None
    """The upper bound."""
    method: str = ""
    """Where the interval comes from."""


class ImportRecord(Record):
    """A result that was not measured here. An independent party signs it with its own key, and its origin shows it."""

    kind: ClassVar[str] = "imported-result"
    basis: ClassVar[Basis] = Basis.DECLARED
    named: ClassVar[frozenset[str]] = frozenset({"source", "title", "model", "sha256", "job"})
    source: Tool
    """The program or the party that found it."""
    format: Literal["inspect", "garak", "lm-eval", "moonshot", "statement"]
    """The form that it was read from; a statement is what a party says in its own words."""
    title: str
    """What was tested."""
    model: ModelRef
    """The model of the declaration at which it was filed."""
    claimed: str
    """The model that the source itself names."""
    tested: Time | None = None
    """When it was tested, where the source says so."""
    families: tuple[Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7"], ...] = ()
    """The risk families that it touches, as whoever filed it says."""
    metrics: tuple[ImportedMetric, ...] = ()
    """The figures."""
    sha256: Sha256
    """The digest of the file that was read."""
    file: ArtifactRef | None = None
    """The file itself, where it is kept; hazardous sets stay outside, and their digest alone is recorded."""
    scope: str = ""
    """What the evaluation covered and what not, in its party's words (clause 1.1)."""
    access: str = ""
    """What access the party had to the model, its weights and its documentation."""
    limits: str = ""
    """What of the result may not be published, and who decided so."""

    @model_validator(mode="after")
    def _impersonal(self) -> "ImportRecord":
        if any(map(names_person, (self.title, self.claimed, self.scope, self.access, self.limits))):
            msg = "a result names parties and never a person's address: the log cannot forget"
            raise ValueError(msg)
        return self

    def about(self) -> str:
        """Return the source and what was tested."""
        return f"{self.source.name} {self.title} {self.model.sha256}"

    def subjects(self) -> tuple[Subject, ...]:
        """Name the model and the file."""
        return (
            Subject(name=self.model.name, sha256=self.model.sha256),
            Subject(name=self.source.name, sha256=self.sha256),
        )
