"""A check, run by its id over records that were really signed and read back."""

from collections.abc import Callable, Iterable
from datetime import datetime

import pytest

from accord.checks import load_checks
from accord.evidence import Finding, Record, Records
from accord.manifest import System


@pytest.fixture(scope="session")
def run(records: Callable[..., Records], now: datetime) -> Callable[..., Finding]:
    """Return a function that gives the finding of one check over what the organisation and others recorded."""
    checks = {check.id: check for check in load_checks()}

    def find_one(
        check: str, system: System, own: Iterable[Record] = (), independent: Iterable[Record] = (), at: datetime = now
    ) -> Finding:
        return checks[check](system, records(own, independent, at))

    return find_one
