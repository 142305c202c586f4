"""The tables of accord.toml about watching production traffic: what counts as unusual, and who hears of it."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from accord.manifest.receiving import Receive
from accord.manifest.values import Days, FilePath, Id, Line, Part, Shape, Share

_HOOK = re.compile(r"(https://[^\s/@]+|http://(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?)(/\S*)?")
_MAILBOX = re.compile(r"[^\s@<>,;:\"\\]+@[\w.-]+")
_NEAR = {"127.0.0.1", "::1", "localhost"}


def _hook(value: str) -> str:
    if not _HOOK.fullmatch(value) or not value.isprintable():
        msg = "expected an https:// address without a user name, or an http:// one of this machine"
        raise ValueError(msg)
    return value


def _mailbox(value: str) -> str:
    if not _MAILBOX.fullmatch(value) or not value.isascii() or not value.isprintable():
        msg = "expected a mailbox such as security@example.org"
        raise ValueError(msg)
    return value


Series = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9.-]*:[a-z0-9][a-z0-9.-]*$", max_length=129),
    Shape("a detector, a colon and one of its labels", '"terms:weapons"'),
]
Hook = Annotated[
    str,
    Field(max_length=4096),
    AfterValidator(_hook),
    Shape("an https:// address, or an http:// one of this machine", '"https://hooks.example.org/accord"'),
]
Mailbox = Annotated[str, Field(max_length=254), AfterValidator(_mailbox), Shape("a mailbox", '"security@example.org"')]
Alpha = Annotated[float, Field(gt=0, le=1), Shape("a number over 0, at most 1", "0.05")]
Count = Annotated[int, Field(ge=2, le=1_000_000), Shape("a whole number from 2 to 1000000", "5")]


class UsualRate(Part):
    """A rate that is known, so that nothing needs to be learned of it."""

    series: Series
    """The detector and the label."""
    rate: Annotated[float, Field(gt=0, lt=1), Shape("a number between 0 and 1", "0.002")]
    """Of the accounts that are active in a window, how many show it for the first time that day."""


class Watch(Part):
    """What `accord monitor watch` looks at (clause 2.1), and what counts as unusual."""

    traffic: FilePath
    """A folder of Parquet, of texts or of what the receiver stores; or the id of a [[traffic]], in any form."""
    findings: FilePath | None = None
    """A folder of findings, where a scan made them; without it the detectors look themselves."""
    detectors: tuple[Id, ...] = ()
    """The detectors that look, by name."""
    period: Literal["hour", "day"] = "hour"
    """How long a window is."""
    grace: Annotated[int, Field(ge=0, le=1440), Shape("minutes, from 0 to 1440", "10")] = 10
    """Minutes to wait for late texts before a window is closed."""
    alpha: Alpha = 0.05
    """How many false alarms of rates may be expected in 30 days, of all labels together."""
    margin: Annotated[float, Field(ge=1, le=10), Shape("a number from 1 to 10", "1.25")] = 1.25
    """By which factor a rate may leave what is usual before that matters."""
    learn: Annotated[int, Field(ge=1, le=90), Shape("days, from 1 to 90", "14")] = 14
    """From how many days of windows it is learned what is usual."""
    rates: tuple[UsualRate, ...] = ()
    """Rates that are known."""
    falls: tuple[Series, ...] = ()
    """What must not become rarer either, such as refusals."""
    jailbreaks: tuple[Series, ...] = ()
    """What of many accounts makes a campaign; none means detectors and labels called jailbreak or injection."""
    refusals: tuple[Series, ...] = ()
    """What marks a refused answer; none means detectors and labels called refusal."""
    similarity: Annotated[float, Field(ge=0.2, le=1), Shape("a number from 0.2 to 1", "0.3")] = 0.3
    """From which similarity two texts are of one template (Jaccard, over runs of two words)."""
    campaign: Count = 5
    """From how many accounts one template is a jailbreak campaign."""
    cluster: Count = 3
    """From how many accounts other findings of one template are a cluster of abuse."""
    repeats: Count = 5
    """From how many rounds an agent is in a loop."""
    refused: Share = 0.5
    """From which share of refused answers an account looks for what the system will not do: the bound decides."""
    answers: Count = 10
    """From how many answers that is asked of an account."""
    marked: Count = 3
    """From how many findings in the texts of tools an account abuses them."""
    calls: Count = 200
    """From how many answers of tools within one hour a conversation does."""
    act: Days = 7
    """Within how many days an alert has to be answered by a record of what was done (clause 2.2)."""


class Webhook(Part):
    """An address that alerts are posted to, signed as Standard Webhooks asks."""

    endpoint: Hook
    """The address."""
    secret_file: FilePath
    """The file that holds the shared secret."""


class Email(Part):
    """A mail server that takes alerts."""

    host: Line
    """The server's name."""
    port: Annotated[int, Field(ge=1, le=65535), Shape("a port, from 1 to 65535", "587")] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; none is for a server on this machine alone."""
    ca_file: FilePath | None = None
    """The certificates to trust, in PEM; without it those of the system."""
    user: Line | None = None
    """Who logs in."""
    password_file: FilePath | None = None
    """The file that holds the password."""
    sender: Mailbox
    """Whom alerts come from."""
    to: tuple[Mailbox, ...] = Field(min_length=1)
    """Who gets them."""

    @model_validator(mode="after")
    def _guarded(self) -> "Email":
        if self.security == "none" and (self.host not in _NEAR or self.user):
            msg = "expected starttls or tls: without it only a server on this machine gets alerts, and no password"
            raise ValueError(msg)
        if (self.user is None) != (self.password_file is None):
            msg = "expected user and password_file together"
            raise ValueError(msg)
        return self


class Alerts(Part):
    """Who hears of alerts; nothing is sent that is not named here, and none of it is published."""

    file: FilePath | None = None
    """A file of JSON lines that alerts are added to."""
    webhook: Webhook | None = None
    """An address that they are posted to."""
    email: Email | None = None
    """Where they are mailed."""
    cooldown: Annotated[int, Field(ge=0, le=720), Shape("hours, from 0 to 720", "24")] = 24
    """Hours for which the same topic makes no further alert."""


class Monitor(Part):
    """How production traffic is received and watched (action 2)."""

    receive: Receive | None = None
    """How it comes in."""
    watch: Watch | None = None
    """What counts as unusual."""
    alerts: Alerts = Alerts()
    """Who hears of it."""
