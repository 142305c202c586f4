"""A request's body as the message that is spooled: unpacked within bounds, parsed, and without what is no span."""

import zlib
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from accord.errors import MonitorError
from accord.monitor.receiving.otlp_json import parse_json
from accord.monitor.receiving.outline import count_parts

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
LARGEST_JSON = 4 << 20
"""Bytes of JSON in one request: it takes fifty times as long to read as protobuf, and the others wait."""
MOST_SPANS = 65_536
"""Spans in one request, with the resources and scopes that they are in."""

_GZIP = 31  # zlib's window, and the header of gzip
_TRACE_ID = 16
_SPAN_ID = 8


class TooLargeError(MonitorError):
    """A body is larger than may be sent, or becomes so when it is unpacked."""


@dataclass(frozen=True)
class Batch:
    """The spans of one request."""

    data: bytes
    """The protobuf message, without the spans that were rejected."""
    spans: int
    """How many spans it has."""
    rejected: int
    """How many were left out because they have no valid ids."""


def read_batch(body: bytes, kind: str, encoding: str, largest: int) -> Batch:
    """Return the spans of a body; MonitorError says why it is none, TooLargeError that it has too many bytes."""
    data = _unpack(body, largest) if encoding == "gzip" else body
    if kind == JSON:
        request, data = _parse_json(data), b""
    else:
        try:
            if count_parts(data, MOST_SPANS) > MOST_SPANS:
                raise TooLargeError(f"The body has more than {MOST_SPANS} spans.")
            request = ExportTraceServiceRequest.FromString(data)
        except DecodeError as error:
            raise MonitorError("The body is no ExportTraceServiceRequest.", found=str(error)) from error
    spans, rejected = _reject(request)
    return Batch(request.SerializeToString() if rejected or not data else data, spans, rejected)


def _parse_json(data: bytes) -> ExportTraceServiceRequest:
    if len(data) > LARGEST_JSON:
        raise TooLargeError(f"JSON is over {LARGEST_JSON} bytes.", fix="send smaller batches, or protobuf")
    try:
        return parse_json(data)
    except (ValueError, TypeError, KeyError) as error:
        raise MonitorError("The body is no ExportTraceServiceRequest in JSON.", found=str(error)[:200]) from error


def _reject(request: ExportTraceServiceRequest) -> tuple[int, int]:
    """Take spans without valid ids out of a request; return how many are left and how many were taken out."""
    spans = rejected = 0
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            good = [span for span in scope_spans.spans if _valid(span)]
            spans += len(good)
            if bad := len(scope_spans.spans) - len(good):
                rejected += bad
                kept = [span.SerializeToString() for span in good]
                del scope_spans.spans[:]
                scope_spans.spans.extend(map(Span.FromString, kept))
    return spans, rejected


def _valid(span: Span) -> bool:
    return (
        len(span.trace_id) == _TRACE_ID
        and len(span.span_id) == _SPAN_ID
        and any(span.trace_id)
        and any(span.span_id)
        and len(span.parent_span_id) in {0, _SPAN_ID}
    )


def _unpack(body: bytes, largest: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacker.decompress(body, largest + 1)
    except zlib.error as error:
        raise MonitorError("The body is not gzip.", found=str(error)) from error
    if len(unpacked) > largest:
        raise TooLargeError(f"The body is over {largest} bytes when it is unpacked.")
    if not unpacker.eof or unpacker.unused_data:
        raise MonitorError("The body is not one whole member of gzip.")
    return unpacked
