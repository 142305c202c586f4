"""The data that went into the model, as accord.toml declares it."""

from pathlib import PurePosixPath
from typing import Literal

from accord.manifest.values import Chance, FilePath, Id, Line, Link, Part


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
    benchmarks: tuple[FilePath, ...] = ()
    """Numbers of more benchmarks that must not be in it, as `accord scan benchmark` makes them."""
    sample: Chance = 1.0
    """The chance of each text to be looked at: less than 1 for a sample."""

    def published(self) -> "Dataset":
        """Return what is signed and published: files by name alone."""
        return self.model_copy(
            update={
                "path": self.path and PurePosixPath(self.path).name,
                "sources": self.sources and PurePosixPath(self.sources).name,
                "benchmarks": tuple(PurePosixPath(path).name for path in self.benchmarks),
            }
        )
