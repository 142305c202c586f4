"""A sender of traces: spans of the GenAI conventions, and the HTTP that carries them."""

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span

TOKEN = "a-token-of-the-tests"  # noqa: S105 - it opens nothing
PROTOBUF = "application/x-protobuf"


def any_value(value: Any) -> AnyValue:  # noqa: ANN401 - whatever an attribute can be
    """Return a value of an attribute."""
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=map(any_value, value)))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=pairs(value)))
    return AnyValue(string_value=value)


def pairs(values: Mapping[str, Any]) -> list[KeyValue]:
    """Return attributes."""
    return [KeyValue(key=name, value=any_value(value)) for name, value in values.items()]


def make_span(number: int, attributes: Mapping[str, Any], **fields: Any) -> Span:  # noqa: ANN401 - fields of a span
    """Return a span whose ids follow from a number."""
    ids = {"trace_id": (number + 1).to_bytes(16, "big"), "span_id": (number + 1).to_bytes(8, "big")}
    return Span(**{**ids, "name": "chat", "attributes": pairs(attributes), **fields})


def chat(number: int, said: str = "Hello?", answered: str = "Hello!", **more: object) -> Span:
    """Return a span of a chat by the conventions since 1.37."""
    messages = {
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": said}]}],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": answered}]}],
    }
    texts = {name: json.dumps(held) for name, held in messages.items()}
    return make_span(number, {"gen_ai.operation.name": "chat", **texts, **more})


def request(spans: Iterable[Span], **resource: object) -> ExportTraceServiceRequest:
    """Return a request of one resource."""
    made = ExportTraceServiceRequest()
    held = made.resource_spans.add()
    held.resource.attributes.extend(pairs({"service.name": "tests", **resource}))
    held.scope_spans.add().spans.extend(spans)
    return made


def body(*spans: Span) -> bytes:
    """Return the body of a request in protobuf."""
    return bytes(request(spans).SerializeToString())


@dataclass
class Reply:
    """What was answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Client:
    """A sender with one connection."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def post(self, data: bytes, path: str = "/v1/traces", token: str = TOKEN, **headers: str) -> Reply:
        """Send a body; the names of headers are written with underscores."""
        given = {"Content-Type": PROTOBUF, "Authorization": f"Bearer {token}"}
        given |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        self.connection.request("POST", path, data, given)
        return self._reply()

    def get(self, path: str, token: str = TOKEN) -> Reply:
        """Ask for a page."""
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        return self._reply()

    def _reply(self) -> Reply:
        answer = self.connection.getresponse()
        return Reply(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
