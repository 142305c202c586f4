"""The tables of accord.toml about incidents: which deadlines run, and the organisation's own."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from accord.evidence.incident_facts import Category, Consequence, Severity
from accord.manifest.values import Days, Id, Line, Part, Shape

Regime = Literal["eu-gpai-code", "eu-ai-act-73", "coordinated-disclosure"]


class Incidents(Part):
    """What holds of incidents."""

    regimes: tuple[Regime, ...] = ("eu-gpai-code", "eu-ai-act-73", "coordinated-disclosure")
    """The rules of others whose deadlines run; leave out those that do not apply to the organisation."""
    blocks: Severity | None = None
    """From which severity on a confirmed incident that is not resolved blocks every gate; none means never."""


class IncidentClock(Part):
    """A deadline of the organisation's own; one with the id of coordinated disclosure's replaces it."""

    id: Id
    """Its own id."""
    title: Line
    """What is to be done."""
    source: Line = "The organisation's own policy"
    """Where it says so."""
    categories: tuple[Category, ...] = ()
    """For which categories; none means all."""
    severities: tuple[Severity, ...] = ()
    """For which severities; none means all."""
    consequences: tuple[Consequence, ...] = ()
    """For which serious consequences, any of them; none means whatever they are."""
    starts: Literal["aware", "signal", "triage", "confirm", "contain", "resolve", "notify"] = "signal"
    """From when it runs."""
    ends: Literal["acknowledge", "triage", "confirm", "contain", "resolve", "publish", "notify", "notify.final"]
    """What meets it."""
    days: Days | None = None
    """In how many days of 24 hours."""
    hours: Annotated[int, Field(ge=1, le=8_760), Shape("a whole number from 1 to 8760", "24")] | None = None
    """In how many hours."""

    @model_validator(mode="after")
    def _one_period(self) -> "IncidentClock":
        if (self.days is None) == (self.hours is None):
            msg = "expected exactly one of days and hours"
            raise ValueError(msg)
        if self.id.startswith("eu-"):
            msg = f"expected an id that does not begin with eu-, as those of law do, found {self.id}"
            raise ValueError(msg)
        return self

    @property
    def regime(self) -> str:
        """Whose rule it is."""
        return "own"

    @property
    def period(self) -> timedelta:
        """In which time."""
        return timedelta(days=self.days or 0, hours=self.hours or 0)

    @property
    def repeats(self) -> bool:
        """Whether it starts again when it is met."""
        return False

    @property
    def extendable(self) -> bool:
        """Whether it can be put off."""
        return True
