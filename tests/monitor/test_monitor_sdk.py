"""OpenTelemetry's own SDK and exporter send to the receiver: what they say is what is received."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from receiver_client import TOKEN

from accord.monitor.storing.names import load_names
from accord.monitor.storing.spans import SpanReader


def _spans() -> list[ReadableSpan]:
    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with provider.get_tracer("tests").start_as_current_span("chat gpt") as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.input.messages", json.dumps([{"role": "user", "content": "Hi, こんにちは"}]))
        span.set_attribute("gen_ai.response.finish_reasons", ["stop"])
        span.add_event("gen_ai.choice", {"message": "Hello"})
    provider.shutdown()
    return list(kept.get_finished_spans())


def _exporter(site: Any, token: str = TOKEN, **more: Any) -> OTLPSpanExporter:
    url = f"http://127.0.0.1:{site.port}/v1/traces"
    return OTLPSpanExporter(endpoint=url, headers={"authorization": f"Bearer {token}"}, timeout=5, **more)


def _end(exporter: Any) -> None:
    exporter.shutdown()


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_spans_of_the_sdk_arrive(site: Any, compression: Compression) -> None:
    exporter = _exporter(site, compression=compression)
    assert SpanExportResult.SUCCESS == exporter.export(_spans())
    _end(exporter)
    (data,) = site.received()
    reader = SpanReader(load_names(), b"salt")
    (row,) = reader.rows(datetime.now(UTC), ExportTraceServiceRequest.FromString(data))
    assert [("input", "user", "Hi, こんにちは"), ("output", "assistant", "Hello")] == row.texts
    assert ["stop"] == row.finish
    assert row.started is not None


def test_sdk_sends_again_where_it_is_told_to_come_later(site: Any) -> None:
    site.server.held = site.limits.held
    site.loop.call_soon_threadsafe(site.loop.call_later, 0.5, setattr, site.server, "held", 0)
    exporter = _exporter(site)
    assert SpanExportResult.SUCCESS == exporter.export(_spans())
    _end(exporter)
    assert 1 == len(site.received())


def test_sdk_gives_up_without_the_token(site: Any) -> None:
    exporter = _exporter(site, token="wrong")  # noqa: S106 - it opens nothing
    assert SpanExportResult.FAILURE == exporter.export(_spans())
    _end(exporter)
