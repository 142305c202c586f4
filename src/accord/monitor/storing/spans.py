"""Spans as rows: every convention's names become the columns of RECEIVED, and people's names become salted keys."""

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accord.monitor.storing.messages import Text, read_texts, write
from accord.monitor.storing.names import Names

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_LAST_NANO = 1 << 63  # in the year 2262
_MOST_TOKENS = 1 << 62
_AHEAD = 300  # seconds that a sender's clock may be before ours
_LATE = 86_400
_FAILED = 2
_REMEMBERED = 1 << 14
"""How many names of attributes, and how many keys of people, are remembered."""
_ORDER = {place: rank for rank, place in enumerate(("instructions", "input", "output", "arguments", "result", "other"))}
_SIDES = {"input": {"instructions", "input", "arguments"}, "output": {"output", "result"}}
_TOOL_SIDES = {"input": "arguments", "output": "result"}


@dataclass(slots=True)
class Row:
    """A span as a row; every string in it is still as it was sent, but for the two salted keys."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    received: datetime
    started: int | None
    duration: int | None
    name: str
    words: dict[str, str] = field(default_factory=dict)
    account: str | None = None
    conversation: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish: list[str] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SpanReader:
    """Reads spans as rows, by the names of the conventions and what an operator keeps."""

    names: Names
    salt: bytes
    keep: frozenset[str] = frozenset()
    """Attributes beyond those of the conventions that are kept."""
    counts: Counter[str] = field(default_factory=Counter)
    """What was left out or not as expected, by name."""
    _keys: dict[str, str] = field(default_factory=dict)
    _uses: dict[str, "_Use"] = field(default_factory=dict)

    def rows(self, received: datetime, request: "ExportTraceServiceRequest") -> Iterator[Row]:
        """Yield a row for each span of the GenAI conventions; the others are counted alone."""
        at = received.timestamp()
        for resource_spans in request.resource_spans:
            resource = {pair.key: plain(pair.value) for pair in resource_spans.resource.attributes}
            about = _About(
                self._people(resource),
                {"service": write(service)} if (service := resource.get("service.name")) else {},
                {name: write(resource[name]) for name in self.keep & resource.keys()},
            )
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    found = _Found(self.names, self.keep, self._uses)
                    found.read(span)
                    if found.known:
                        yield self._row(received, at, about, span, found)
                    else:
                        self.counts["other"] += 1

    def _people(self, resource: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return whose the spans of a resource are, where they do not say it themselves."""
        known = sorted(resource.keys() & self.names.columns.keys(), key=self.names.columns.__getitem__, reverse=True)
        named = (
            (self.names.columns[name][0], resource[name]) for name in known
        )  # the best name comes last, and counts
        return {column: value for column, value in named if column in {"account", "conversation"}}

    def _row(self, received: datetime, at: float, about: "_About", span: "Span", found: "_Found") -> Row:
        started, duration = self._times(at, span)
        row = Row(span.trace_id, span.span_id, span.parent_span_id or None, received, started, duration, span.name)
        values = {**about.people, **{column: value for column, (_, value) in found.columns.items()}}
        row.account = self._salted("account", values.pop("account", None))
        row.conversation = self._salted("conversation", values.pop("conversation", None))
        row.input_tokens = self._tokens(values.pop("input_tokens", None))
        row.output_tokens = self._tokens(values.pop("output_tokens", None))
        if "finish" in values or found.finish:
            row.finish = [*_strings(values.pop("finish", None)), *found.finish]
        row.words = words = {column: write(value) for column, value in values.items() if value not in (None, "")}
        if operation := words.get("operation"):
            words["operation"] = self.names.operations.get(operation, operation)
        if span.status.code == _FAILED:
            words.setdefault("error", "_OTHER")
        words.update(about.words)
        row.texts = found.all_texts(tool=words.get("operation") == "execute_tool")
        if about.attributes or found.attributes:
            row.attributes = {**about.attributes, **{name: write(value) for name, value in found.attributes.items()}}
        if found.dropped:
            self.counts["dropped"] += found.dropped
        return row

    def _times(self, at: float, span: "Span") -> tuple[int | None, int | None]:
        start, end = span.start_time_unix_nano, span.end_time_unix_nano
        if not 0 < start < _LAST_NANO or not start <= end < _LAST_NANO:
            self.counts["untimed"] += 1
            return (start // 1000 if 0 < start < _LAST_NANO else None), None
        lead = end / 1e9 - at
        if lead > _AHEAD:
            self.counts["ahead"] += 1
        elif lead < -_LATE:
            self.counts["late"] += 1
        return start // 1000, (end - start) // 1000

    def _salted(self, column: str, value: object) -> str | None:
        if value in (None, ""):
            return None
        name = f"{column}\0{value}"
        if name not in self._keys:
            if len(self._keys) >= _REMEMBERED:
                self._keys.clear()
            self._keys[name] = hmac.digest(self.salt, name.encode("utf-8", "replace"), "sha256")[:16].hex()
        return self._keys[name]

    def _tokens(self, value: object) -> int | None:
        if value is None:
            return None
        try:
            number = int(value)  # type: ignore[call-overload]  # whatever was sent, or ValueError
        except (ValueError, TypeError, OverflowError):
            number = -1
        if not 0 <= number < _MOST_TOKENS:
            self.counts["unreadable"] += 1
            return None
        return int(number)


@dataclass(frozen=True)
class _About:
    """What a resource says of each of its spans."""

    people: Mapping[str, Any]
    words: Mapping[str, str]
    attributes: Mapping[str, str]


_Use = tuple[str, Any, bool]
"""What an attribute of one name is used for, with what is known of it, and whether it is one of the conventions'."""


@dataclass(slots=True)
class _Found:
    """What the attributes and the events of one span say."""

    names: Names
    keep: frozenset[str]
    uses: dict[str, _Use]
    """What was found out about names, which are few."""
    known: bool = False
    dropped: int = 0
    columns: dict[str, tuple[int, Any]] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    fallbacks: dict[str, Any] = field(default_factory=dict)
    spread: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    finish: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)

    def read(self, span: "Span") -> None:
        self._attributes(span.attributes)
        for event in span.events:
            self._event(event.name, event.attributes)
        for prefix, messages in self.spread.items():
            for _, pieces in sorted(messages.items()):
                message = _assemble(pieces)
                if isinstance(message, dict):
                    self.finish += _strings(message.pop("finish_reason", None))
                self.texts += read_texts(message, self.names.prefixes[prefix], self.names)

    def _attributes(self, pairs: Iterable["KeyValue"]) -> None:
        for pair in pairs:
            name, value = pair.key, pair.value
            what, about, known = self.uses.get(name) or self._learn(name)
            if what == "column":
                column, rank = about
                if column not in self.columns or rank < self.columns[column][0]:
                    self.columns[column] = (rank, plain(value))
            elif what == "text":
                self.texts += read_texts(plain(value), about, self.names)
            elif what == "fallback":
                self.fallbacks[name] = plain(value)
            elif what == "piece":
                prefix, number, rest = about
                self.spread.setdefault(prefix, {}).setdefault(number, {})[rest] = plain(value)
            elif what == "kept":
                self.attributes[name] = plain(value)
            else:
                self.dropped += 1
            if known:
                self.known = True

    def _learn(self, name: str) -> _Use:
        """Return what an attribute is used for, and remember it: senders choose names, so not without end."""
        if len(self.uses) >= _REMEMBERED:
            self.uses.clear()
        self.uses[name] = use = (*self._use(name), name.startswith(self.names.conventions))
        return use

    def _use(self, name: str) -> tuple[str, Any]:
        names = self.names
        if column := names.columns.get(name):
            return "column", column
        if kind := names.texts.get(name):
            return "text", kind
        if name in names.fallbacks:
            return "fallback", None
        if piece := names.spread(name):
            return "piece", piece
        return ("kept" if name in self.keep or names.kept(name) else "dropped"), None

    def _event(self, name: str, attributes: Sequence["KeyValue"]) -> None:
        known = [pair for pair in attributes if pair.key in self.names.texts or pair.key in self.names.columns]
        self._attributes(known)
        if kind := self.names.events.get(name):
            self.known = True
            if not any(pair.key in self.names.texts for pair in known):
                said = {pair.key: plain(pair.value) for pair in attributes}
                self.finish += _strings(said.pop("finish_reason", None))
                said = {key: value for key, value in said.items() if not key.startswith("gen_ai.")}
                self.texts += read_texts(said, kind, self.names)

    def all_texts(self, *, tool: bool) -> list[Text]:
        """Return the texts in order; those of fallbacks stand where nothing else was found on their side."""
        if not self.fallbacks and len(self.texts) <= 1:
            return self.texts
        texts = list(self.texts)
        for name, value in self.fallbacks.items():
            side, role = self.names.fallbacks[name]
            if not any(place in _SIDES[side] for place, _, _ in self.texts):
                kind = (_TOOL_SIDES[side], "assistant" if side == "input" else "tool") if tool else (side, role)
                texts += read_texts(value, kind, self.names)
        texts.sort(key=_rank)
        return texts


def _rank(text: Text) -> int:
    return _ORDER[text[0]]


def plain(value: "AnyValue") -> Any:  # noqa: ANN401 - whatever the message holds
    """Return a value of an attribute as Python has it; bytes are left out."""
    if text := value.string_value:  # asked first: nearly all are
        return text
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return ""
    if kind == "array_value":
        return [plain(held) for held in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: plain(pair.value) for pair in value.kvlist_value.values}
    return None if kind in {None, "bytes_value"} else getattr(value, kind)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.strip('[]" ').replace('"', "").split(",") if value.startswith("[") else [value]
    return [write(held).strip() for held in value] if isinstance(value, list) else []


def _assemble(pieces: Mapping[str, Any]) -> object:
    """Put a message together that was spread over attributes, such as message.contents.0.message_content.text."""
    if set(pieces) == {""}:
        return pieces[""]
    message: dict[str, Any] = {}
    for name, value in sorted(pieces.items()):
        place = message
        *path, last = [part for part in name.split(".") if part not in {"message", "message_content"}] or ["content"]
        for part in path:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else place
        place[last] = value
    return _number(message)


def _number(value: object) -> object:
    """Turn mappings whose keys are numbers into lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_number(value[key]) for key in sorted(value, key=int)]
    return {key: _number(inner) for key, inner in value.items()}
