"""Action 2: find vulnerabilities, incidents and patterns of misuse after deployment."""

from accord.checks.definition import Practice, check
from accord.checks.reading import declared, nothing
from accord.evidence import Records
from accord.manifest import System


@check("a02.outside-reports", clauses=["2.3"])
def outside_reports(system: System, records: Records) -> Practice:
    """Third parties and users can report what they find, vulnerabilities and misuse above all."""
    kinds = {c.kind for c in system.channels}
    if not kinds:
        return nothing("accord.toml declares no channel for reports from outside.")
    gaps = [f"There is no channel for reports of {kind}." for kind in ("vulnerability", "misuse") if kind not in kinds]
    return declared(records, f"Reports from outside are received on: {', '.join(sorted(kinds))}.", gaps)


@check("a02.accessible-channels", clauses=["2.6"])
def accessible_channels(system: System, records: Records) -> Practice:
    """Reporting is open to a diverse set of stakeholders: the public too, and in the languages of the system."""
    if not system.channels:
        return nothing("accord.toml declares no channel for reports from outside.")
    audiences = {a for c in system.channels for a in c.audience}
    spoken = {language for c in system.channels for language in c.languages}
    gaps = [] if "public" in audiences else ["No channel is open to the public."]
    silent = [language for language in system.system.languages if language not in spoken]
    gaps += [f"The system is offered in {language}, but no channel takes reports in it." for language in silent]
    return declared(records, f"Channels are open to: {', '.join(sorted(audiences))}.", gaps)
