"""The receiver over real HTTP: what it accepts, what it refuses, and how it tells."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import gc
import gzip
import json
import threading
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from prometheus_client.parser import text_string_to_metric_families
from receiver_client import Reply, body, chat, make_span

_JSON = "application/json"
_SPAN = {
    "traceId": "5B8EFFF798038103D269B633813FC60C",
    "spanId": "eee19b7ec3c1b174",
    "name": "chat",
    "startTimeUnixNano": "1544712660000000000",
    "attributes": [{"key": "gen_ai.system", "value": {"stringValue": "openai"}}],
}


def _json(*spans: object) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


def _problem(reply: Reply) -> str:
    return str(Status.FromString(reply.body).message)


def test_acknowledged_request_is_in_the_spool(site: Any) -> None:
    sent = body(chat(1), chat(2))
    reply = site.client().post(sent)
    assert (200, b"", "application/x-protobuf") == (reply.status, reply.body, reply.headers["content-type"])
    assert [sent] == site.received()


def test_connection_carries_many_requests(site: Any) -> None:
    client = site.client()
    assert {200} == {client.post(body(chat(n))).status for n in range(20)}
    assert 20 == len(site.received())


def test_many_senders_at_once_all_get_through(site: Any) -> None:
    replies: list[int] = []

    def send(first: int) -> None:
        client = site.client()
        replies.extend(client.post(body(chat(first + n))).status for n in range(25))

    threads = [threading.Thread(target=send, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [200] * 200 == replies
    assert 200 == len(set(site.received()))


def test_gzip_is_unpacked(site: Any) -> None:
    sent = body(chat(1))
    assert 200 == site.client().post(gzip.compress(sent, mtime=0), content_encoding="gzip").status
    assert [sent] == site.received()


def test_json_is_received_as_the_same_message(site: Any) -> None:
    reply = site.client().post(_json(_SPAN), content_type=f"{_JSON}; charset=utf-8")
    assert (200, b"{}", _JSON) == (reply.status, reply.body, reply.headers["content-type"])
    (data,) = site.received()
    (span,) = ExportTraceServiceRequest.FromString(data).resource_spans[0].scope_spans[0].spans
    assert _SPAN["traceId"] == span.trace_id.hex().upper()
    assert "openai" == span.attributes[0].value.string_value
    assert 1544712660000000000 == span.start_time_unix_nano


def test_empty_request_is_accepted(site: Any) -> None:
    assert 200 == site.client().post(b"").status
    assert [] == site.received()


def test_spans_without_ids_are_rejected_and_the_others_kept(site: Any) -> None:
    bad = [chat(1), make_span(2, {}, trace_id=b""), make_span(3, {}, span_id=bytes(8)), make_span(4, {}, trace_id=b"x")]
    reply = site.client().post(body(*bad, chat(5)))
    success = ExportTraceServiceResponse.FromString(reply.body).partial_success
    assert (200, 3) == (reply.status, success.rejected_spans)
    assert "trace id" in success.error_message
    (data,) = site.received()
    assert data == body(chat(1), chat(5))


def test_partial_success_is_told_in_json_too(site: Any) -> None:
    reply = site.client().post(_json(_SPAN, {**_SPAN, "spanId": "00" * 8}), content_type=_JSON)
    assert "1" == json.loads(reply.body)["partialSuccess"]["rejectedSpans"]


@pytest.mark.parametrize("token", ["", "a-token-of-the-test", "a-token-of-the-tests2", "ä"])
def test_other_token_is_refused(site: Any, token: str) -> None:
    reply = site.client().post(body(chat(1)), token=token)
    assert (401, "Bearer") == (reply.status, reply.headers["www-authenticate"])
    assert [] == site.received()


@pytest.mark.parametrize("given", ["", "Basic a-token-of-the-tests", "a-token-of-the-tests"])
def test_token_comes_as_a_bearer(site: Any, given: str) -> None:
    assert 401 == site.client().post(body(chat(1)), authorization=given).status


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"\xff\xff\xff", {}, 400),
        (b"\x0a\x05\x12\x03\x12\xff\x01", {}, 400),
        (body(chat(1)).replace(b"chat", b"\xffhat"), {}, 400),  # a name that is no UTF-8
        (b"{}", {"content_type": "text/plain"}, 415),
        (b"{}", {"content_type": ""}, 415),
        (b"x", {"content_encoding": "br"}, 415),
        (b"x", {"content_encoding": "gzip"}, 400),
        (gzip.compress(body(chat(1)), mtime=0)[:-3], {"content_encoding": "gzip"}, 400),
        (gzip.compress(b"", mtime=0) * 2, {"content_encoding": "gzip"}, 400),
        (b"{", {"content_type": _JSON}, 400),
        (b'{"resourceSpans":"x"}', {"content_type": _JSON}, 400),
        (b'{"resourceSpans":[1]}', {"content_type": _JSON}, 400),
        (b"\xff\xfe{}", {"content_type": _JSON}, 400),
        (_json({**_SPAN, "traceId": "xyz"}), {"content_type": _JSON}, 400),
        (_json({**_SPAN, "startTimeUnixNano": "9" * 5000}), {"content_type": _JSON}, 400),
        (_json({**_SPAN, "startTimeUnixNano": 1 << 70}), {"content_type": _JSON}, 400),
        (_json({**_SPAN, "startTimeUnixNano": -1}), {"content_type": _JSON}, 400),
        (_json({**_SPAN, "startTimeUnixNano": 1.5}), {"content_type": _JSON}, 400),
        (_json({**_SPAN, "name": "\ud800"}), {"content_type": _JSON}, 400),  # half of a surrogate pair
        (_json({**_SPAN, "status": {"code": "BAD"}}), {"content_type": _JSON}, 400),
        (b"[" * 100_000, {"content_type": _JSON}, 400),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(
    site: Any, data: bytes, headers: dict[str, str], status: int
) -> None:
    reply = site.client().post(data, **headers)
    assert status == reply.status
    told = _problem(reply) if reply.headers["content-type"] != _JSON else json.loads(reply.body)["message"]
    assert told
    assert [] == site.received()
    assert 200 == site.client().post(body(chat(1))).status


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/traces", 405), ("POST", "/v1/logs", 404)])
def test_other_paths_and_methods_are_refused(site: Any, method: str, path: str, status: int) -> None:
    client = site.client()
    assert status == (client.post(b"", path) if method == "POST" else client.get(path)).status


def test_health_is_open_to_all_and_tells_what_is_wrong(site: Any) -> None:
    assert (200, {"status": "ok"}) == ((r := site.client().get("/healthz", "")).status, json.loads(r.body))
    site.problem = "the spool is full"
    assert (503, {"status": "failing", "problem": "the spool is full"}) == (
        (r := site.client().get("/healthz", "")).status,
        json.loads(r.body),
    )


def test_metrics_count_what_happened_for_those_with_the_token(site: Any) -> None:
    client = site.client()
    client.post(body(chat(1), make_span(2, {}, trace_id=b"")))
    assert 401 == site.client().get("/metrics", "").status
    families = text_string_to_metric_families(site.client().get("/metrics").body.decode())
    seen = {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}
    assert 1 == seen["accord_monitor_spans_total", "accepted"] == seen["accord_monitor_spans_total", "rejected"]
    assert 1 == seen["accord_monitor_requests_total", "200"]
    assert 1 == seen["accord_monitor_commit_seconds_count",]


def test_mistake_of_ours_is_answered_and_the_connection_ends(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Any] = []
    site.loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(site.receiver, "answer", fail)
        reply = site.client().post(body(chat(1)))
    assert (500, "close") == (reply.status, reply.headers["connection"])
    gc.collect()
    assert 200 == site.client().post(body(chat(1))).status
    assert [ZeroDivisionError] == [type(error) for error in reported]
    assert 0 == site.server.held


def test_full_spool_is_told_with_when_to_try_again(site: Any) -> None:
    site.receiver.full = True
    reply = site.client().post(body(chat(1)))
    assert (429, "5") == (reply.status, reply.headers["retry-after"])
    site.receiver.full = False
    assert 200 == site.client().post(body(chat(1))).status


def test_disk_that_fails_is_told_and_nothing_is_acknowledged(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(site.spool, "append", fail)
        reply = site.client().post(body(chat(1)))
    assert (503, "5") == (reply.status, reply.headers["retry-after"])
    assert "No space" in site.commits.failed
    assert 200 == site.client().post(body(chat(2))).status
    assert "" == site.commits.failed
    assert [body(chat(2))] == site.received()
