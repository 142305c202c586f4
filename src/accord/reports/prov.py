"""A trail as provenance in PROV-O (W3C, 30 April 2013), written as JSON-LD 1.1 with its context inside it."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from accord.evidence import (
    DecisionRecord,
    Entry,
    EvaluationRecord,
    Finding,
    IncidentRecord,
    Metric,
    Origin,
    RiskRecord,
    SystemRecord,
    Tool,
)
from accord.manifest import System
from accord.trace import Link, Node, Trail

BASE = "https://w3id.org/accord-code"
TERMS = f"{BASE}/terms#"

_REFERENCES = (
    "used", "wasGeneratedBy", "wasDerivedFrom", "wasInformedBy", "wasInvalidatedBy", "wasAssociatedWith",
    "actedOnBehalfOf",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "prov": "http://www.w3.org/ns/prov#",
    "accord": TERMS,
    "label": "http://www.w3.org/2000/01/rdf-schema#label",
    **{name: {"@id": f"prov:{name}", "@type": "@id"} for name in _REFERENCES},
    **{
        name: {"@id": f"prov:{name}", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
        for name in ("startedAtTime", "endedAtTime")
    },
    **{
        name: f"accord:{name}" for name in ("sha256", "index", "clause", "check", "status", "share", "low", "high", "n")
    },
}
_PRODUCED = frozenset({"declaration", "log", "scores", "verdicts", "findings"})
"""How a record names what came out of it; everything else went into it."""

_INSIDE = frozenset({"measured in", "found in", "published in"})
"""How a figure, a finding or a file names the record that it came from."""


def render_prov(trail: Trail, system: System | None) -> bytes:
    """Return the trail of a release; `system` is its declaration, for the organisation's name.

    Artifacts, models, suites, judges and published files are named by the SHA-256 of their bytes, records by their leaf
    hash. Of each record stands what was done (an activity) and what was recorded of it (an entity).
    """
    writer = _Writer(trail, system)
    graph = list(writer.write())
    return (json.dumps({"@context": CONTEXT, "@graph": graph}, indent=2) + "\n").encode()


class _Writer:
    def __init__(self, trail: Trail, system: System | None) -> None:
        self._trail = trail
        declared = [n for n in trail.of(SystemRecord.kind) if n.entry]
        self._organisation = f"{self._iri(declared[-1])}#organisation"
        self._name = system.organisation.name if system else "The organisation"
        self._agents: dict[str, dict[str, Any]] = {}

    def write(self) -> Iterator[dict[str, Any]]:
        """Yield every node of the graph: what is named first, then what was done, then who did it."""
        for node in self._trail.nodes.values():
            yield {"@id": self._iri(node), **self._entity(node)}
            if node.entry:
                yield {"@id": _activity(self._iri(node)), **self._done(node, node.entry)}
        yield {"@id": self._organisation, "@type": ["prov:Agent", "prov:Organization"], "label": self._name}
        yield from self._agents.values()

    def _iri(self, node: Node) -> str:
        if node.entry:
            return f"{BASE}/entry/{node.entry.ref.leaf}"
        if node.sha256:
            return f"urn:sha256:{node.sha256}"
        # What is part of a record is named in it.
        return f"{self._iri(self._home(node))}#{quote(node.id)}"

    def _home(self, node: Node) -> Node:
        """Return the record that a metric, a finding or a dataset is part of; a clause is part of its finding's."""
        if node.kind == "dataset":
            return self._trail.nodes[self._trail.carries(node.id)[0].source]
        links = self._trail.rests_on(node.id)
        inside = next((link for link in links if link.how in _INSIDE), None)
        return self._node(inside) if inside else self._home(self._node(links[0]))

    def _entity(self, node: Node) -> dict[str, Any]:
        kind = _term(node.entry.record.kind if node.entry else node.kind)
        said: dict[str, Any] = {"@type": ["prov:Entity", f"accord:{kind}"], **_facts(node)}
        links = self._trail.rests_on(node.id)
        if node.entry:
            said["wasGeneratedBy"] = [_activity(self._iri(node))]
            said["wasDerivedFrom"] = [self._target(link) for link in links if self._node(link).entry]
        else:
            made = [link for link in links if link.how in _INSIDE]
            said["wasGeneratedBy"] = [_activity(self._target(link)) for link in made]
            said["wasDerivedFrom"] = [self._target(link) for link in links if link not in made]
            said["wasGeneratedBy"] += self._sources(node, _PRODUCED)
            said["wasInvalidatedBy"] = self._sources(node, {"erased"})
        return {name: value for name, value in said.items() if value != []}

    def _sources(self, node: Node, how: frozenset[str] | set[str]) -> list[str]:
        links = (link for link in self._trail.carries(node.id) if link.how in how)
        sources = (self._trail.nodes[link.source] for link in links)
        return [_activity(self._iri(source)) for source in sources if source.entry]

    def _done(self, node: Node, entry: Entry[Any]) -> dict[str, Any]:
        links, record = self._trail.rests_on(node.id), entry.record
        used = [self._target(link) for link in links if link.how not in {*_PRODUCED, "erased"}]
        informed = [_activity(self._target(link)) for link in links if self._node(link).entry]
        said = {
            "@type": ["prov:Activity", f"accord:{_term(record.kind)}Activity"],
            "endedAtTime": f"{record.made:%Y-%m-%dT%H:%M:%SZ}",
            "used": used,
            "wasInformedBy": informed,
            "wasAssociatedWith": list(self._who(node, entry)),
        }
        if isinstance(record, EvaluationRecord):
            said["startedAtTime"] = f"{record.started:%Y-%m-%dT%H:%M:%SZ}"
        return {name: value for name, value in said.items() if value}

    def _who(self, node: Node, entry: Entry[Any]) -> Iterator[str]:
        record = entry.record
        if entry.origin == Origin.SELF:
            yield self._organisation
        else:
            yield self._agent(f"{self._iri(node)}#signer", "Agent", f"An {entry.origin} party")
        role = record.owner or record.role if isinstance(record, RiskRecord) else getattr(record, "role", None)
        if isinstance(record, DecisionRecord | IncidentRecord | RiskRecord) and role:
            yield self._agent(f"{self._organisation}-{quote(role, safe='')}", "Agent", role, self._organisation)
        for tool in (*getattr(record, "tools", ()), *filter(None, [getattr(record, "tool", None)])):
            yield self._tool(tool)

    def _tool(self, tool: Tool) -> str:
        name = f"{BASE}/tool/{quote(tool.name, safe='')}/{quote(tool.version, safe='')}"
        return self._agent(name, "SoftwareAgent", f"{tool.name} {tool.version}")

    def _agent(self, iri: str, kind: str, label: str, behalf: str = "") -> str:
        types = ["prov:Agent", *([f"prov:{kind}"] if kind != "Agent" else [])]
        self._agents[iri] = {"@id": iri, "@type": types, "label": label}
        if behalf:
            self._agents[iri]["actedOnBehalfOf"] = behalf
        return iri

    def _node(self, link: Link) -> Node:
        return self._trail.nodes[link.target]

    def _target(self, link: Link) -> str:
        return self._iri(self._node(link))


def _facts(node: Node) -> dict[str, Any]:
    facts: dict[str, Any] = {"label": node.text} if node.text else {}
    if node.entry:
        return facts | {"index": node.entry.ref.index}
    if node.kind == "clause":
        facts["clause"] = node.text
    if isinstance(node.value, Finding):
        facts |= {"check": node.value.check, "status": str(node.value.status)}
    if isinstance(node.value, Metric):
        shares = {"share": node.value.value, "low": node.value.low, "high": node.value.high, "n": node.value.n}
        facts |= {name: value for name, value in shares.items() if value is not None}
    return facts | ({"sha256": node.sha256} if node.sha256 else {})


def _activity(iri: str) -> str:
    return f"{iri}#activity"


def _term(kind: str) -> str:
    """Return a kind as the name of a class: ImportedResult for imported-result."""
    return "".join(part[:1].upper() + part[1:] for part in kind.split("-"))
