"""Records of watching production traffic: counts window by window, what is usual, and alerts.

The tests of `sequential` are computed from the counts alone, so that anyone who holds the log computes them again.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from accord.evidence.estimates import wilson
from accord.evidence.record import Record
from accord.evidence.scans import DetectorRef
from accord.evidence.sequential import HOURS, LEVELS
from accord.evidence.values import ArtifactRef, Basis, Model, Ref, Sha256, Time
from accord.ledger import Subject

SeriesId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*:[a-z0-9][a-z0-9.-]*$", max_length=129)]
"""A detector and one of its labels, such as `personal-data:email`."""

Side = Literal["above", "below"]
Cause = Literal["rate", "campaign", "cluster", "loop", "refusals", "tools"]


class Tally(Model):
    """How often one label was found in one window."""

    series: SeriesId
    """The detector and the label."""
    texts: int = Field(ge=0)
    """In how many texts."""
    accounts: int = Field(ge=0)
    """In texts of how many accounts."""
    conversations: int = Field(ge=0)
    """In how many conversations."""
    found: int = Field(ge=0)
    """In how many accounts for the first time on that day (UTC): what is tested."""
    exposed: int = Field(ge=0)
    """How many accounts were active in which it had not been found earlier that day."""

    @model_validator(mode="after")
    def _within(self) -> "Tally":
        if self.found > self.exposed:
            msg = f"found first in {self.found} of {self.exposed} accounts"
            raise ValueError(msg)
        return self


class Window(Model):
    """What was said in one period; a label that has no tally here was found in none of it."""

    start: Time
    """When it began."""
    texts: int = Field(ge=0)
    """How many texts."""
    accounts: int = Field(ge=0)
    """Of how many accounts."""
    conversations: int = Field(ge=0)
    """In how many conversations."""
    active: int = Field(ge=0)
    """How many accounts were active, with conversations or rows in the place of accounts that are not known."""
    tallies: tuple[Tally, ...] = ()
    """What was found, by series."""

    def find(self, series: str) -> Tally:
        """Return the tally of a series, of nothing found where there is none."""
        none = Tally(series=series, texts=0, accounts=0, conversations=0, found=0, exposed=self.active)
        return next((tally for tally in self.tallies if tally.series == series), none)


class Usual(Model):
    """What is usual of one series, and between which bounds its rate lies."""

    series: SeriesId
    """The detector and the label."""
    found: int = Field(ge=0)
    """In how many accounts it was found first, over all windows that it was learned from; none where declared."""
    exposed: int = Field(ge=0)
    """In how many it could have been."""
    low: float = Field(ge=0, le=1)
    """The rate is at least this (one-sided 95 %)."""
    high: float = Field(gt=0, le=1)
    """The rate is at most this (one-sided 95 %)."""
    shape: tuple[float, ...] = Field(default=(), max_length=HOURS)
    """By how much the rate differs in each hour of the day (UTC); not at all where it is empty."""
    dispersion: float = Field(ge=0)
    """How much it swings beyond chance: the squared coefficient of variation of the true rate between windows."""
    declared: bool = False
    """Whether the organisation declares the rate, and nothing was learned."""

    @model_validator(mode="after")
    def _whole_day(self) -> "Usual":
        if len(self.shape) not in {0, HOURS}:
            msg = f"a day has {HOURS} hours"
            raise ValueError(msg)
        return self

    def mean(self, exposed: int, hour: int, margin: float, side: "Side") -> float:
        """Return how many accounts may show it in an hour before that is a rise, or have to before it is a fall."""
        rate = min(1.0, self.high * margin) if side == "above" else self.low / margin
        return exposed * rate * (self.shape[hour] if self.shape else 1.0)


class BaselineRecord(Record):
    """What is usual, learned from windows or declared: the tests of the windows after it compare with this."""

    kind: ClassVar[str] = "baseline"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"model", "name", "job"})
    name: str
    """What is watched."""
    model: Sha256
    """The digest of the declared model."""
    method: Literal["nb-sr-1"] = "nb-sr-1"
    """The test: a mixture of Shiryaev-Roberts statistics of negative binomial likelihood ratios, version 1."""
    period: Literal[1, 24]
    """Hours in a window."""
    first: Time
    """The start of the first window that it was learned from."""
    last: Time
    """The start of the last one."""
    alpha: float = Field(gt=0, le=1)
    """How many false alarms may be expected in 30 days, of all tests together."""
    margin: float = Field(ge=1)
    """By which factor a rate may leave its bounds before that matters."""
    usual: tuple[Usual, ...]
    """What is usual of each series."""
    falls: tuple[SeriesId, ...] = ()
    """The series whose rate is also tested for falling."""
    detectors: tuple[DetectorRef, ...]
    """What looked: tests end where a detector changes."""

    @property
    def tests(self) -> tuple[tuple[Usual, Side], ...]:
        """Every test: each series for rising, those of `falls` for falling too."""
        rising: list[tuple[Usual, Side]] = [(usual, "above") for usual in self.usual]
        falling: list[tuple[Usual, Side]] = [(u, "below") for u in self.usual if u.series in self.falls and u.low > 0]
        return (*rising, *falling)

    def about(self) -> str:
        """Return what is watched."""
        return self.name

    def subjects(self) -> tuple[Subject, ...]:
        """Name the model."""
        return (Subject(name=self.name, sha256=self.model),)


class State(Model):
    """Where a sequential test stands after a window."""

    series: SeriesId
    """What it tests."""
    side: Side
    """Whether it looks for a rise or a fall."""
    levels: tuple[float, ...] = Field(min_length=LEVELS, max_length=LEVELS)
    """For each size of change, log(1 + the Shiryaev-Roberts statistic)."""
    score: float = Field(default=0.0, ge=0)
    """The CUSUM score that tells when a change began."""
    since: Time | None = None
    """The first window since that score was last 0; none where it is."""


class Alarm(Model):
    """A test passed its threshold at the end of a window; it then starts anew."""

    series: SeriesId
    """What rose or fell."""
    side: Side
    """Which of the two."""
    window: Time
    """The start of the window at whose end it did."""
    since: Time
    """The start of the first window of the change, as far as the test knows."""
    evidence: float
    """log10 of the statistic."""


class WindowRecord(Record):
    """Counts of consecutive windows that are closed, and the sequential tests after the last of them."""

    kind: ClassVar[str] = "window"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"model", "name", "sha256", "job"})
    reveals: ClassVar[Mapping[str, frozenset[str]]] = {"windows": frozenset({"states", "alarms"})}
    name: str
    """What was looked at, as accord.toml names it."""
    sha256: Sha256
    """The digest over the names, sizes and digests of the files that were read."""
    model: Sha256
    """The digest of the declared model."""
    period: Literal[1, 24]
    """Hours in a window."""
    windows: tuple[Window, ...] = Field(min_length=1)
    """The windows, in order and without gaps."""
    left_out: dict[str, int] = Field(default_factory=dict)
    """What is in no window, by reason: texts without a time, ahead of the clock, or that came too late."""
    detectors: tuple[DetectorRef, ...]
    """What looked."""
    baseline: Ref | None = None
    """What they were compared with; nothing was tested where there is none."""
    states: tuple[State, ...] = ()
    """Where each test stands after the last window."""
    alarms: tuple[Alarm, ...] = ()
    """The tests that passed their threshold on the way."""

    @property
    def end(self) -> Time:
        """The start of the last window."""
        return self.windows[-1].start

    def about(self) -> str:
        """Return what is watched."""
        return self.name

    def subjects(self) -> tuple[Subject, ...]:
        """Name what was looked at."""
        return (Subject(name=self.name, sha256=self.sha256),)


class Share(Model):
    """A rate with its 95 % interval (Wilson); there is none of nothing."""

    found: int = Field(ge=0)
    """In how many."""
    n: int = Field(ge=0)
    """Of how many."""
    low: float | None = None
    """The lower bound."""
    high: float | None = None
    """The upper bound."""

    @classmethod
    def of(cls, found: int, n: int) -> "Share":
        """Return the rate of `found` in `n`."""
        low, high = wilson(found, n) if n else (None, None)
        return cls(found=found, n=n, low=low, high=high)


class Place(Model):
    """Where one text lies: in the evidence of an alert, never in the log."""

    source: str
    """The file, below what was looked at; it is hostile."""
    row: int = Field(ge=0)
    """Its row there, from 0."""
    part: int = Field(ge=0)
    """The text's place in that row, from 0."""
    series: SeriesId | None = None
    """What was found in it."""


class AlertRecord(Record):
    """Somebody has to look: a rate left what is usual, or texts show a pattern of misuse."""

    kind: ClassVar[str] = "alert"
    basis: ClassVar[Basis] = Basis.MEASURED
    named: ClassVar[frozenset[str]] = frozenset({"cause", "model", "name", "job"})
    bound: ClassVar[str] = "evidence"
    name: str
    """What is watched."""
    model: Sha256
    """The digest of the declared model."""
    cause: Cause
    """A rate, or which pattern."""
    series: SeriesId | None = None
    """The detector and label that it is about."""
    side: Side | None = None
    """Whether the rate rose or fell."""
    start: Time
    """When it began, as far as is known."""
    end: Time
    """Until when it was looked at."""
    before: Share | None = None
    """The rate that was usual, of accounts in which it was found first on a day."""
    since: Share | None = None
    """The rate since then."""
    texts: int = Field(ge=0)
    """How many texts."""
    accounts: int = Field(ge=0)
    """Of how many accounts."""
    conversations: int = Field(ge=0)
    """In how many conversations."""
    thresholds: dict[str, float] = Field(default_factory=dict)
    """What had to be passed for it to be one."""
    windows: tuple[Ref, ...] = ()
    """The windows that it is computed from."""
    evidence: ArtifactRef
    """Where its texts lie: references alone, a list of Place."""
    listed: int = Field(ge=0)
    """How many of the texts are listed there."""

    @property
    def topic(self) -> str:
        """What is held back for a while after one alert, in our words and identifiers alone."""
        return ":".join(filter(None, (self.cause, self.series, self.side)))

    def about(self) -> str:
        """Return what is watched."""
        return self.name

    def subjects(self) -> tuple[Subject, ...]:
        """Name the evidence."""
        return (Subject(name=self.cause, sha256=self.evidence.sha256),)
