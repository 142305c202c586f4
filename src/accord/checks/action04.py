"""Action 4: share information and report incidents responsibly."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented
from accord.evidence import Records
from accord.manifest import System


@check("a04.information-sharing", clauses=["4.1"])
def information_sharing(system: System, records: Records) -> Practice:
    """Evaluation reports, risks, dangerous capabilities and attempts to circumvent safeguards are shared."""
    return documented(system, records, "information-sharing", "an account of what is shared with whom")
