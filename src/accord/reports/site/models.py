"""What the site's own pages say; each is written as HTML, and as JSON beside it."""

from typing import Any

from accord.evidence import Basis, Model, Origin, Sha256, Status, Time

SCHEMA = "https://w3id.org/accord-code/site/v1"


class Line(Model):
    """A release in the history: an assessment that was published, and where its pages lie."""

    slug: str
    assessment: int
    assessed: Time
    system: str
    version: str
    organisation: str
    model: str
    reports: dict[str, str]
    """The report's page by language; none where it can no longer be made."""
    reason: str = ""
    """Why it can no longer be made."""
    recorded: int | None = None
    """The record that binds the files of the report."""


class Home(Model):
    """The front page: every release, newest first, and where the log is."""

    schema_id: str = SCHEMA
    organisation: str
    address: str
    origin: str
    vkey: str
    fingerprint: str
    size: int
    releases: tuple[Line, ...]
    security: bool
    """Whether the site has a security.txt."""


class ClauseLine(Model):
    """What the evidence said of one clause, and the records that it rested on."""

    id: str
    status: Status
    basis: Basis | None
    origin: Origin | None
    summaries: tuple[str, ...]
    records: tuple[int, ...]


class ActionLines(Model):
    """The clauses of one action."""

    number: int
    title: str
    clauses: tuple[ClauseLine, ...]


class ReleasePage(Model):
    """One release: its reports, what they say clause by clause, and the release before it."""

    schema_id: str = SCHEMA
    line: Line
    fingerprint: str
    actions: tuple[ActionLines, ...]
    previous: str | None
    recorded: int | None
    """The record that binds the files, for the script of the page."""


class ClauseChange(Model):
    """A clause of which the evidence says something else than it did."""

    id: str
    text: str
    before: Status
    after: Status
    closed: tuple[str, ...]
    """Gaps that are no longer there."""
    opened: tuple[str, ...]
    """Gaps that are new."""


class Figure(Model):
    """A share with its interval and the number of samples; none where no rate is stated."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class MetricChange(Model):
    """A metric that was measured in the same way both times."""

    suite: str
    metric: str
    title: str
    language: str
    before: Figure
    after: Figure


class Apart(Model):
    """A suite whose runs cannot be compared, and why."""

    suite: str
    why: str


class Changes(Model):
    """What changed from one release to the next."""

    schema_id: str = SCHEMA
    earlier: Line
    later: Line
    clauses: tuple[ClauseChange, ...]
    same: int
    """How many clauses are as they were."""
    metrics: tuple[MetricChange, ...]
    apart: tuple[Apart, ...]
    reason: str = ""
    """Why nothing can be compared."""


class RecordFile(Model):
    """A record as the site publishes it: the entry (base64), and what shows that the log has it."""

    schema_id: str = SCHEMA
    index: int
    leaf: Sha256
    entry: str
    inclusion: tuple[Sha256, ...]
    checkpoint: str
    vkey: str
    signer: str
    statement: Any


class RecordPage(Model):
    """What a record's page says of it beside that."""

    index: int
    kind: str
    about: str
    basis: Basis
    origin: Origin
    made: Time
    expires: Time | None
    withheld: tuple[str, ...]
    releases: tuple[Line, ...]
    """The releases whose reports speak of it."""


class Evidence(Model):
    """The list of the records that have a page."""

    schema_id: str = SCHEMA
    origin: str
    size: int
    records: tuple[RecordPage, ...]
