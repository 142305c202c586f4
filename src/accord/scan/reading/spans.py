"""Texts in spans: OpenTelemetry's JSON, and rows in which spans are exported (Phoenix, our own receiver)."""

from collections.abc import Iterator, Mapping
from typing import Any

from accord.scan.reading.batches import Said
from accord.scan.reading.messages import find_texts, parse_text
from accord.scan.reading.moments import as_moment
from accord.scan.reading.names import COARSE, EVENT_ROLES, INDEXED, NAMES, Meaning

_PREFIX = "attributes."
_STARTS = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "timeUnixNano", "time_unix_nano",
           "observedTimeUnixNano", "time")  # fmt: skip


def find_spans(row: Mapping[str, Any]) -> Iterator[Said]:
    """Yield the texts of a row that is OpenTelemetry's JSON, or one span."""
    whole = False
    for outer, inner, held in (
        ("resourceSpans", "scopeSpans", "spans"),
        ("resource_spans", "scope_spans", "spans"),
        ("resourceLogs", "scopeLogs", "logRecords"),
    ):
        for resource in _tables(row.get(outer)):
            whole = True
            for scope in _tables(resource.get(inner)):
                for span in _tables(scope.get(held)):
                    yield from _find_in_span(span)
    if not whole:
        yield from _find_in_span(row)


def _find_in_span(span: Mapping[str, Any]) -> Iterator[Said]:
    attributes = read_attributes(span)
    known = {
        "time": next((as_moment(span[n]) for n in _STARTS if span.get(n)), None),
        "account": _first(attributes, "account"),
        "conversation": _first(attributes, "conversation") or _trace(span),
        "model": _first(attributes, "model"),
    }
    body = span.get("body")
    if body is not None:
        attributes = attributes | _as_table(_value(body) if isinstance(body, dict) else parse_text(body))
    named = span.get("eventName") or attributes.get("event.name")
    yield from _find_named(attributes, known, EVENT_ROLES.get(str(named)))
    for event in _tables(parse_text(span.get("events"))):
        yield from _find_named(read_attributes(event), known, EVENT_ROLES.get(str(event.get("name"))))


def _find_named(attributes: Mapping[str, Any], known: Mapping[str, Any], speaker: str | None) -> Iterator[Said]:
    left_out = {coarse for coarse, fine in COARSE if fine in attributes}
    for name, means, role, *_ in NAMES:
        bare = name in {"content", "message"}  # words so common that they are read in messages alone
        if means == "texts" and name in attributes and name not in left_out and (speaker or not bare):
            for who, text in find_texts(parse_text(attributes[name]), speaker or role):
                yield Said(text, who, **known)


def read_attributes(span: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span's attributes by full name, however they were written: as pairs, as a tree, or as columns."""
    held = parse_text(span.get("attributes"))
    found: dict[str, Any] = {}
    if isinstance(held, list):
        for pair in held:
            key, value = _pair(pair)
            found[key] = value
    elif isinstance(held, Mapping):
        _flatten(held, "", found)
    for name, value in span.items():
        if name.startswith(_PREFIX) and value is not None:
            _flatten({name.removeprefix(_PREFIX): value}, "", found)
    for prefix in INDEXED:
        parts = {n.removeprefix(f"{prefix}."): value for n, value in found.items() if n.startswith(f"{prefix}.")}
        if parts and prefix not in found:
            found[prefix] = _nested(parts)
    return found


def _pair(pair: Any) -> tuple[str, Any]:  # noqa: ANN401 - JSON
    if isinstance(pair, Mapping):
        return str(pair.get("key", "")), _value(pair.get("value"))
    if isinstance(pair, list | tuple) and len(pair) == 2:  # noqa: PLR2004 - an entry of an Arrow map
        return str(pair[0]), pair[1]
    return "", None


def _value(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return an AnyValue of OpenTelemetry as plain JSON."""
    if not isinstance(value, Mapping):
        return value
    for kind in ("stringValue", "intValue", "boolValue", "doubleValue", "string_value", "int_value"):
        if kind in value:
            return value[kind]
    if isinstance(inner := value.get("arrayValue"), Mapping):
        return [_value(item) for item in inner.get("values") or ()]
    if isinstance(inner := value.get("kvlistValue"), Mapping):
        return dict(_pair(pair) for pair in inner.get("values") or ())
    return value


def _flatten(tree: Mapping[str, Any], prefix: str, found: dict[str, Any]) -> None:
    """Name the leaves of a tree by their path; a list is a leaf, and so is what has a known name."""
    for name, value in tree.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and path not in _LEAVES and path.count(".") < _DEEPEST:
            _flatten(value, f"{path}.", found)
        elif value is not None:
            found[path] = value


_LEAVES = frozenset(name.name for name in NAMES)
_DEEPEST = 12
_DIGITS = 10  # a number of more is no place in a list


def _nested(flat: Mapping[str, Any], deep: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Return what was flattened as the tree that it was: names that are all numbers make a list."""
    heads: dict[str, dict[str, Any]] = {}
    for name, value in flat.items():
        head, _, rest = name.partition(".") if deep < _DEEPEST else (name, "", "")
        heads.setdefault(head, {})[rest] = value
    tree = {
        head: inner[""] if set(inner) == {""} else _nested({k: v for k, v in inner.items() if k}, deep + 1)
        for head, inner in heads.items()
    }
    if tree and all(head.isdecimal() and len(head) < _DIGITS for head in tree):
        return [tree[head] for head in sorted(tree, key=int)]
    return tree


def _first(attributes: Mapping[str, Any], means: Meaning) -> str | None:
    return next((str(attributes[n.name]) for n in NAMES if n.means == means and attributes.get(n.name)), None)


def _trace(span: Mapping[str, Any]) -> str | None:
    context = span.get("context")
    held = context.get("trace_id") if isinstance(context, Mapping) else None
    found = held or span.get("traceId") or span.get("trace_id") or span.get("context.trace_id")
    return str(found) if isinstance(found, str) else None


def _tables(value: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - JSON
    yield from (item for item in value if isinstance(item, Mapping)) if isinstance(value, list | tuple) else ()


def _as_table(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return dict(value) if isinstance(value, Mapping) else {"content": value}
