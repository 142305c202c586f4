"""The receiver's site: OTLP over HTTP at /v1/traces, health at /healthz, and metrics at /metrics."""

import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from accord.errors import MonitorError
from accord.monitor.receiving.commits import Commits, NoRoomError, NotDurableError
from accord.monitor.receiving.decode import JSON, PROTOBUF, Batch, TooLargeError, read_batch
from accord.monitor.receiving.metrics import KIND, Metrics
from accord.monitor.receiving.site import Answer, Head

TRACES = "/v1/traces"
_METHODS = {TRACES: "POST", "/healthz": "GET", "/metrics": "GET"}
_SOON = "1"
_LATER = "5"
_REJECTED = "Spans need a trace id of 16 bytes and a span id of 8 that are not all zero."
_STATUSES = (
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (NoRoomError, HTTPStatus.TOO_MANY_REQUESTS),
    (NotDurableError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""What a mistake is answered with; any other is the sender's."""

_CODES = {
    HTTPStatus.BAD_REQUEST: 3,
    HTTPStatus.UNAUTHORIZED: 16,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: 3,
    HTTPStatus.TOO_MANY_REQUESTS: 8,
    HTTPStatus.SERVICE_UNAVAILABLE: 14,
}
"""The codes of google.rpc for the status of an answer; others are unknown (2)."""


class Receiver:
    """Takes traces in, and says how it is."""

    def __init__(self, token: str, commits: Commits, metrics: Metrics, health: Callable[[], str], largest: int) -> None:
        self._token = sha256(token.encode()).digest()
        self._commits = commits
        self._metrics = metrics
        self._health = health
        self._largest = largest
        self.full = False
        """Whether the spool has no room: nothing is taken until some of it is stored."""

    def admit(self, head: Head) -> Answer | None:
        """Return what a request is refused with before its body is read, or none."""
        method = _METHODS.get(head.path)
        if method is None:
            return self.refuse(head, HTTPStatus.NOT_FOUND, "Traces are received at /v1/traces alone.")
        if head.method != method and (head.method, method) != ("HEAD", "GET"):
            answer = self.refuse(head, HTTPStatus.METHOD_NOT_ALLOWED, f"The method here is {method}.")
            return Answer(answer.status, answer.body, answer.kind, {"Allow": method})
        if head.path != "/healthz" and not self._knows(head.headers.get("authorization", "")):
            answer = self.refuse(head, HTTPStatus.UNAUTHORIZED, "The token of this receiver is asked for.")
            return Answer(answer.status, answer.body, answer.kind, {"WWW-Authenticate": "Bearer"})
        return self._admit_traces(head) if head.path == TRACES else None

    def _admit_traces(self, head: Head) -> Answer | None:
        if _kind(head) not in {JSON, PROTOBUF}:
            return self.refuse(head, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The body is {PROTOBUF} or {JSON}.")
        if _encoding(head) not in {"", "identity", "gzip"}:
            return self.refuse(head, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is plain or gzip.")
        if self.full:
            return self.refuse(head, HTTPStatus.TOO_MANY_REQUESTS, "More was received than could be stored so far.")
        return None

    def refuse(self, head: Head, status: HTTPStatus, problem: str) -> Answer:
        """Return an answer that says what was wrong, as OTLP wants it said, and when to try again."""
        headers = {}
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            headers["Retry-After"] = _LATER if self.full or status == HTTPStatus.SERVICE_UNAVAILABLE else _SOON
        if head.path == TRACES:
            self._metrics.requests.labels(status.value).inc()
        code = _CODES.get(status, 2)
        if _kind(head) == PROTOBUF:
            return Answer(status, Status(code=code, message=problem).SerializeToString(), PROTOBUF, headers)
        return Answer(status, json.dumps({"code": code, "message": problem}).encode(), JSON, headers)

    async def answer(self, head: Head, body: bytes) -> Answer:
        """Return the answer to a request; spans are durable before they are acknowledged."""
        if head.path == "/healthz":
            return self._tell_health()
        if head.path == "/metrics":
            return Answer(HTTPStatus.OK, self._metrics.text(), KIND)
        try:
            batch = read_batch(body, _kind(head), _encoding(head), self._largest)
            if batch.spans:
                await self._commits.add(batch.data)
        except MonitorError as error:
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
            return self.refuse(head, status, f"{error.problem} {error.found}".strip())
        return self._accept(head, batch)

    def _tell_health(self) -> Answer:
        problem = self._health()
        told = json.dumps({"status": "failing" if problem else "ok", **({"problem": problem} if problem else {})})
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE if problem else HTTPStatus.OK, told.encode(), JSON)

    def _accept(self, head: Head, batch: Batch) -> Answer:
        metrics = self._metrics
        metrics.requests.labels(HTTPStatus.OK.value).inc()
        metrics.spans.labels("accepted").inc(batch.spans)
        metrics.bytes.inc(len(batch.data))
        if batch.rejected:
            metrics.spans.labels("rejected").inc(batch.rejected)
        if _kind(head) == JSON:
            # OTLP writes 64-bit numbers as text in JSON.
            said = {"partialSuccess": {"rejectedSpans": str(batch.rejected), "errorMessage": _REJECTED}}
            return Answer(HTTPStatus.OK, json.dumps(said if batch.rejected else {}).encode(), JSON)
        response = ExportTraceServiceResponse()
        if batch.rejected:
            response.partial_success.rejected_spans = batch.rejected
            response.partial_success.error_message = _REJECTED
        return Answer(HTTPStatus.OK, response.SerializeToString(), PROTOBUF)

    def note(self, seconds: float) -> None:
        """Be told how long an answer took."""
        self._metrics.seconds.observe(seconds)

    def _knows(self, given: str) -> bool:
        scheme, _, token = given.partition(" ")
        digest = sha256(token.strip().encode("latin-1", "replace")).digest()
        return scheme.lower() == "bearer" and hmac.compare_digest(digest, self._token)


def _kind(head: Head) -> str:
    return head.headers.get("content-type", "").partition(";")[0].strip().lower()


def _encoding(head: Head) -> str:
    return head.headers.get("content-encoding", "").strip().lower()
