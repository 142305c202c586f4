"""Showing text that others wrote: a model, an engine, a server."""

# The shapes of suites import it from here, and their bytes are part of every suite's digest.
from accord.evidence.text import LONGEST, shown

__all__ = ["LONGEST", "shown"]
