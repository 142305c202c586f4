"""Moments in the forms in which logs write them."""

from datetime import UTC, datetime
from typing import Any

_SCALES = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3), (0, 1))
"""From how large a number on it counts what part of a second: all of it holds until the year 5138."""
_MOST = 2 * 10**20  # nanoseconds: beyond the year 8000


def as_moment(value: Any) -> datetime | None:  # noqa: ANN401 - JSON
    """Return the moment that a value names: ISO 8601, or a number of seconds or parts of them since 1970.

    A time without a zone is taken for UTC. None where it names none.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and not value.isdecimal():
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    else:
        return _counted(value)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _counted(value: Any) -> datetime | None:  # noqa: ANN401 - JSON
    try:
        number = value if isinstance(value, float) else int(value)
    except (TypeError, ValueError):
        return None
    if isinstance(value, bool) or not 0 <= number < _MOST:  # also what is not a number at all
        return None
    scale = next(scale for least, scale in _SCALES if number >= least)
    micro = int(number * 1_000_000 // scale)
    return datetime.fromtimestamp(micro // 1_000_000, UTC).replace(microsecond=micro % 1_000_000)
