"""Action 10: international technical standards."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented
from accord.evidence import Records
from accord.manifest import System


@check("a10.standards", clauses=["10.1"])
def standards(system: System, records: Records) -> Practice:
    """International standards are used and contributed to."""
    return documented(system, records, "standards", "an account of standards work")
