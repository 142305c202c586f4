"""What a detector is: a plug-in that looks at a batch of texts (entry point group `accord.detectors`)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from accord.evidence import Quality


class Detector(Protocol):
    """A pure, picklable function over texts, with what is known of its errors.

    An entry point names a callable without arguments that returns one, or a module-level instance. Those that Accord
    brings are registered the same way.
    """

    @property
    def name(self) -> str:
        """Its id, in lower case with hyphens, such as personal-data."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What it finds: a noun phrase by label, such as `email`: "an e-mail address"."""

    @property
    def sha256(self) -> str:
        """The digest over everything that its findings depend on: patterns, lists, weights, versions."""

    @property
    def quality(self) -> Sequence[Quality]:
        """How often it is right and how much it misses, by label, as measured on named labelled data."""

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return what is found in texts of the schema TEXTS as a batch of the schema FOUND.

        The finding of a text depends on that text and its own row alone, never on the others in its batch.
        """
