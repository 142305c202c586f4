"""Showing text that others wrote: a model, an engine, a server."""

from accord.evidence.text import LONGEST, shown

__all__ = ["LONGEST", "shown"]
