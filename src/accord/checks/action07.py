"""Action 7: content authentication and provenance, where technically feasible."""

from accord.checks.definition import Practice, check
from accord.checks.reading import declared, documented, nothing
from accord.evidence import Records
from accord.manifest import System


@check("a07.provenance", clauses=["7.1"])
def provenance(system: System, records: Records) -> Practice:
    """Content made with the system carries authentication or provenance, such as a watermark."""
    return documented(system, records, "provenance", "an account of content provenance")


@check("a07.ai-notice", clauses=["7.5"])
def ai_notice(system: System, records: Records) -> Practice:
    """Users are told that they interact with an AI system."""
    notice = system.system.ai_notice
    if notice is None:
        return nothing("accord.toml does not say how users learn that they interact with an AI system.")
    return declared(records, f"Users are told: “{notice}”")
