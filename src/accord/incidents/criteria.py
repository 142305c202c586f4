"""The 29 criteria of the OECD's common reporting framework, and what is known of an incident for each.

Numbers and their order are the framework's (OECD AI Paper 34, February 2025); words are our own. Which dimension 13, 24
and 28 belong to is our reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accord.incidents.incident import Incident


@dataclass(frozen=True)
class Criterion:
    """One criterion: its number, what it asks, in which dimension, and the members that answer it."""

    number: int
    title: str
    dimension: str
    members: tuple[str, ...]
    mandatory: bool = False


_ROWS = """\
metadata | 1* | title | title
metadata | 2* | description | description
metadata | 3* | how the AI system relates to it | relation
metadata | 4* | who submits it | role source
metadata | 5 | day of the first known occurrence | occurred
metadata | 6 | countries | jurisdictions
metadata | 7* | supporting materials | materials report evaluations alerts
metadata | 8 | name and version of the system | systems
metadata | 9 | organisations that developed and deployed it | developers deployers
harm | 10* | severity | severity
harm | 11* | kinds of harm | harms
harm | 12 | how much harm | quantification
harm | 13 | unintended or wrongful use | use
people and planet | 14 | groups affected | affected
people and planet | 15 | impact on rights | rights
people and planet | 16 | AI principles | principles
economic context | 17 | industries | industries
economic context | 18 | business functions | functions
economic context | 19 | critical functions and infrastructure | infrastructure
economic context | 20 | breadth of deployment | breadth
data and input | 21 | training data | data_page
AI model | 22 | model | model_page
AI model | 23 | rights of use | licence
task and output | 24 | interaction of several AI systems | interaction
task and output | 25 | tasks | tasks
task and output | 26 | most autonomy | autonomy
other | 27 | actions taken | measure
other | 28 | steps to reproduce | steps
other | 29 | additional information | additional"""


def _parse(row: str) -> Criterion:
    dimension, number, title, members = (part.strip() for part in row.split("|"))
    return Criterion(int(number.rstrip("*")), title, dimension, tuple(members.split()), number.endswith("*"))


CRITERIA = tuple(_parse(row) for row in _ROWS.splitlines())
"""All of them, in their order."""


def spoken(incident: Incident, criterion: Criterion) -> dict[str, Any]:
    """Return what is known of an incident for a criterion, by the member that says it; nothing where it is silent."""
    return {name: value for name in criterion.members for value in _values(incident, name)}


def missing(incident: Incident) -> tuple[Criterion, ...]:
    """Return the mandatory criteria of which nothing is known."""
    return tuple(c for c in CRITERIA if c.mandatory and not spoken(incident, c))


def _values(incident: Incident, name: str) -> Iterator[Any]:
    if name == "measure":
        told = tuple(e.record.measure for e in incident.measures if e.record.measure)
        value: Any = told or None
    elif name in {"evaluations", "alerts", "systems"}:
        value = incident.linked(name) or None
    elif name in {"role", "source", "report"}:
        value = getattr(incident.signal, name)
    else:
        value = getattr(incident.facts, name)
    if value is not None:
        yield value
