"""Action 7: content authentication and provenance, where technically feasible."""

from accord.checks.definition import Practice, check
from accord.checks.reading import beside, declared, documented, inspected, inspection, nothing
from accord.evidence import Records
from accord.manifest import System

_SAMPLES = "it is known of the samples that accord.toml names, and of nothing else that the system makes."


@check("a07.provenance", clauses=["7.1"])
def provenance(system: System, records: Records) -> Practice:
    """Content made with the system carries authentication or provenance, such as a watermark.

    Observed: whether samples carry a content credential (C2PA) that is trusted, and whether the declared watermarks are
    found in samples, and how often in content without them. A watermark that is not found contradicts nothing: it is
    told from chance at a stated rate. How much of either survives what usually happens to content is measured beside
    it, and contradicts nothing. Declared: an account of it.
    """
    unseen = "No content of the system was looked at: accord.toml names no [provenance] samples."
    observed = inspected(records, {"credentials": unseen}, [f"Of credentials {_SAMPLES}"])
    if system.watermarks or inspection(records, "watermark"):
        unmarked = "No watermark was looked for: [[watermarks]] in accord.toml names no key_file or no samples."
        marked = inspected(records, {"watermark": unmarked}, [f"Of watermarks {_SAMPLES}"], contradicts=False)
        observed = beside(observed, marked)
    return beside(observed, documented(system, records, "provenance", "an account of content provenance"))


@check("a07.identifier", clauses=["7.2"])
def identifier(_system: System, records: Records) -> Practice:
    """Provenance data names the service or the model, and nothing of the user."""
    unseen = "What credentials name was not looked at: accord.toml names no [provenance] samples."
    return inspected(records, {"identifiers": unseen}, [f"Of credentials {_SAMPLES}"])


@check("a07.lookup", clauses=["7.3"])
def lookup(_system: System, records: Records) -> Practice:
    """Users can check whether content came from the system: its public check is asked, as they would."""
    unseen = "No public check was asked: accord.toml names none ([provenance] check), or no samples to ask about."
    return inspected(records, {"lookup": unseen}, ["Whether users find the check is not known."])


@check("a07.research", clauses=["7.4"])
def research(system: System, records: Records) -> Practice:
    """Research on authentication and provenance is done with others, and paid for."""
    return documented(system, records, "provenance-research", "research on provenance")


@check("a07.ai-notice", clauses=["7.5"])
def ai_notice(system: System, records: Records) -> Practice:
    """Users are told that they interact with an AI system.

    Observed: whether the label is in the pages and answers that accord.toml names, in each language. Declared: how.
    """
    unseen = "No page was looked at for its label: accord.toml names none in [[notices]]."
    observed = inspected(records, {"notices": unseen}, [])
    notice = system.system.ai_notice
    if notice is None:
        said = nothing("accord.toml does not say how users learn that they interact with an AI system.")
    else:
        said = declared(records, f"Users are told: “{notice}”")
    return beside(observed, said)
