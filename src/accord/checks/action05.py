"""Action 5: develop, implement and disclose governance and risk-management policies."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented
from accord.evidence import Records
from accord.manifest import System


@check("a05.risk-policy", clauses=["5.1", "5.5"])
def risk_policy(system: System, records: Records) -> Practice:
    """A risk-management policy exists, is disclosed and is reviewed."""
    return documented(system, records, "risk-policy", "a risk-management policy")


@check("a05.privacy-policy", clauses=["5.2"])
def privacy_policy(system: System, records: Records) -> Practice:
    """A privacy policy for personal data, prompts and outputs is disclosed."""
    return documented(system, records, "privacy-policy", "a privacy policy")


@check("a05.governance-policy", clauses=["5.3", "5.4"])
def governance_policy(system: System, records: Records) -> Practice:
    """A governance policy and the mechanisms that implement it are established and disclosed."""
    return documented(system, records, "governance-policy", "a governance policy")


@check("a05.training", clauses=["5.6"])
def training(system: System, records: Records) -> Practice:
    """Staff are trained in their duties and in the risk-management practices."""
    return documented(system, records, "training", "a training programme")
