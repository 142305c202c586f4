"""Action 6: invest in and implement security controls, physical, cyber and against insider threats."""

from dataclasses import replace
from datetime import timedelta

from accord.checks.definition import Practice, check
from accord.checks.reading import REVIEW_DAYS, beside, declared, documented, inspected
from accord.evidence import Records
from accord.manifest import System


@check("a06.weights", clauses=["6.1"])
def weights(_system: System, records: Records) -> Practice:
    """The model's files are as they were signed, and nothing in them runs when they are loaded.

    Contradicted where a file was changed, added or removed since it was signed (OpenSSF model signing), where the
    signature is not by the declared signer, and where a file holds what is not on the list of what is harmless, or is
    malformed. A file that could not be read in full counts for nothing.
    """
    missing = {
        "signature": "No signature of the model's files was looked at: [weights] in accord.toml names none.",
        "scan": "The model's files were not scanned: none are here, or they changed since.",
    }
    return inspected(records, missing, ["Copies elsewhere, algorithms, servers and datasets were not looked at."])


@check("a06.weights-access", clauses=["6.3"])
def weights_access(system: System, records: Records) -> Practice:
    """Nobody but their owner can read or change the model's files on the machine that was looked at.

    Where accord.toml says that everybody may have the weights, only who can change them is asked.
    """
    missing = {"access": "Who can reach the model's files was not looked at: none are here, or they changed since."}
    gaps = ["It is known of this machine alone: where else the weights are, and who has been there, is not."]
    if system.weights and system.weights.released:
        gaps.append("The weights are declared as released, so who can read them was not looked at.")
    return inspected(records, missing, gaps)


@check("a06.security-policy", clauses=["6.2"])
def security_policy(system: System, records: Records) -> Practice:
    """Cybersecurity risk is assessed, with policies and technical and institutional solutions that fit.

    Declared: a security policy. Observed: whether commits are signed, whether secrets lie in the repository, and
    whether the branch is protected, as the forge's export says.
    """
    observed = inspected(records, {topic: _unseen(topic) for topic in ("repository", "forge")}, [])
    return beside(observed, documented(system, records, "security-policy", "a security policy"))


@check("a06.vulnerability-process", clauses=["6.4"])
def vulnerability_process(system: System, records: Records) -> Practice:
    """There is a process to manage vulnerabilities, and security measures are reviewed regularly.

    Declared: the process. Observed: known vulnerabilities of the packages, whether packages are as installed, how long
    reported vulnerabilities took, and security.txt (RFC 9116).
    """
    topics = ("inventory", "vulnerabilities", "register", "security-txt")
    observed = inspected(records, {topic: _unseen(topic) for topic in topics}, [])
    return beside(observed, documented(system, records, "vulnerability-process", "a vulnerability management process"))


@check("a06.insider-threat", clauses=["6.5"])
def insider_threat(system: System, records: Records) -> Practice:
    """There is a programme to detect insider threats, and it is reviewed who has access to the weights."""
    practice = documented(system, records, "insider-threat", "an insider-threat programme")
    reviewed = system.security.access_reviewed if system.security else None
    if reviewed is None:
        gap = "accord.toml does not say when it was last reviewed who has access to the weights: access_reviewed."
    elif reviewed < (records.at - timedelta(days=REVIEW_DAYS)).date():
        gap = f"Who has access to the weights was last reviewed on {reviewed}, over {REVIEW_DAYS} days ago."
    else:
        return beside(practice, declared(records, f"Who has access to the weights was reviewed on {reviewed}."))
    return replace(practice, gaps=[*practice.gaps, gap])


def _unseen(topic: str) -> str:
    what = {
        "repository": "the repository",
        "forge": "the protection of the branch",
        "inventory": "the packages",
        "vulnerabilities": "known vulnerabilities of the packages",
        "register": "the times in which vulnerabilities were fixed",
        "security-txt": "security.txt",
    }[topic]
    return f"Nobody looked at {what}: [security] in accord.toml names nothing to look at."
