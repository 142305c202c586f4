"""What the receiver counts, for Prometheus: numbers alone, nothing that a sender chose."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
KIND = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of one receiver, from when it started."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests to /v1/traces that were answered.", "code")
        self.spans = self._counter("spans", "Spans that were sent, by what became of them.", "result")
        self.bytes = self._counter("bytes", "Bytes of requests that were made durable, unpacked.")
        self.stored = self._counter("stored", "What was found while spans were stored in parts, by what it is.", "what")
        self.failures = self._counter("failures", "Writes to the disk, and attempts to store, that failed.", "what")
        self.deleted = self._counter("deleted_parts", "Parts that were deleted because their days were over.")
        self.seconds = Histogram(
            "accord_monitor_request_seconds",
            "From the head of a request to its answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.commits = Histogram(
            "accord_monitor_commit_seconds",
            "To write requests and make them durable, many at once.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.held = self._gauge("held_bytes", "Bytes of requests that are not answered yet.")
        self.spool = self._gauge("spool_bytes", "Bytes that are durable and not in a part yet.")
        self.connections = self._gauge("connections", "Open connections.")
        self.turned_away = self._gauge("connections_turned_away", "Connections closed at once: there were too many.")
        self.healthy = self._gauge("healthy", "1 while spans are received and stored, else 0.")

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"accord_monitor_{name}", words, labels, registry=self._registry)

    def _gauge(self, name: str, words: str) -> Gauge:
        return Gauge(f"accord_monitor_{name}", words, registry=self._registry)

    def count_stored(self, counts: Mapping[str, int]) -> None:
        """Add the counts of a part."""
        for name, number in counts.items():
            self.stored.labels(name).inc(number)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)
