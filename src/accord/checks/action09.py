"""Action 9: AI for the world's greatest challenges."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented, nothing
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


@check("a09.stewardship", clauses=["9.2"])
def stewardship(_system: System, _records: Records) -> Practice:
    """Trustworthy AI that is centred on the human being has priority."""
    return nothing("Nobody states how responsible stewardship has priority.")


@check("a09.understanding", clauses=["9.4"])
def understanding(_system: System, _records: Records) -> Practice:
    """People are helped to understand what AI systems are, can do, cannot do and change."""
    return nothing("Nobody states how people are helped to understand AI.")


@check("a09.communities", clauses=["9.5"])
def communities(_system: System, _records: Records) -> Practice:
    """Priorities are chosen, and solutions found, with civil society and community groups."""
    return nothing("Nobody states work with civil society or community groups.")
