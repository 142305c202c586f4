"""Spans of every convention become the same row; people become keys; clocks that are wrong are counted."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from receiver_client import chat, make_span, pairs, request

from accord.monitor.storing.names import load_names
from accord.monitor.storing.spans import Row, SpanReader

NOW = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)
_NANO = 1_000_000_000
HELLO = [("input", "user", "Hi"), ("output", "assistant", "Hello")]


def _reader(*keep: str) -> SpanReader:
    return SpanReader(load_names(), b"salt" * 8, frozenset(keep))


def _row(attributes: dict[str, Any], *keep: str, **fields: Any) -> Row:  # noqa: ANN401 - fields of a span
    (row,) = _reader(*keep).rows(NOW, request([make_span(1, attributes, **fields)]))
    return row


OTEL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4",
    "gen_ai.response.model": "gpt-4-0613",
    "gen_ai.usage.input_tokens": 3,
    "gen_ai.usage.output_tokens": 4,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]),
    "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}],
}
OTEL_OLD = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.response.model": "gpt-4-0613",
    "gen_ai.usage.prompt_tokens": 3,
    "gen_ai.usage.completion_tokens": 4,
    "gen_ai.response.finish_reasons": '["stop"]',
    "gen_ai.prompt": "Hi",
    "gen_ai.completion": "Hello",
}
OPENLLMETRY = {
    "llm.request.type": "chat",
    "gen_ai.system": "openai",
    "gen_ai.response.model": "gpt-4-0613",
    "gen_ai.usage.prompt_tokens": 3,
    "gen_ai.usage.completion_tokens": "4",
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": "Hi",
    "gen_ai.completion.0.content": "Hello",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.finish_reason": "stop",
}
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.provider": "openai",
    "llm.model_name": "gpt-4-0613",
    "llm.token_count.prompt": 3,
    "llm.token_count.completion": 4,
    "llm.finish_reason": "stop",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.contents.0.message_content.type": "text",
    "llm.input_messages.0.message.contents.0.message_content.text": "Hi",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "Hello",
    "input.value": '{"messages": [{"role": "user", "content": "Hi"}]}',
    "output.value": "Hello",
}


@pytest.mark.parametrize("attributes", [OTEL, OTEL_OLD, OPENLLMETRY, OPENINFERENCE])
def test_conventions_become_the_same_row(attributes: dict[str, Any]) -> None:
    row = _row(attributes)
    assert {"operation": "chat", "provider": "openai", "model": "gpt-4-0613", "service": "tests"} == row.words
    assert (3, 4, ["stop"], HELLO) == (row.input_tokens, row.output_tokens, row.finish, row.texts)


def test_events_of_older_conventions_are_read() -> None:
    events = [
        Span.Event(name="gen_ai.system.message", attributes=pairs({"content": "Be kind."})),
        Span.Event(name="gen_ai.user.message", attributes=pairs({"content": "Hi", "role": "user"})),
        Span.Event(
            name="gen_ai.choice",
            attributes=pairs(
                {"index": 0, "finish_reason": "stop", "message": '{"role": "assistant", "content": "Hello"}'}
            ),
        ),
    ]
    row = _row({"gen_ai.system": "openai"}, events=events)
    assert [("instructions", "system", "Be kind."), *HELLO] == row.texts
    assert ["stop"] == row.finish


@pytest.mark.parametrize("attribute", ["gen_ai.prompt", "gen_ai.input.messages"])
def test_content_in_an_event_is_read(attribute: str) -> None:
    event = Span.Event(name="gen_ai.content.prompt", attributes=pairs({attribute: "Hi"}))
    assert [("input", "user", "Hi")] == _row({"gen_ai.system": "x"}, events=[event]).texts


def test_call_of_a_tool_is_read() -> None:
    held = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "mail"}
    row = _row({**held, "gen_ai.tool.call.arguments": '{"to": "x"}', "gen_ai.tool.call.result": "sent"})
    old = _row(
        {"openinference.span.kind": "TOOL", "tool.name": "mail", "input.value": '{"to": "x"}', "output.value": "sent"}
    )
    expected = [("arguments", "assistant", '{"to": "x"}'), ("result", "tool", "sent")]
    assert (expected, expected) == (row.texts, old.texts)
    assert ("mail", "execute_tool") == (old.words["tool"], old.words["operation"])


def test_people_become_salted_keys() -> None:
    row, same = (_row({**OTEL, name: "bob@example.org"}) for name in ("user.id", "enduser.id"))
    other = _row({**OTEL, "user.id": "alice"})
    assert row.account == same.account != other.account
    assert row.account is not None
    assert len(row.account) == 32
    assert "bob" not in repr(row)
    (salted,) = SpanReader(load_names(), b"another").rows(NOW, request([make_span(1, {**OTEL, "user.id": "alice"})]))
    assert salted.account != other.account
    assert row.account != _row({**OTEL, "session.id": "bob@example.org"}).conversation


def test_account_of_the_resource_counts_where_the_span_names_none() -> None:
    (row,) = _reader().rows(NOW, request([chat(1)], **{"enduser.id": "bob"}))
    assert _row({**OTEL, "user.id": "bob"}).account == row.account


def test_best_name_of_a_resource_counts_whatever_the_order() -> None:
    names = {"enduser.id": "alice", "user.id": "bob", "gen_ai.user.id": "carol"}
    for order in (names, dict(reversed(names.items()))):
        (row,) = _reader().rows(NOW, request([chat(1)], **order))
        assert _row({**OTEL, "user.id": "bob"}).account == row.account


def test_unknown_attributes_of_the_conventions_pass_and_others_are_dropped() -> None:
    more = {
        "gen_ai.new.thing": 1.5,
        "llm.invocation_parameters": '{"a":1}',
        "http.url": "x",
        "user.email": "y",
        "region": "eu",
    }
    reader = _reader("region")
    (row,) = reader.rows(NOW, request([make_span(1, {**OTEL, **more})]))
    assert {"gen_ai.new.thing": "1.5", "llm.invocation_parameters": '{"a":1}', "region": "eu"} == row.attributes
    assert 2 == reader.counts["dropped"]


def test_spans_of_other_things_are_counted_alone() -> None:
    reader = _reader()
    assert [] == list(reader.rows(NOW, request([make_span(1, {"http.method": "GET", "user.id": "bob"})])))
    assert 1 == reader.counts["other"]


@pytest.mark.parametrize(
    ("attributes", "code", "error"),
    [
        ({}, Status.STATUS_CODE_OK, None),
        ({}, Status.STATUS_CODE_ERROR, "_OTHER"),
        ({"error.type": "timeout"}, Status.STATUS_CODE_ERROR, "timeout"),
    ],
)
def test_failed_spans_say_so(attributes: dict[str, Any], code: Any, error: str | None) -> None:  # noqa: ANN401 - an enum
    assert error == _row({**OTEL, **attributes}, status=Status(code=code)).words.get("error")


@pytest.mark.parametrize(
    ("start", "end", "started", "duration", "counted"),
    [
        (0.0, 1.5, True, 1_500_000, ""),
        (4000.0, 4001.0, True, 1_000_000, "ahead"),
        (-100_000.0, -99_999.0, True, 1_000_000, "late"),
        (1.0, 0.0, True, None, "untimed"),
    ],
)
def test_clocks_that_are_wrong_are_tolerated_and_counted(
    start: float, end: float, *, started: bool, duration: int | None, counted: str
) -> None:
    reader = _reader()
    at = {name: int((NOW.timestamp() + v) * _NANO) for name, v in (("start", start), ("end", end))}
    times = {f"{name}_time_unix_nano": value for name, value in at.items()}
    (row,) = reader.rows(NOW, request([make_span(1, OTEL, **times)]))
    assert (started, duration) == (row.started is not None, row.duration)
    assert ({counted} if counted else set()) == {n for n in ("ahead", "late", "untimed") if reader.counts[n]}
    assert NOW == row.received


def test_time_that_is_none_is_null() -> None:
    row = _row(OTEL, start_time_unix_nano=(1 << 64) - 1, end_time_unix_nano=5)
    assert (None, None) == (row.started, row.duration)
    assert timedelta(0) == row.received - NOW


@pytest.mark.parametrize("tokens", ["many", -5, 1.5e300, [1], float("nan"), "9" * 5000])
def test_tokens_that_are_no_number_are_counted(tokens: Any) -> None:  # noqa: ANN401 - whatever was sent
    reader = _reader()
    (row,) = reader.rows(NOW, request([make_span(1, {**OTEL, "gen_ai.usage.input_tokens": tokens})]))
    assert (None, 1) == (row.input_tokens, reader.counts["unreadable"])
