"""What a check says of a clause, kept honest by its own shape."""

from pydantic import Field, model_validator

from accord.evidence.values import Basis, Model, Origin, Ref, Status, Time


class Finding(Model):
    """What one check says of the clauses it reads, and the records that it rests on."""

    check: str
    """The id of the check."""
    clauses: tuple[str, ...] = Field(min_length=1)
    """The clauses of the Code that it reads."""
    status: Status
    """What the records show of the practice."""
    summary: str
    """The same in a sentence."""
    basis: Basis | None = None
    """The weakest basis among the records: measured, or only declared."""
    origin: Origin | None = None
    """The weakest origin among the records."""
    date: Time | None = None
    """When the newest of the records was made."""
    expires: Time | None = None
    """When the first of the records expires."""
    gaps: tuple[str, ...] = ()
    """What is missing, a sentence each."""
    evidence: tuple[Ref, ...] = ()
    """The records that it rests on."""

    @model_validator(mode="after")
    def _honest(self) -> "Finding":
        rests = self.status in {Status.SUPPORTED, Status.PARTIAL, Status.CONTRADICTED}
        if rests and not (self.evidence and self.basis and self.origin):
            msg = f"{self.check}: {self.status} must name its records, basis and origin"
            raise ValueError(msg)
        if self.status == Status.NO_EVIDENCE and self.evidence:
            msg = f"{self.check}: no-evidence cannot rest on records"
            raise ValueError(msg)
        if self.status == Status.SUPPORTED and self.basis == Basis.DECLARED and self.origin == Origin.SELF:
            msg = f"{self.check}: a self-declaration alone is partial at most"
            raise ValueError(msg)
        return self
