"""The table of accord.toml about production traffic: where it is kept, and what looks at it (action 2)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from accord.manifest.values import FilePath, Id, Line, Part, Shape


class TextColumns(Part):
    """Which columns hold what, where no preset fits; a dot leads into a column."""

    text: Line | None = None
    """Texts, one a row."""
    messages: Line | None = None
    """Conversations: lists of messages, or JSON of them."""
    user: Line | None = None
    """What users say."""
    assistant: Line | None = None
    """What the system says."""
    system: Line | None = None
    """What the system is told."""
    tool: Line | None = None
    """What tools answer."""
    role: Line | None = None
    """Who speaks, where each row has one text."""
    time: Line | None = None
    """When it was said."""
    account: Line | None = None
    """Whose account it was: never kept, but a key made of it."""
    conversation: Line | None = None
    """The conversation that it belongs to."""
    model: Line | None = None
    """The model that answered."""

    def named(self) -> dict[str, str]:
        """Return the columns that are named."""
        return {name: column for name, column in self if column is not None}


class Traffic(Part):
    """What people and the system said in production, to be looked at in bulk (clauses 2.1 and 2.2)."""

    id: Id
    """Its own id, which records refer to for ever."""
    path: FilePath
    """A file, a folder, a pattern such as logs/*.parquet, or a URI of object storage."""
    preset: Id | None = None
    """The form of its rows, such as langfuse or otlp; told by its columns where nothing is said."""
    columns: TextColumns | None = None
    """Which columns hold what, where no preset fits."""
    detectors: tuple[Id, ...] = ()
    """What looks at it; none means every installed one but those for corpora and for one domain alone."""
    sample: Annotated[float, Field(gt=0, le=1), Shape("a number above 0, up to 1", "0.1")] = 1.0
    """The chance of each text to be looked at."""
    seed: Annotated[int, Field(ge=0, lt=2**31), Shape("a whole number from 0 to 2147483647", "1")] = 1
    """Where that chance starts from."""
    account_key: FilePath | None = None
    """The file of the secret with which accounts become keys; without it, one of the workspace's own."""
    findings: FilePath | None = None
    """The folder where the tables of findings go; without it, .accord/scans."""
    runner: Literal["local", "daft", "ray"] = "local"
    """What does the work: processes of our own, Daft, or Daft on a Ray cluster."""
    days: Annotated[int, Field(ge=1, le=366), Shape("a whole number from 1 to 366", "30")] = 30
    """For how many days a scan may be relied on before the same traffic is looked at anew."""

    @model_validator(mode="after")
    def _one_form(self) -> "Traffic":
        if self.columns and not self.columns.named():
            msg = "expected at least one column"
            raise ValueError(msg)
        return self
