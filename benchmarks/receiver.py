"""The receiver on one core against a bare server that only reads, and Phoenix where it is installed, in one run.

    python benchmarks/receiver.py [--seconds 10] [--phoenix PYTHON]

Spans are of 2 KB. The server has the first core, with the process that stores beside it; who sends has the others. A
request is acknowledged after fsync. "As fast as it goes" is a closed loop; "at 50,000" sends on a clock, and a request
that waits for its turn has waited from when it was due. CPU is user and system time of the process named.
"""

import argparse
import asyncio
import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from accord.monitor.segment import KEY_SIZE, Sealer, sealed_size
from accord.monitor.spool import Spool
from accord.monitor.storing.store import Policy, Store

TOKEN = "a-token-of-the-benchmark"  # noqa: S105 - it opens nothing
BATCH = 128
GOAL = 50_000
CONNECTIONS = 8
DISK_SECONDS = 3
OK = 200
_TICK = os.sysconf("SC_CLK_TCK")
_WORDS = ["the", "of", "and", "a", "to", "in", "is", "you", "that", "it", "he", "was", "for", "on", "are", "as", "with"]
_MANIFEST = """
[organisation]
name = "Benchmark"
roles = ["deployer"]
[system]
name = "Benchmark"
version = "1"
description = "Receives."
stage = "use"
languages = ["en"]
[model]
name = "none"
endpoint = "http://127.0.0.1:9/v1"
[monitor.receive]
listen = "127.0.0.1:0"
redact = []
"""


def main() -> None:
    """Print rates, waits and CPU."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--phoenix", help="The python of an environment with arize-phoenix.")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        asyncio.run(_bare())
        return
    os.sched_setaffinity(0, _others())
    bodies = [_body(number) for number in range(24)]
    size = sum(map(len, bodies)) / len(bodies) / BATCH
    print(f"Spans of {size:.0f} bytes, {BATCH} a request, {CONNECTIONS} connections, {os.cpu_count()} processors")
    with _serve([sys.executable, __file__, "--bare"], "bare") as bare:
        _measure("bare server that only reads", bare, bodies, options.seconds)
    _disk(bodies)
    with tempfile.TemporaryDirectory(dir=".") as made, _receive(Path(made)) as server:
        _measure("Accord, as fast as it goes", server, bodies, options.seconds)
        _measure(f"Accord, at {GOAL:,}", server, bodies, options.seconds, rate=GOAL)
        packed = [gzip.compress(body, 6) for body in bodies]
        _measure("Accord, gzip", server, packed, options.seconds / 2, encoding="gzip")
        jsons = [_json(body) for body in bodies[:4]]
        _measure("Accord, JSON", server, jsons, options.seconds / 2, kind="application/json")
    _seal(bodies)
    for redact in ((), ("personal-data",), ("personal-data", "secrets")):
        with tempfile.TemporaryDirectory(dir=".") as made:
            _store(Path(made), bodies, redact)
    if options.phoenix:
        with tempfile.TemporaryDirectory(dir=".", ignore_cleanup_errors=True) as made:
            _phoenix(Path(made), options.phoenix, bodies, 120)


@dataclass
class _Server:
    process: subprocess.Popen[str]
    port: int

    def cpu(self) -> float:
        """Return the CPU seconds of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK


def _others() -> set[int]:
    """Return the cores that are not the server's, or all where there is one."""
    cores = sorted(os.sched_getaffinity(0))
    return set(cores[1:]) or set(cores)


def _disk(bodies: Sequence[bytes]) -> None:
    """Print what the disk takes: the same bytes, half of the connections' requests at a time, written and synced."""
    waits = []
    data = b"".join(bodies[: CONNECTIONS // 2])
    began = time.perf_counter()
    with tempfile.TemporaryFile(dir=".", buffering=0) as file:
        while time.perf_counter() - began < DISK_SECONDS:
            asked = time.perf_counter()
            file.write(data)
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - asked)
    waits.sort()
    rate = len(waits) * BATCH * (CONNECTIONS // 2) / sum(waits)
    p50, p99 = (1000 * waits[int(len(waits) * share)] for share in (0.5, 0.99))
    print(f"  {'the bare disk, written and synced':38} {rate:8,.0f} spans/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")


def _start(command: Sequence[str], environment: Mapping[str, str], output: int) -> subprocess.Popen[str]:
    """Start a server on the first core."""
    return subprocess.Popen(
        ["taskset", "--cpu-list", "0", *command],
        stdout=output,
        stderr=subprocess.DEVNULL if output == subprocess.DEVNULL else None,
        text=True,
        start_new_session=True,
        env={**os.environ, **environment},
    )


@contextmanager
def _serve(command: Sequence[str], read: str) -> Iterator[_Server]:
    process = _start(command, {}, subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        line = process.stdout.readline()
        while line and "127.0.0.1:" not in line:
            line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{read} did not start")
        yield _Server(process, int(line.partition("127.0.0.1:")[2].partition("/")[0].strip('",\n ')))
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # what waits to be stored is of no use
        process.wait()
        process.stdout.close()


@contextmanager
def _receive(folder: Path) -> Iterator[_Server]:
    (folder / ".accord/keys").mkdir(parents=True)
    (folder / "accord.toml").write_text(_MANIFEST, encoding="utf-8")
    token = folder / ".accord/keys/receiver.token"
    token.write_text(TOKEN, encoding="utf-8")
    token.chmod(0o600)
    accord = str(Path(sys.executable).parent / "accord")
    with _serve([accord, "monitor", "receive", str(folder), "--json"], "accord") as server:
        yield server


def _body(number: int) -> bytes:
    made = ExportTraceServiceRequest()
    spans = made.resource_spans.add().scope_spans.add().spans
    for place in range(BATCH):
        said = " ".join(_WORDS[(place * 7 + n * n + number) % len(_WORDS)] for n in range(300))
        answered = " ".join(_WORDS[(place * 5 + n * n + number) % len(_WORDS)] for n in range(160))
        messages = {
            "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": said}]}],
            "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": answered}]}],
        }
        words = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "x",
            "gen_ai.request.model": "m",
            "user.id": f"u{place}",
        }
        texts = {**words, **{name: json.dumps(held) for name, held in messages.items()}}
        span = spans.add(name="chat m", start_time_unix_nano=time.time_ns(), end_time_unix_nano=time.time_ns())
        span.attributes.extend(KeyValue(key=name, value=AnyValue(string_value=text)) for name, text in texts.items())
        span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = 300
        span.trace_id, span.span_id = os.urandom(16), os.urandom(8)
    return bytes(made.SerializeToString())


def _json(body: bytes) -> bytes:
    held = MessageToDict(ExportTraceServiceRequest.FromString(body))
    for span in held["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        span["traceId"], span["spanId"] = os.urandom(16).hex(), os.urandom(8).hex()
    return json.dumps(held).encode()


def _measure(
    title: str,
    server: _Server,
    bodies: Sequence[bytes],
    seconds: float,
    *,
    rate: int = 0,
    kind: str = "application/x-protobuf",
    encoding: str = "identity",
) -> None:
    headers = {"Content-Type": kind, "Content-Encoding": encoding, "Authorization": f"Bearer {TOKEN}"}
    waits: list[float] = []
    refused: list[float] = []
    before, began = server.cpu(), time.perf_counter()

    def send(first: int) -> None:
        client = HTTPConnection("127.0.0.1", server.port)
        every = BATCH * CONNECTIONS / rate if rate else 0.0
        due, number = began + every * first / CONNECTIONS, first
        while time.perf_counter() - began < seconds:
            if rate:
                time.sleep(max(0.0, due - time.perf_counter()))
            asked = due if rate else time.perf_counter()
            client.request("POST", "/v1/traces", bodies[number % len(bodies)], headers)
            answer = client.getresponse()
            answer.read()
            (waits if answer.status == OK else refused).append(time.perf_counter() - asked)
            number += CONNECTIONS
            due += every
        client.close()

    threads = [threading.Thread(target=send, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, cpu = time.perf_counter() - began, server.cpu() - before
    spans = len(waits) * BATCH
    waits.sort()
    p50, p99 = (1000 * waits[int(len(waits) * share)] for share in (0.5, 0.99))
    told = f", {len(refused)} refused" if refused else ""
    print(
        f"  {title:38} {spans / wall:8,.0f} spans/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms"
        f"   {spans / max(cpu, 0.01):9,.0f} spans per CPU second{told}"
    )


def _phoenix(folder: Path, python: str, bodies: Sequence[bytes], most: float) -> None:
    """Print how fast Phoenix stores the same spans: how many are in its database, not how many it has accepted."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        port, grpc = (free.getsockname()[1] for free in (one, other))
    environment = {
        "PHOENIX_WORKING_DIR": str(folder.resolve()),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
    }
    process = _start([python, "-m", "phoenix.server.main", "serve"], environment, subprocess.DEVNULL)
    try:
        _wait_for(port)
        server = _Server(process, port)
        began, before, stored, sent = time.perf_counter(), server.cpu(), 0, 0
        client = HTTPConnection("127.0.0.1", port)
        last = began
        for body in bodies:
            client.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
            answer = client.getresponse()
            answer.read()
            sent += BATCH if answer.status == OK else 0
        while stored < sent and time.perf_counter() - began < most:
            time.sleep(0.2)
            if (now := _count(folder)) > stored:
                stored, last = now, time.perf_counter()
        cpu = server.cpu() - before
        client.close()
        print(
            f"  {'Phoenix, into its database':38} {stored / (last - began):8,.0f} spans/s   {stored:,} of {sent:,}"
            f"   {stored / max(cpu, 0.01):9,.0f} spans per CPU second"
        )
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.2)
    raise SystemExit("Phoenix did not start")


def _count(folder: Path) -> int:
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{folder}/phoenix.db?mode=ro", uri=True)) as db,
    ):
        return int(db.execute("SELECT COUNT(*) FROM spans").fetchone()[0])
    return 0


async def _bare() -> None:
    """Read requests and answer them, and do nothing else: what asyncio and the kernel cost."""

    class Reader(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.left = 0

        def data_received(self, data: bytes) -> None:
            if not self.left:
                head, _, data = data.partition(b"\r\n\r\n")
                self.left = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            self.left -= len(data)
            if not self.left and isinstance(self.transport, asyncio.Transport):
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    server = await asyncio.get_running_loop().create_server(Reader, "127.0.0.1", 0)
    print(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _seal(bodies: Sequence[bytes]) -> None:
    """Print what the encryption of the spool costs."""
    sealer = Sealer(os.urandom(KEY_SIZE))
    into = memoryview(bytearray(max(map(sealed_size, bodies))))
    began = time.process_time()
    for number in range(1000):
        body = bodies[number % len(bodies)]
        sealer.seal(datetime.now(UTC), body, into[: sealed_size(body)])
    used = time.process_time() - began
    print(f"  {'sealed for the spool (AES-256-GCM)':56} {1000 * BATCH / used:9,.0f} spans per CPU second")


def _store(folder: Path, bodies: Sequence[bytes], redact: tuple[str, ...]) -> None:
    """Print what it costs to make a part of spans that were received."""
    spool = Spool(folder, folder / "keys", lambda: datetime.now(UTC))
    spool.start()
    for body in (bodies[:1], bodies[1:]):  # the first loads what is needed
        spool.append(body)
        spool.seal()
    store = Store(folder, folder / "keys", Policy(redact, (), 1, b"salt" * 8))
    store.start(datetime.now(UTC))
    first, path = store.waiting()
    store.store(first)
    began = time.process_time()
    spans = store.store(path)["spans"]
    used = time.process_time() - began
    size = sum(file.stat().st_size for file in (folder / "parts").rglob("*.parquet"))
    title = f"into parts, redacted by {' and '.join(redact) or 'nothing'}"
    print(f"  {title:56} {spans / used:9,.0f} spans per CPU second, {size / (spans + BATCH):4.0f} bytes a span")


if __name__ == "__main__":
    main()
