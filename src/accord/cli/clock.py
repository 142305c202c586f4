"""The one place that asks what time it is: the core is handed the moment and never asks itself."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
