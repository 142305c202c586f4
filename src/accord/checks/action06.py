"""Action 6: invest in and implement security controls, physical, cyber and against insider threats."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented
from accord.evidence import Records
from accord.manifest import System


@check("a06.security-policy", clauses=["6.2"])
def security_policy(system: System, records: Records) -> Practice:
    """Cybersecurity risk is assessed, with policies that fit the circumstances."""
    return documented(system, records, "security-policy", "a security policy")


@check("a06.vulnerability-process", clauses=["6.4"])
def vulnerability_process(system: System, records: Records) -> Practice:
    """There is a process to manage vulnerabilities, and security measures are reviewed regularly."""
    return documented(system, records, "vulnerability-process", "a vulnerability management process")


@check("a06.insider-threat", clauses=["6.5"])
def insider_threat(system: System, records: Records) -> Practice:
    """There is a programme to detect insider threats."""
    return documented(system, records, "insider-threat", "an insider-threat programme")
