"""Patterns of misuse: each a pure function from texts and findings to what has to be looked at, by reference alone."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from accord.evidence import Place, wilson
from accord.evidence.monitoring import Cause
from accord.monitor.near import cluster

Key = tuple[str, int, int]
"""Where a text lies: source, row and part."""

_BATCH = 10_000
_PERIODS = (1, 2, 3)
"""How many different steps a loop may have."""


class Said(NamedTuple):
    """One text, with what it belongs to."""

    key: Key
    role: str | None
    time: datetime | None
    account: str | None
    conversation: str
    text: str

    @property
    def unit(self) -> str:
        """Whose it is: the account, or the conversation where that is not known."""
        return f"account={self.account}" if self.account is not None else f"conversation={self.conversation}"


@dataclass(frozen=True)
class Pattern:
    """Texts that show a pattern, and what had to be passed for it to be one."""

    cause: Cause
    said: Sequence[Said]
    series: str | None = None
    thresholds: dict[str, float] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[Key]:
        """Where its texts lie."""
        return frozenset(one.key for one in self.said)

    @property
    def accounts(self) -> int:
        """How many accounts took part, as far as they are known."""
        return len({one.account for one in self.said} - {None})

    @property
    def conversations(self) -> int:
        """In how many conversations."""
        return len({one.conversation for one in self.said})

    @property
    def times(self) -> tuple[datetime, datetime] | None:
        """When the first and the last of its texts was said, where any of them says so."""
        times = [one.time for one in self.said if one.time is not None]
        return (min(times), max(times)) if times else None

    def places(self, most: int) -> tuple[Place, ...]:
        """Return the references of the first of its texts, at most so many."""
        held = sorted(self.said, key=_in_order)[:most]
        return tuple(Place(source=one.key[0], row=one.key[1], part=one.key[2], series=self.series) for one in held)


def campaigns(
    texts: pa.Table, findings: pa.Table, *, jailbreaks: Collection[str], similarity: float, accounts: int, others: int
) -> Iterator[Pattern]:
    """Yield what many accounts say nearly alike, among texts of users in which something was found.

    It is a campaign where the finding is one of the `jailbreaks` and at least `accounts` took part, and a cluster of
    near-same abuse where it is another and at least `others` did.
    """
    series = _series_of(findings)
    said = [one for one in read_said(texts, series) if one.role in {"user", None}]
    for group in cluster([one.text for one in said], similarity):
        members = [said[position] for position in group]
        units = len({one.unit for one in members})
        counted = Counter(name for one in members for name in series[one.key])
        name = min(counted, key=lambda name: (-counted[name], name))
        cause: Cause = "campaign" if name in jailbreaks else "cluster"
        least = accounts if cause == "campaign" else others
        if units >= least:
            yield Pattern(cause, members, name, {"similarity": similarity, "accounts": least})


def loops(texts: pa.Table, *, repeats: int) -> Iterator[Pattern]:
    """Yield the conversations in which an agent repeats itself: up to three steps, at least `repeats` times in a row.

    Looked at are conversations with texts of tools. What the assistant says has to repeat itself, and what tools answer
    then belongs to it: many different calls may well be answered alike.
    """
    found = list[Said]()
    for conversation in _conversations(texts):
        if sum(one.role == "assistant" for one in conversation) >= repeats:
            calls = {one.key for one in _repeated([o for o in conversation if o.role == "assistant"], repeats)}
            repeating = False
            for one in conversation:
                repeating = one.key in calls if one.role == "assistant" else repeating
                found.extend([one] if repeating else [])
    if found:
        yield Pattern("loop", found, None, {"repeats": repeats})


def refusals(
    texts: pa.Table, findings: pa.Table, *, series: Collection[str], share: float, answers: int
) -> Iterator[Pattern]:
    """Yield the accounts that are refused again and again: they look for what the system will not do.

    Of at least `answers` answers, the lower bound of the share that is refused is at least `share`.
    """
    refused = {key for key, names in _series_of(findings).items() if not names.isdisjoint(series)}
    answered = texts.filter(pc.equal(texts["role"], "assistant"))
    own = defaultdict[str, list[Said]](list)
    for one in read_said(answered, refused):
        own[one.unit].append(one)
    rows = answered.select(["source", "row", "part"]).append_column("unit", _units(answered))
    given = (
        rows.group_by(["source", "row", "part", "unit"]).aggregate([]).group_by("unit").aggregate([([], "count_all")])
    )
    counts = dict(zip(given["unit"].to_pylist(), given["count_all"].to_pylist(), strict=True))
    found = [
        one
        for unit, said in own.items()
        if counts[unit] >= answers and wilson(len(said), counts[unit])[0] >= share
        for one in said
    ]
    if found:
        yield Pattern("refusals", found, None, {"share": share, "answers": answers})


def tools(texts: pa.Table, findings: pa.Table, *, marked: int, calls: int) -> Iterator[Pattern]:
    """Yield what speaks of tools being abused.

    Accounts with at least `marked` texts of tools in which something was found, and conversations in which tools
    answered at least `calls` times within one hour.
    """
    series = _series_of(findings)
    by_unit, by_hour = defaultdict[str, list[Said]](list), defaultdict[tuple[str, object], list[Said]](list)
    for one in read_said(texts.filter(pc.equal(texts["role"], "tool"))):
        if one.key in series:
            by_unit[one.unit].append(one)
        if one.time is not None:
            by_hour[one.conversation, one.time.replace(minute=0, second=0, microsecond=0)].append(one)
    found = {one.key: one for held in by_unit.values() if len(held) >= marked for one in held}
    found |= {one.key: one for held in by_hour.values() if len(held) >= calls for one in held}
    if found:
        yield Pattern("tools", list(found.values()), None, {"marked": marked, "calls": calls})


def read_said(texts: pa.Table, keys: Collection[Key] | None = None) -> Iterator[Said]:
    """Yield the texts of a table, of the schema TEXTS, each once; those of some keys alone where these are given."""
    seen = set[Key]()
    for batch in texts.to_batches(max_chunksize=_BATCH):
        places = list(zip(*(batch[name].to_pylist() for name in ("source", "row", "part")), strict=True))
        wanted = [n for n, key in enumerate(places) if keys is None or key in keys]
        held = batch.take(pa.array(wanted, pa.int64()))
        rows = zip(
            *(held[name].to_pylist() for name in ("role", "time", "account", "conversation", "text")), strict=True
        )
        for index, (role, time, account, conversation, text) in zip(wanted, rows, strict=True):
            key = places[index]
            if key not in seen:
                seen.add(key)
                own = f"{key[0]}#{key[1]}" if conversation is None else conversation
                yield Said(key, role, time, account, own, text)


def _talks(texts: pa.Table) -> pa.ChunkedArray:
    """Return the conversation of each text, as `Said` names it."""
    rows = pc.binary_join_element_wise(texts["source"].cast(pa.string()), texts["row"].cast(pa.string()), "#")
    return pc.coalesce(texts["conversation"], rows)


def _units(texts: pa.Table) -> pa.ChunkedArray:
    """Return whose each text is, as `Said` names it."""
    accounts = pc.binary_join_element_wise(pa.scalar("account"), texts["account"], "=")
    return pc.coalesce(accounts, pc.binary_join_element_wise(pa.scalar("conversation"), _talks(texts), "="))


def _series_of(findings: pa.Table) -> dict[Key, set[str]]:
    held = defaultdict[Key, set[str]](set)
    for batch in findings.to_batches():
        columns = (batch[name].to_pylist() for name in ("source", "row", "part", "detector", "label"))
        for source, row, part, detector, label in zip(*columns, strict=True):
            held[source, row, part].add(f"{detector}:{label}")
    return dict(held)


def _conversations(texts: pa.Table) -> Iterable[list[Said]]:
    """Return what assistant and tools say in each conversation in which a tool says something, in order."""
    held = defaultdict[str, list[Said]](list)
    spoken = texts.filter(pc.is_in(texts["role"], pa.array(["assistant", "tool"])))
    talks = _talks(spoken)
    with_tools = pc.unique(talks.filter(pc.equal(spoken["role"], "tool")))
    for one in read_said(spoken.filter(pc.is_in(talks, with_tools))):
        held[one.conversation].append(one)
    return [sorted(own, key=_in_order) for own in held.values()]


def _in_order(one: Said) -> tuple[bool, object, Key]:
    return (one.time is None, one.time or 0, one.key)


def _repeated(said: Sequence[Said], repeats: int) -> list[Said]:
    """Return what belongs to a cycle of one to three steps that is gone through often enough."""
    marked = [False] * len(said)
    for period in _PERIODS:
        run = 0
        for position in range(period, len(said)):
            run = run + 1 if said[position].text == said[position - period].text else 0
            if run >= period * (repeats - 1):
                start = position - run - period + 1
                marked[start : position + 1] = [True] * (position + 1 - start)
    return [one for one, mark in zip(said, marked, strict=True) if mark]
