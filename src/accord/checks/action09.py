"""Action 9: AI for the world's greatest challenges."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented
from accord.evidence import Records
from accord.manifest import System


@check("a09.global-challenges", clauses=["9.1"])
def global_challenges(system: System, records: Records) -> Practice:
    """Work supports progress on the Sustainable Development Goals."""
    return documented(system, records, "global-challenge", "an account of work on global challenges")


@check("a09.digital-literacy", clauses=["9.3"])
def digital_literacy(system: System, records: Records) -> Practice:
    """Digital literacy, education and training of the public are supported."""
    return documented(system, records, "digital-literacy", "an account of work on digital literacy")
