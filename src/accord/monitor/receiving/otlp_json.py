"""OTLP's JSON as its protobuf message: ids in hexadecimal, whole numbers also as text, names in lowerCamelCase.

Only what is kept of a span is read; unknown names are ignored, as the protocol asks.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

_DEEPEST = 64
_CODES = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}


def parse_json(data: bytes) -> ExportTraceServiceRequest:
    """Return the message that JSON stands for; ValueError says what is wrong with it."""
    try:
        value = json.loads(data)
    except RecursionError as error:
        raise ValueError("It is nested too deep.") from error
    request = ExportTraceServiceRequest()
    for resource in _list(value, "resourceSpans"):
        resource_spans = request.resource_spans.add()
        resource_spans.resource.attributes.extend(_attributes(resource.get("resource") or {}))
        for scope in _list(resource, "scopeSpans"):
            resource_spans.scope_spans.add().spans.extend(_span(span) for span in _list(scope, "spans"))
    return request


def _span(value: Mapping[str, Any]) -> Span:
    span = Span(
        trace_id=_id(value, "traceId"),
        span_id=_id(value, "spanId"),
        parent_span_id=_id(value, "parentSpanId"),
        name=_typed(value, "name", str, ""),
        start_time_unix_nano=_int(value.get("startTimeUnixNano", 0)),
        end_time_unix_nano=_int(value.get("endTimeUnixNano", 0)),
        attributes=_attributes(value),
    )
    for event in _list(value, "events"):
        span.events.add(name=_typed(event, "name", str, ""), attributes=_attributes(event))
    if status := value.get("status"):
        code = _object(status).get("code", 0)
        span.status.code = Status.StatusCode.ValueType(_CODES[code] if isinstance(code, str) else _int(code))
    return span


def _attributes(value: object) -> Iterator[KeyValue]:
    for pair in _list(value, "attributes"):
        yield KeyValue(key=_typed(pair, "key", str, ""), value=_any(pair.get("value"), 0))


def _any(value: object, depth: int) -> AnyValue:
    if depth > _DEEPEST:
        raise ValueError("It is nested too deep.")
    for name, held in _object(value or {}).items():
        if held is not None and name in _KINDS:
            return _KINDS[name](held, depth)
    return AnyValue()


def _array(value: object, depth: int) -> AnyValue:
    return AnyValue(array_value=ArrayValue(values=[_any(held, depth + 1) for held in _list(value, "values")]))


def _pairs(value: object, depth: int) -> AnyValue:
    pairs = [
        KeyValue(key=_typed(pair, "key", str, ""), value=_any(pair.get("value"), depth + 1))
        for pair in _list(value, "values")
    ]
    return AnyValue(kvlist_value=KeyValueList(values=pairs))


def _double(value: object) -> AnyValue:
    return AnyValue(double_value=float(value))  # type: ignore[arg-type]  # "NaN" too; what is no number raises


_KINDS: Mapping[str, Callable[[Any, int], AnyValue]] = {
    "stringValue": lambda value, _: AnyValue(string_value=_is(value, str)),
    "boolValue": lambda value, _: AnyValue(bool_value=_is(value, bool)),
    "intValue": lambda value, _: AnyValue(int_value=_int(value)),
    "doubleValue": lambda value, _: _double(value),
    "bytesValue": lambda value, _: AnyValue(bytes_value=base64.b64decode(_is(value, str))),
    "arrayValue": _array,
    "kvlistValue": _pairs,
}


def _id(value: Mapping[str, Any], name: str) -> bytes:
    return bytes.fromhex(_typed(value, name, str, ""))


def _int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"Expected a whole number, found {type(value).__name__}.")
    return int(value)


def _list(value: object, name: str) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = _typed(_object(value), name, list, [])
    if not all(isinstance(one, dict) for one in held):
        raise TypeError(f"Expected objects in {name}.")
    return held


def _object(value: object) -> dict[str, Any]:
    held: dict[str, Any] = _is(value, dict)
    return held


def _typed(value: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:  # noqa: ANN401 - of that kind
    held = value.get(name)
    return default if held is None else _is(held, kind)


def _is(value: object, kind: type) -> Any:  # noqa: ANN401 - of that kind
    if not isinstance(value, kind):
        raise TypeError(f"Expected {kind.__name__}, found {type(value).__name__}.")
    return value
