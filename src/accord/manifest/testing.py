"""The tables of accord.toml about testing: what is asked, what is accepted, and where a release has to pass."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from accord.manifest.values import Days, FilePath, Id, Line, MetricId, Part, Shape, Share

Family = Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7"]
SuiteLanguage = Literal["en", "fr", "de", "it", "ja"]


class Tolerance(Part):
    """The most, or the least, of a metric that the organisation accepts; read on the bound of the interval."""

    metric: MetricId
    """The metric."""
    at_most: Share | None = None
    """The most that is accepted."""
    at_least: Share | None = None
    """The least that is accepted."""
    confidence: Annotated[float, Field(ge=0.5, le=0.999), Shape("a number from 0.5 to 0.999", "0.95")] = 0.95
    """The confidence at which it has to be shown: that of the interval whose bound is read."""
    stages: tuple[Id, ...] = ()
    """The stages whose gate asks for it; none means all."""
    reason: Line
    """Why this much and no more."""

    @model_validator(mode="after")
    def _one_bound(self) -> "Tolerance":
        if (self.at_most is None) == (self.at_least is None):
            msg = "expected exactly one of at_most and at_least"
            raise ValueError(msg)
        return self


class Evaluation(Part):
    """How the model is evaluated. Every value here is part of what the result depends on, but `timeout`."""

    suites: tuple[Id, ...] = ()
    """Suite ids; none means all that Accord ships, and all of [[suites]]."""
    profile: Literal["full", "quick"] = "full"
    """Every item, or a stratified sample of each suite: less time, wider intervals."""
    languages: tuple[SuiteLanguage, ...] = ()
    """Languages to ask in; none means those of [system] languages that the suites have."""
    repeats: Annotated[int, Field(ge=1, le=100), Shape("a whole number from 1 to 100", "1")] = 1
    """How often each sample is asked, each time with another seed."""
    agreement: Share = 0.4
    """The least that the lower bound of a judge's kappa with human labels must reach for a rate to be stated."""
    seed: Annotated[int, Field(ge=0, lt=2**31), Shape("a whole number from 0 to 2147483647", "1")] = 1
    """Where random choices start from."""
    temperature: Annotated[float, Field(ge=0, le=2), Shape("a number from 0 to 2", "0.7")] = 0.7
    """How freely the model samples its answers."""
    max_tokens: Annotated[int, Field(ge=1, le=32768), Shape("a whole number from 1 to 32768", "96")] = 96
    """The most tokens of one answer."""
    slots: Annotated[int, Field(ge=1, le=64), Shape("a whole number from 1 to 64", "1")] = 1
    """Samples in flight at once. One slot of the embedded engine repeats exactly; more may not."""
    context: Annotated[int, Field(ge=256, le=2**22), Shape("a whole number from 256 to 4194304", "2048")] = 2048
    """Tokens of context for the embedded engine."""
    timeout: Annotated[int, Field(ge=1, le=86400), Shape("a whole number from 1 to 86400", "120")] = 120
    """Seconds that one request may take."""


class OtherSuite(Part):
    """Somebody else's suite: an Inspect `task`, or a file of items at `path`, of which the digest alone is recorded."""

    id: Id
    """Its own id, which no shipped suite has; its metrics begin with it."""
    title: Line
    """What it measures."""
    task: Line | None = None
    """An Inspect task: of an installed package, as in inspect_evals/agentic_misalignment, or a file.py@task."""
    path: FilePath | None = None
    """A CSV or JSONL file with one item a row."""
    expects: Literal["answer", "refusal", "canaries"] = "answer"
    """What a good reply to a row is: one of its accepted answers, or a refusal; or whether it is a file of canaries."""
    prompt: Line = "prompt"
    """The column that holds what is asked."""
    answer: Line = "answer"
    """The column of the accepted answer; several are separated by |, or a list in JSONL."""
    key: Line = "id"
    """The column of the item's id; its row number where the file has no such column."""
    language: SuiteLanguage = "en"
    """The language of its items."""
    families: tuple[Family, ...] = ()
    """The families of risk that it touches."""
    limit: Annotated[int, Field(ge=1), Shape("a whole number from 1", "100")] | None = None
    """The most items that are asked, drawn by the seed."""

    @model_validator(mode="after")
    def _one_place(self) -> "OtherSuite":
        if (self.task is None) == (self.path is None):
            msg = "expected exactly one of task and path"
            raise ValueError(msg)
        if (self.expects == "canaries") > (self.path is not None and self.id == "canaries"):
            msg = "expected the id canaries and a path, where a suite expects canaries"
            raise ValueError(msg)
        return self


class Checkpoint(Part):
    """A point of the lifecycle at which `accord gate` decides whether to go on (clause 1.7)."""

    id: Id
    """Its own id, which `accord gate --stage` and decisions name."""
    kind: Literal["training-checkpoint", "pre-deployment", "release", "periodic"]
    """What it is."""
    red_lines: Literal["required", "not-required"] = "required"
    """Whether a person's decision about the red lines must be on record (fact P11)."""
    days: Days | None = None
    """How old evidence may be here; none means until it expires."""


CHECKPOINTS = (
    Checkpoint(id="training-checkpoint", kind="training-checkpoint"),
    Checkpoint(id="pre-deployment", kind="pre-deployment"),
    Checkpoint(id="release", kind="release"),
    Checkpoint(id="periodic", kind="periodic", red_lines="not-required"),
)
"""The checkpoints of a manifest that declares none."""


class Scales(Part):
    """The words in which risks are assessed, lowest first, and how much risk is tolerated."""

    likelihood: tuple[Line, ...] = Field(
        ("rare", "unlikely", "possible", "likely", "almost certain"), min_length=2, max_length=10
    )
    """How likely a scenario is."""
    severity: tuple[Line, ...] = Field(
        ("negligible", "minor", "serious", "severe", "catastrophic"), min_length=2, max_length=10
    )
    """How bad it would be."""
    tolerated: Annotated[int, Field(ge=1, le=100), Shape("a whole number from 1 to 100", "6")] = 6
    """The highest product of the two positions, each counted from 1, that needs no acceptance by a named role."""
