"""What the OSCAL documents share: names that repeat, texts that are neutral, and records as resources.

Each UUID is made (RFC 9562, version 5) of the leaf hash of the record that says it: the same record has the same name
in every document, and no two share one. OSCAL's texts are Markdown, and its values are lines that are not empty.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from accord.codes import Force
from accord.evidence import Basis, Origin, Status
from accord.reports.exchange.text import markdown
from accord.reports.models import ClauseReport, Content
from accord.reports.text import format_stamp, seen

VERSION = "1.2.1"
"""The release of OSCAL that is written, which readers of 1.2 take."""
NAMESPACE = "https://w3id.org/accord-code/oscal"
"""Whose the names of our properties are."""
_UNSAID = "Not stated, or withheld."


def write(kind: str, body: dict[str, Any]) -> bytes:
    """Return a document; what is empty is left out of it, as OSCAL asks."""
    return (json.dumps({kind: _full(body)}, indent=1, ensure_ascii=True) + "\n").encode()


def _full(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, dict):
        return {name: held for name, one in value.items() if (held := _full(one)) not in (None, [], {}, "")}
    return [_full(one) for one in value] if isinstance(value, list) else value


def name(*parts: object) -> str:
    """Return the UUID of what its parts name."""
    return str(uuid5(NAMESPACE_URL, "/".join((NAMESPACE, *map(str, parts)))))


def line(text: str) -> str:
    """Return a line of Markdown that shows a text as it is."""
    return markdown(seen(text)) or _UNSAID


def address(url: str) -> str:
    """Return an address with everything encoded that no address may hold (RFC 3986)."""
    return quote(url, safe="%:/?#[]@!$&'()*+,;=~")


def moment(value: datetime | date) -> str:
    """Return a moment; of a day, the beginning of it in UTC."""
    return format_stamp(value) if isinstance(value, datetime) else f"{value.isoformat()}T00:00:00Z"


def prop(called: str, value: object) -> dict[str, str]:
    """Return a property of ours."""
    return {"name": called, "ns": NAMESPACE, "value": seen(str(value)) or _UNSAID}


def props(**values: object) -> list[dict[str, str]]:
    """Return properties of ours, without those that are none."""
    return [prop(called.replace("_", "-"), value) for called, value in values.items() if value not in (None, "")]


def strength(clause: ClauseReport) -> list[dict[str, str]]:
    """Return what the evidence says of a clause in our words, its status, basis and origin, and the Code's force."""
    return grade(clause.status, clause.basis, clause.origin, clause.force, clause.qualifier)


def grade(
    status: Status, basis: Basis | None, origin: Origin | None, force: Force | None = None, qualifier: str | None = None
) -> list[dict[str, str]]:
    """Return the properties of a status and of the evidence that it rests on."""
    return props(status=status, basis=basis, origin=origin, force=force, qualifier=qualifier)


def leaf(content: Content, index: int) -> str:
    """Return the leaf hash of a record."""
    return content.records[index].leaf


def metadata(content: Content, title: str, remarks: str) -> dict[str, Any]:
    """Return the head of a document about one assessment."""
    said = content.declared
    return {
        "title": line(f"{title}: {said.system.name} {said.system.version}, {said.organisation.name}"),
        "last-modified": moment(content.assessed),
        "version": moment(content.assessed),
        "oscal-version": VERSION,
        "props": props(
            edition=content.edition.id,
            edition_sha256=content.edition.sha256,
            model=content.model.name,
            model_sha256=content.model.sha256,
            log=content.log.origin,
            log_root=content.log.root,
            log_key=content.log.fingerprint,
            assessment_record=content.assessment,
        ),
        "remarks": remarks,
    }


def resource(content: Content, index: int) -> str:
    """Return the UUID of the resource that a record of the log is."""
    return name("entry", leaf(content, index))


def resources(content: Content, wanted: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Yield records of the log as resources, each with its leaf hash; the digests of what it is about are in it."""
    for index in sorted(set(wanted)):
        row = content.records[index]
        yield {
            "uuid": resource(content, index),
            "title": line(f"Record {index}: {row.kind}"),
            "description": line(row.about),
            "props": props(
                leaf_sha256=row.leaf, kind=row.kind, basis=row.basis, origin=row.origin, made=moment(row.made)
            ),
            "remarks": "An entry of the signed log; accord verify shows that it is in it.",
        }


def evidence(content: Content, indices: Iterable[int]) -> list[dict[str, str]]:
    """Return links to the records that something rests on."""
    return [{"href": f"#{resource(content, index)}", "description": f"Record {index}"} for index in indices]
