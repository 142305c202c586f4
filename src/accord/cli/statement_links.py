"""The links of statements, tried where somebody asks for it, with what was seen in a signed record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accord.cli.clock import now
from accord.cli.options import require_declaration
from accord.cli.reaching import reach
from accord.cli.statement_making import Desk
from accord.evidence import Sighting, StatementRecord
from accord.inspecting import Inspection
from accord.ledger import digest, format_json
from accord.statements import LINKS

_ANSWERS = {"links.answer": "the page answers"}
_DAYS = 90
"""For how long a look may be relied on: pages move."""


@dataclass(frozen=True)
class Tried:
    """A link, and what is wrong with it, or nothing."""

    address: str
    problem: str


@dataclass(frozen=True)
class TriedLinks:
    """What was seen of the links of one statement, and the record that holds it."""

    statement: str
    record: int
    links: tuple[Tried, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        links = [{"link": link.address, "answers": not link.problem, "problem": link.problem} for link in self.links]
        return {"statement": self.statement, "record": self.record, "links": links}


def addresses(record: StatementRecord) -> tuple[str, ...]:
    """Return every link of a statement, and where it says that it is disclosed."""
    return tuple(dict.fromkeys([*(record.links or ()), *([record.disclosed] if record.disclosed else [])]))


def try_links(desk: Desk) -> tuple[TriedLinks, ...]:
    """Try every link of what stands, and record what was seen; WorkspaceError where no system is declared yet."""
    model = require_declaration(desk.workspace, desk.records).model.sha256
    return tuple(_try(desk, held.record, model) for held in desk.held.values() if addresses(held.record))


def _quiet(done: int, note: str = "") -> None:
    """Show no progress: each link is told of in the end."""


def _try(desk: Desk, record: StatementRecord, model: str) -> TriedLinks:
    tried = tuple(Tried(address, reach(address)) for address in addresses(record))
    public = record.confidentiality == "public"

    def look() -> Iterator[Sighting]:
        for number, link in enumerate(tried, 1):
            # The address of what the public may not read is not for the public either.
            subject = link.address if public else f"link {number}"
            yield Sighting(
                observation="links.answer", subject=subject, holds=not link.problem,
                note=link.problem if public else "",
            )  # fmt: skip

    inspection = Inspection(
        topic=LINKS, title=f"Links of {record.id}", name=record.id,
        sha256=digest(format_json(list(addresses(record))) if public else record.id.encode()),
        model=model, questions=_ANSWERS, look=look, days=_DAYS,
    )  # fmt: skip
    made = list(inspection.job(desk.workspace, now).run(_quiet))
    return TriedLinks(record.id, desk.workspace.append(made, desk.system.withhold)[0], tried)
