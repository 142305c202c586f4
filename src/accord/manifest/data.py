"""The data that went into the model, as accord.toml declares it."""

from pathlib import PurePosixPath
from typing import Literal

from pydantic import model_validator

from accord.manifest.traffic import TextColumns
from accord.manifest.values import Chance, FilePath, Id, Line, Link, Part, Seed


class Dataset(Part):
    """Data that went into the model, as far as the organisation knows and says."""

    id: Id
    """Its own id, which records refer to for ever."""
    title: Line
    """Its title."""
    use: Literal["pre-training", "fine-tuning", "alignment", "evaluation", "retrieval"]
    """What it was used for."""
    url: Link | None = None
    """Where it is described or published."""
    licence: Line | None = None
    """The licence, by its SPDX id where it has one."""
    personal_data: Literal["none", "filtered", "pseudonymised", "present", "unknown"] = "unknown"
    """Whether personal data is in it (clause 11.2)."""
    rights: Line | None = None
    """How opt-outs, licences and copyright were respected (clause 11.3)."""
    quality: Line | None = None
    """How quality and harmful bias were managed (clause 11.1)."""
    path: FilePath | None = None
    """Where it lies: a file or a folder, which is scanned; absolute, or relative to the folder of accord.toml."""
    sources: FilePath | None = None
    """A folder of the sites that it comes from, one folder each: what each said of training when it was fetched."""
    address: Line | None = None
    """The column of the address of each text: it is joined to what its host said, of `sources`."""
    benchmarks: tuple[FilePath, ...] = ()
    """Numbers of more benchmarks that must not be in it, as `accord scan benchmark` makes them."""
    heads: tuple[FilePath, ...] = ()
    """Classifiers of your own that also look, as `accord scan train` makes them."""
    preset: Id | None = None
    """The form of its rows; told by their columns where nothing is said."""
    columns: TextColumns | None = None
    """Which columns hold what, where no preset fits."""
    sample: Chance = 1.0
    """The chance of each text to be looked at: less than 1 for a sample."""
    seed: Seed = 1
    """Where that chance starts from."""
    runner: Literal["local", "daft", "ray"] = "local"
    """What does the work: processes of our own, Daft, or Daft on a Ray cluster."""

    @model_validator(mode="after")
    def _hosts_are_kept(self) -> "Dataset":
        if self.address and not (self.sources and self.path):
            msg = "expected path and sources beside address: they are what it joins"
            raise ValueError(msg)
        return self

    def published(self) -> "Dataset":
        """Return what is signed and published: files by name alone."""
        return self.model_copy(
            update={
                "path": self.path and PurePosixPath(self.path).name,
                "sources": self.sources and PurePosixPath(self.sources).name,
                "benchmarks": tuple(PurePosixPath(path).name for path in self.benchmarks),
                "heads": tuple(PurePosixPath(path).name for path in self.heads),
            }
        )
