"""Action 8: research and investment on societal, safety and security risk."""

from accord.checks.definition import Practice, check
from accord.checks.reading import documented, nothing
from accord.evidence import Records
from accord.manifest import System


@check("a08.research", clauses=["8.1", "8.4"])
def research(system: System, records: Records) -> Practice:
    """Research on safety, security and trust is done, supported and shared."""
    return documented(system, records, "research", "published research on risk")


@check("a08.priorities", clauses=["8.2"])
def priorities(_system: System, _records: Records) -> Practice:
    """Research gives priority to what clause 8.2 lists.

    Democratic values, human rights, children and vulnerable groups, intellectual property and privacy, and the harm of
    bias and of false information.
    """
    return nothing("Nobody states research on these priorities.")


@check("a08.mitigation", clauses=["8.3"])
def mitigation(_system: System, _records: Records) -> Practice:
    """Tools of mitigation are paid for, and risks managed ahead, those to the environment and the climate too."""
    return nothing("Nobody states investment in mitigation, or effects on the environment.")
