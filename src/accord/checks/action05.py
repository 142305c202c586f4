"""Action 5: develop, implement and disclose governance and risk-management policies."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented
from accord.evidence import Records, Status
from accord.manifest import System
from accord.risks import overdue, register
from accord.statements import about, stated

_PRIVATE = {"personal-data": "personal data", "prompts": "prompts of users", "outputs": "outputs of the system"}


@check("a05.risk-policy", clauses=["5.1", "5.5"])
def risk_policy(system: System, records: Records) -> Practice:
    """A risk-management policy exists, is disclosed and is reviewed."""
    return documented(system, records, "risk-policy", "a risk-management policy")


@check("a05.privacy-policy", clauses=["5.2"])
def privacy_policy(system: System, records: Records) -> Practice:
    """A privacy policy for personal data, prompts and outputs is disclosed.

    Where policies are stated, each of the three that none of them says to cover is a gap.
    """
    found = documented(system, records, "privacy-policy", "a privacy policy")
    policies = [s.record for s in about(stated(records), ["5.2"]) if s.record.topic == "policy"]
    covered = {part for policy in policies for part in policy.covers or ()}
    gaps = [f"No stated policy covers {what}." for part, what in _PRIVATE.items() if policies and part not in covered]
    return Practice(found.status, found.summary, found.entries, [*found.gaps, *gaps])


@check("a05.governance-policy", clauses=["5.3"])
def governance_policy(system: System, records: Records) -> Practice:
    """A governance policy and the mechanisms that implement it are established and disclosed."""
    return documented(system, records, "governance-policy", "a governance policy")


@check("a05.risk-process", clauses=["5.4"])
def risk_process(system: System, records: Records) -> Practice:
    """Roles answer for evaluating and mitigating each risk, as a governance policy says and a kept register shows.

    Partial with a governance policy or a register of risks; each that is missing is a gap, and so is a risk whose
    review is overdue.
    """
    policy, risks = documented(system, records, "governance-policy", "a governance policy"), register(records)
    if not risks:
        return Practice(policy.status, policy.summary, policy.entries, [*policy.gaps, "No risk is in the register."])
    gaps = [f"The review of the risk {risk.id} is overdue." for risk in overdue(risks)]
    gaps += [f"Risk {risk.id} does not say which role answers for it." for risk in risks if not risk.owner]
    summary = f"Roles answer for {len(risks)} risks in the register."
    entries = [*policy.entries, *(event for risk in risks for event in risk.standing)]
    every = dict.fromkeys([*policy.gaps, *gaps, "It is declared; nothing measured it."])
    return Practice(Status.PARTIAL, summary, entries, tuple(every))


@check("a05.training", clauses=["5.6"])
def training(system: System, records: Records) -> Practice:
    """Staff are trained in their duties and in the risk-management practices."""
    return documented(system, records, "training", "a training programme")
