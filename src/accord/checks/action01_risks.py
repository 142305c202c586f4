"""Action 1, the register of risks: what was found, what is done about it, and with whom."""

from collections.abc import Iterable, Iterator

from accord.checks.definition import Practice, check
from accord.checks.reading import find_metric, holds, nothing
from accord.evidence import Entry, EvaluationRecord, Records, Status
from accord.manifest import System
from accord.risks import Event, Risk, find_measured, misfits, register, works

_EMPTY = "No risk is in the register."
_DECLARED = "It is declared; nothing measured it."


@check("a01.mitigation", clauses=["1.2"])
def mitigation(system: System, records: Records) -> Practice:
    """The risks that were found are mitigated, and measurements show that each treatment works.

    A treatment works when the whole interval of the metric that it names is within its bound, in every language and
    from every origin. That a treatment is in place is declared, so this is partial at most. Contradicted when the whole
    interval lies outside the bound of a treatment of a risk that is not closed.
    """
    risks = [risk for risk in register(records) if risk.state != "closed"]
    pairs = [(risk, event) for risk in risks for event in risk.treatments]
    gaps = [
        f"Risk {risk.id} is not shown to be tolerated, and nothing is done about it."
        for risk in risks
        if risk.state == "open" and not risk.tolerated(system.risk)
    ]
    if not pairs:
        return nothing("The register has no treatment of a risk that is not closed.", *gaps)
    verdicts = [works(event.record, records, system.evaluation.agreement) for _, event in pairs]
    gaps += [_treatment_gap(*pair, verdict) for pair, verdict in zip(pairs, verdicts, strict=True) if not verdict]
    gaps.append("That the treatments are in place is declared; measurements show what comes of them.")
    summary = f"{len(pairs)} treatments of risks are recorded; {verdicts.count(True)} are shown to work."
    status = Status.CONTRADICTED if False in verdicts else Status.PARTIAL
    return Practice(status, summary, [*(e for _, e in pairs), *_measurements(pairs, records)], gaps)


def _treatment_gap(risk: Risk, event: Event, verdict: bool | None) -> str:  # noqa: FBT001 - what `works` answers
    named = event.record.mitigation or "(withheld)"
    if verdict is False:
        return f"Treatment {named} of the risk {risk.id} does not work: what was measured lies outside its bound."
    return f"That treatment {named} of the risk {risk.id} works is not shown by what was measured."


def _measurements(pairs: Iterable[tuple[Risk, Event]], records: Records) -> Iterator[Entry[EvaluationRecord]]:
    for _, event in pairs:
        for effect in event.record.shown_by or ():
            yield from (entry for entry, _ in find_measured(effect.metric, records))


@check("a01.risk-register", clauses=["1.8"])
def risk_register(system: System, records: Records) -> Practice:
    """The risks that testing and other work find are kept, assessed and acted on.

    Partial when there is a register: that it holds all risks nobody can show. A metric that is not shown to be within
    its tolerance and is no indicator of a risk is a gap, and so is a risk that was not assessed, or that is above what
    is tolerated and is accepted by nobody.
    """
    risks = register(records)
    left = [misfit.text for misfit in misfits(records)]
    if not risks:
        return nothing(_EMPTY, *left)
    gaps = [gap for risk in risks if (gap := _level_gap(risk, system))]
    gaps += _unregistered(system, records, risks)
    count = sum(1 for risk in risks if risk.state != "closed")
    summary = f"The register has {len(risks)} risks, {count} of them not closed."
    return Practice(Status.PARTIAL, summary, [e for risk in risks for e in risk.standing], [*gaps, *left, _DECLARED])


def _level_gap(risk: Risk, system: System) -> str:
    if not risk.needs_acceptance(system.risk):
        return ""
    if risk.level is None:
        return f"Risk {risk.id} has not been assessed, or its assessment is withheld."
    if not risk.fits(system.risk):
        return f"Risk {risk.id} was assessed on other scales than those of accord.toml."
    above = f"Risk {risk.id} has the level {risk.level}, above the {system.risk.tolerated} that is tolerated"
    return f"{above}, and no acceptance of it holds."


def _unregistered(system: System, records: Records, risks: Iterable[Risk]) -> Iterator[str]:
    watched = {name for risk in risks if risk.state != "closed" for name in risk.indicators}
    least = system.evaluation.agreement
    for metric in sorted({t.metric for t in system.tolerances} - watched):
        found = [
            holds(t, m, least) for t in system.tolerances if t.metric == metric for _, m in find_metric(records, metric)
        ]
        if any(verdict is not True for verdict in found):
            yield f"{metric} is not shown to be within its tolerance, and is no indicator of a risk in the register."


@check("a01.collaboration", clauses=["1.10"])
def collaboration(_system: System, records: Records) -> Practice:
    """Risks, systemic ones above all, are worked on with others across sectors.

    Partial when risks name the partners with whom they are worked on. A systemic risk without any is a gap. The Code
    leaves "systemic" undefined, so the organisation's own word is taken.
    """
    risks = [risk for risk in register(records) if risk.state != "closed"]
    shared = [risk for risk in risks if risk.added.partners]
    gaps = [
        f"Risk {risk.id} is systemic, and names no partner."
        for risk in risks
        if risk.added.systemic and risk not in shared
    ]
    if not shared:
        return nothing("No risk in the register names a partner.", *gaps)
    partners = {partner for risk in shared for partner in risk.added.partners or ()}
    summary = f"{len(shared)} risks are worked on with {len(partners)} partners."
    return Practice(Status.PARTIAL, summary, [risk.events[0] for risk in shared], [*gaps, _DECLARED])
