"""A trail as a graph: what there is, and what rests on what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accord.evidence import Entry, Model
from accord.manifest import Dataset


@dataclass(frozen=True)
class Node:
    """Something of a trail. `id` is its kind and what tells it apart from others of its kind."""

    id: str
    kind: str
    """`record`, `artifact`, `model`, `suite`, `judge`, `dataset`, `metric`, `finding`, `clause` or `file`."""
    text: str
    """What it is, in a line; what it quotes is hostile. Empty where the record says it."""
    sha256: str = ""
    """Its digest, where it has one."""
    entry: Entry[Any] | None = None
    """The record that it is."""
    value: Model | Dataset | None = None
    """The metric, the finding or the dataset that it is."""


@dataclass(frozen=True)
class Link:
    """A node rests on another one, in a word or two: how."""

    source: str
    target: str
    how: str


@dataclass(frozen=True)
class Trail:
    """What is known of one release; `nodes` by their ids, in the order of the log."""

    release: str
    nodes: Mapping[str, Node]
    links: tuple[Link, ...]

    @cached_property
    def _outward(self) -> Mapping[str, list[Link]]:
        return _group(self.links, "source")

    @cached_property
    def _inward(self) -> Mapping[str, list[Link]]:
        return _group(self.links, "target")

    def rests_on(self, name: str) -> tuple[Link, ...]:
        """Return the links from a node to what it rests on."""
        return tuple(self._outward.get(name, ()))

    def carries(self, name: str) -> tuple[Link, ...]:
        """Return the links to a node from what rests on it."""
        return tuple(self._inward.get(name, ()))

    def back(self, names: Iterable[str]) -> "Trail":
        """Return the part of the trail on which these nodes rest, they included, down to the first of it."""
        seen, waiting = dict[str, None](), list(names)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen[name] = None
                waiting += [link.target for link in self.rests_on(name)]
        nodes = {name: node for name, node in self.nodes.items() if name in seen}
        return Trail(self.release, nodes, tuple(link for link in self.links if link.source in seen))

    def of(self, kind: str) -> tuple[Node, ...]:
        """Return the nodes of a kind, or the records of one, such as `evaluation`."""
        return tuple(n for n in self.nodes.values() if kind in {n.kind, n.entry.record.signed_as if n.entry else ""})


def _group(links: Iterable[Link], end: str) -> Mapping[str, list[Link]]:
    groups: dict[str, list[Link]] = {}
    for link in links:
        groups.setdefault(getattr(link, end), []).append(link)
    return groups
