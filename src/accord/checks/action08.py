"""Action 8: research and investment on societal, safety and security risk."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented
from accord.evidence import Records
from accord.manifest import System


@check("a08.research", clauses=["8.1", "8.4"])
def research(system: System, records: Records) -> Practice:
    """Research on safety, security and trust is done, supported and shared."""
    return documented(system, records, "research", "published research on risk")
