"""OTLP in JSON means what the same in protobuf means: checked against Google's own JSON of random messages."""

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from receiver_client import any_value, pairs, request

from accord.monitor.receiving.otlp_json import parse_json

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = st.recursive(
    st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False)
    | st.just(float("nan"))
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_ATTRIBUTES = st.dictionaries(_TEXTS, _VALUES, max_size=4)
_NANOS = st.integers(0, (1 << 64) - 1)
_SPANS = st.builds(
    lambda trace, span, parent, name, start, end, attributes, events, code: Span(
        trace_id=trace,
        span_id=span,
        parent_span_id=parent,
        name=name,
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        attributes=pairs(attributes),
        events=[Span.Event(name=event, attributes=pairs(held)) for event, held in events],
        status=Status(code=code) if code else None,
    ),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=8, max_size=8),
    st.sampled_from([b"", b"12345678"]),
    _TEXTS,
    _NANOS,
    _NANOS,
    _ATTRIBUTES,
    st.lists(st.tuples(_TEXTS, _ATTRIBUTES), max_size=2),
    st.integers(0, 2),
)


def _otlp(message: ExportTraceServiceRequest) -> Any:  # noqa: ANN401 - JSON
    """Return a message in the JSON of OTLP: Google's, but for ids in hexadecimal."""
    held = MessageToDict(message)
    for resource in held.get("resourceSpans", []):
        for span in resource["scopeSpans"][0].get("spans", []):
            for name in ("traceId", "spanId", "parentSpanId"):
                if name in span:
                    span[name] = base64.b64decode(span[name]).hex()
    return held


@given(st.lists(_SPANS, max_size=3), _ATTRIBUTES)
def test_json_and_protobuf_mean_the_same(spans: list[Span], resource: dict[str, Any]) -> None:
    message = request(spans)
    message.resource_spans[0].resource.attributes.extend(pairs(resource))
    parsed = parse_json(json.dumps(_otlp(message)).encode())
    assert message.SerializeToString(deterministic=True) == parsed.SerializeToString(deterministic=True)


def test_names_of_codes_and_unknown_names_are_understood() -> None:
    span = {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "status": {"code": "STATUS_CODE_ERROR"}, "new": [1]}
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span], "scope": {"name": "x"}}], "later": 1}]})
    (parsed,) = parse_json(text.encode()).resource_spans[0].scope_spans[0].spans
    assert 2 == parsed.status.code


def test_bytes_come_as_base64() -> None:
    value = {"key": "k", "value": {"bytesValue": "AAEC"}}
    text = json.dumps({"resourceSpans": [{"resource": {"attributes": [value]}}]})
    (pair,) = parse_json(text.encode()).resource_spans[0].resource.attributes
    assert b"\x00\x01\x02" == pair.value.bytes_value
    assert any_value("x") != pair.value
