"""The tables of accord.toml about what marks content, and tells people that it is an AI's (action 7)."""

from typing import Annotated

from pydantic import Field

from accord.manifest.values import Endpoint, FilePath, Id, Language, Line, Part, Shape


class Provenance(Part):
    """How what the system makes can be recognised (action 7)."""

    samples: FilePath | None = None
    """A folder of content that the system made, as it was published (clauses 7.1 and 7.2)."""
    anchors: FilePath | None = None
    """The trust list against which its credentials are checked: certificates, in PEM."""
    check: Endpoint | None = None
    """The address where users can ask whether the system made something, as `accord provenance serve` (clause 7.3)."""


class Watermark(Part):
    """A mark inside what the system makes, which only who has its key finds (clause 7.1)."""

    id: Id
    """Its own id, by which observations name it."""
    scheme: Id
    """What kind of mark it is: synthid-text, kgw, spread-spectrum, or that of a plug-in."""
    key_file: FilePath | None = None
    """The file of its key, of mode 0600; `accord provenance watermark key` makes one. Its digest alone is recorded."""
    samples: FilePath | None = None
    """A folder of content that carries it, as it was published."""
    unmarked: FilePath | None = None
    """A folder of like content without it, on which false alarms are measured; marks in text need it."""
    tokenizer: FilePath | None = None
    """The model's tokenizer, for marks in text: a folder, or a GGUF file; else that of [model] weights."""
    rate: Annotated[float, Field(ge=0.0001, le=0.5), Shape("a number from 0.0001 to 0.5", "0.01")] = 0.01
    """How much of unmarked content may be taken for marked."""


class Notice(Part):
    """Where people meet the system, and the words by which they are told that it is an AI (clause 7.5)."""

    address: Endpoint
    """The page, or the API; it is fetched."""
    language: Language
    """The language in which it is asked for."""
    label: Line
    """The words that people read there."""
