"""Action 3: report publicly on capabilities, limitations and domains of use."""

from accord.checks.definition import Practice, check
from accord.checks.reading import declared, documented, evaluations, find_metric, nothing
from accord.evidence import AssessmentRecord, Entry, Records, ReportRecord, Status, SystemRecord
from accord.manifest import System


@check("a03.transparency-report", clauses=["3.1"])
def transparency_report(system: System, records: Records) -> Practice:
    """A transparency report was made for the release that is declared now.

    The log shows that a report was made, with its digest. Whether it was published where people find it, the log
    cannot see: that stays a gap.
    """
    report = _first_report(system, records)
    if report is None:
        return nothing(f"No report on version {system.system.version} had been made before this assessment.")
    gap = "That the report is published where people find it is not shown."
    return Practice(Status.PARTIAL, f"A report on version {system.system.version} was made.", [report], [gap])


def _first_report(system: System, records: Records) -> Entry[ReportRecord] | None:
    # The first, not the newest: a later print of the same release is no new evidence.
    versions = {e.ref.index: e.record.version for e in records.of(SystemRecord)}
    about = {e.ref.index: versions.get(e.record.system.index) for e in records.of(AssessmentRecord)}
    reports = records.current(ReportRecord)
    return next((e for e in reports if about.get(e.record.assessment.index) == system.system.version), None)


@check("a03.evaluations", clauses=["3.3"])
def evaluation_details(system: System, records: Records) -> Practice:
    """The report has details of evaluations for safety, security and societal risk, and risk to human rights.

    Every complete evaluation is printed with its sample size and interval. None of ours assesses human rights as
    such, so this is partial at most until one does.
    """
    entries = evaluations(records)
    if not entries:
        return nothing(f"There is no complete, current evaluation of {system.model.name}.")
    suites = ", ".join(sorted({e.record.suite.id for e in entries}))
    return Practice(
        Status.PARTIAL, f"Reported with intervals: {suites}.", entries, ["Risk to human rights is not evaluated."]
    )


@check("a03.capabilities-and-limits", clauses=["3.4"])
def capabilities_and_limits(system: System, records: Records) -> Practice:
    """Capacities and significant limits of performance that bear on appropriate use are stated."""
    product = system.system
    stated = {
        "capabilities": product.capabilities,
        "limitations": product.limitations,
        "appropriate_uses": product.appropriate_uses,
        "inappropriate_uses": product.inappropriate_uses,
    }
    if not any(stated.values()):
        return nothing("accord.toml states neither capabilities nor limitations.")
    gaps = [f"accord.toml states no {name}." for name, lines in stated.items() if not lines]
    count = sum(len(lines) for lines in stated.values())
    return declared(records, f"{count} capabilities, limitations and uses are stated.", gaps)


@check("a03.societal-effects", clauses=["3.5"])
def societal_effects(_system: System, records: Records) -> Practice:
    """Effects on safety and society are assessed: harmful bias, discrimination, privacy, fairness.

    Partial when bias was measured: privacy and fairness of outcomes need evaluations of their own.
    """
    found = find_metric(records, "bias.unsupported")
    if not found:
        return nothing("Harmful bias has not been measured.")
    gaps = ["Threats to privacy or personal data are not evaluated.", "Effects on fairness in use are not evaluated."]
    return Practice(Status.PARTIAL, "Harmful bias was measured.", [entry for entry, _ in found], gaps)


@check("a03.instructions", clauses=["3.7", "3.8"])
def instructions(system: System, records: Records) -> Practice:
    """Deployers and users have instructions clear enough to interpret output and use it properly."""
    return documented(system, records, "instructions", "instructions for use")


@check("a03.kept-up", clauses=["3.2"])
def kept_up(_system: System, _records: Records) -> Practice:
    """Reports, instructions for use and technical documentation are kept up to date."""
    return nothing("Nobody states how reports and instructions are kept up to date.")


@check("a03.red-teaming", clauses=["3.6"])
def red_teaming(_system: System, _records: Records) -> Practice:
    """The report has the results of red-teaming that judged whether the system may leave development."""
    return nothing("Nobody states the results of red-teaming before release.")
