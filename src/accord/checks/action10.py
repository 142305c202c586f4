"""Action 10: international technical standards."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented, nothing
from accord.evidence import Records
from accord.manifest import System


@check("a10.standards", clauses=["10.1"])
def standards(system: System, records: Records) -> Practice:
    """International standards are used and contributed to."""
    return documented(system, records, "standards", "an account of standards work")


@check("a10.interoperable", clauses=["10.2"])
def interoperable(_system: System, _records: Records) -> Practice:
    """Standards are worked on by which users tell what AI made from what it did not."""
    return nothing("Nobody states work on standards to tell content of AI apart.")
