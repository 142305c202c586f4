"""Senders that are slow, endless, malformed or too many: each is answered or cut off, and the others go on."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import gzip
import resource
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from receiver_client import PROTOBUF, TOKEN, body, chat

HEAD = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {PROTOBUF}\r\n".encode()
BODY = body(chat(1))


def _whole(data: bytes = BODY, more: bytes = b"") -> bytes:
    return HEAD + more + f"Content-Length: {len(data)}\r\n\r\n".encode() + data


def _read(sock: socket.socket) -> bytes:
    """Return all that comes until the other side closes."""
    data = b""
    with suppress(ConnectionResetError):
        while piece := sock.recv(65536):
            data += piece
    return data


def _status(sock: socket.socket) -> int:
    return int(_read(sock)[9:12] or 0)


def _works(site: Any) -> bool:
    return bool(site.client().post(body(chat(9))).status == 200)


@pytest.mark.parametrize("sent", [b"", b"POST /v1/tra", HEAD, HEAD + b"Content-Length: 100\r\n\r\nabc"])
def test_slow_sender_is_cut_off(start: Callable[..., Any], sent: bytes) -> None:
    site = start(head_seconds=0.3, body_seconds=0.3)
    sock = site.connect()
    began = time.monotonic()
    sock.sendall(sent)
    assert _status(sock) == (408 if sent else 0)
    assert time.monotonic() - began < 7
    assert _works(site)
    assert 0 == site.server.held


def test_drop_by_drop_does_not_buy_time(start: Callable[..., Any]) -> None:
    site = start(head_seconds=0.5)
    sock = site.connect()
    began = time.monotonic()
    with suppress(OSError):
        for letter in HEAD:
            sock.sendall(bytes([letter]))
            time.sleep(0.02)
            if time.monotonic() - began > 3:
                break
    assert 408 == _status(sock)


def test_idle_connection_is_closed(start: Callable[..., Any]) -> None:
    site = start(idle_seconds=0.3)
    sock = site.connect()
    sock.sendall(_whole())
    assert 1 == _read(sock).count(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X: " + b"a" * 2_000_000,
        HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\n\r\n",
        b"A" * 1_000_000,
    ],
    ids=["one long header", "many headers", "long address", "long method"],
)
def test_endless_head_is_refused(site: Any, head: bytes) -> None:
    sock = site.connect()
    with suppress(OSError):
        sock.sendall(head)
    sock.shutdown(socket.SHUT_WR)
    assert _status(sock) in {400, 431}
    assert _works(site)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 5, 5\r\n\r\nabcde",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        HEAD + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Host : y\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(site: Any, sent: bytes) -> None:
    sock = site.connect()
    sock.sendall(sent)
    sock.shutdown(socket.SHUT_WR)
    assert _status(sock) in {200, 400} if b"Upgrade" in sent else _status(sock) == 400
    assert site.received() == []
    assert _works(site)


def test_body_of_a_gigabyte_is_refused_before_it_is_sent(site: Any) -> None:
    sock = site.connect()
    sock.sendall(HEAD + b"Content-Length: 1073741824\r\n\r\n")
    assert 413 == int(sock.recv(65536)[9:12])


@pytest.mark.parametrize("chunked", [False, True])
def test_gigabyte_that_is_sent_all_the_same_is_not_held(site: Any, *, chunked: bool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sock = site.connect()
    sock.sendall(HEAD + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 1073741824\r\n\r\n"))
    piece = (b"100000\r\n" if chunked else b"") + bytes(1 << 20) + (b"\r\n" if chunked else b"")
    sent = 0
    with suppress(OSError):
        while sent < 1 << 30:
            sock.sendall(piece)
            sent += len(piece)
    assert sent < 1 << 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # KiB
    assert 0 == site.server.held
    assert _works(site)


def test_endless_trailer_is_not_held(start: Callable[..., Any]) -> None:
    site = start(body=1 << 20)
    sock = site.connect()
    sock.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ")
    with suppress(OSError):
        for _ in range(200):
            sock.sendall(b"a" * (1 << 20))
    assert 413 == _status(sock) or not site.server.connections
    assert 0 == site.server.held


def test_zip_bomb_is_refused_without_being_unpacked(site: Any) -> None:
    bomb = gzip.compress(bytes(1 << 28), 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert 413 == site.client().post(bomb, content_encoding="gzip").status
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def _nest(data: bytes, *fields: int) -> bytes:
    """Return bytes as the value of a field (protobuf, length-delimited), within other fields."""
    for field in fields:
        length, size = b"", len(data)
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        data = bytes([field << 3 | 2]) + length + bytes([size]) + data
    return data


@pytest.mark.parametrize("fields", [(), (1,), (2, 1)], ids=["resources", "scopes", "spans"])
def test_millions_of_empty_parts_are_refused_before_they_are_parsed(site: Any, fields: tuple[int, ...]) -> None:
    # Two bytes each: what is made of them is many times as large.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    empty = bytes([(2 if fields else 1) << 3 | 2, 0])
    assert 413 == site.client().post(_nest(empty * 4_000_000, *fields)).status
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_more_than_can_be_held_is_told_to_come_later(start: Callable[..., Any]) -> None:
    site = start(held=100_000)
    waiting = site.connect()
    waiting.sendall(HEAD + b"Content-Length: 90000\r\n\r\n")
    time.sleep(0.2)
    reply = site.client().post(bytes(20_000))
    assert (429, "1") == (reply.status, reply.headers["retry-after"])
    waiting.close()
    time.sleep(0.2)
    assert 400 == site.client().post(b"\xff" * 20_000).status


def test_bodies_that_grow_when_unpacked_are_held_to_the_same_bound(start: Callable[..., Any]) -> None:
    site = start(held=200_000)
    grown = body(chat(1, "a" * 400_000))
    reply = site.client().post(gzip.compress(grown), content_encoding="gzip")
    assert 429 == reply.status
    assert _works(site)


def test_connections_beyond_the_limit_are_closed(start: Callable[..., Any]) -> None:
    site = start(connections=3)
    held = [site.connect() for _ in range(3)]
    time.sleep(0.2)
    assert b"" == _read(site.connect())
    assert 1 == site.server.turned_away
    held[0].close()
    time.sleep(0.2)
    assert _works(site)


def test_pipelined_request_is_not_lost_silently(site: Any) -> None:
    sock = site.connect()
    sock.sendall(_whole() + _whole())
    answers = _read(sock)
    # One is answered, and the end of the connection says that the other is not (RFC 9112, 9.3.2).
    assert (1, 1) == (answers.count(b"HTTP/1.1 200"), answers.count(b"Connection: close"))
    assert 1 == len(site.received())


def test_chunks_are_put_together(site: Any) -> None:
    sock = site.connect()
    pieces = [BODY[n : n + 7] for n in range(0, len(BODY), 7)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    sock.sendall(HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert 200 == _status(sock)
    assert [BODY] == site.received()


def test_sender_that_asks_first_is_told_to_go_on(site: Any) -> None:
    sock = site.connect()
    sock.sendall(HEAD + f"Expect: 100-continue\r\nContent-Length: {len(BODY)}\r\n\r\n".encode())
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == sock.recv(65536)
    sock.sendall(BODY)
    assert sock.recv(65536).startswith(b"HTTP/1.1 200")


def test_sender_that_asks_first_without_a_token_is_refused(site: Any) -> None:
    sock = site.connect()
    sock.sendall(b"POST /v1/traces HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 10000000\r\n\r\n")
    assert 401 == int(sock.recv(65536)[9:12])


def test_sender_that_reads_no_answers_is_not_read_for_ever(site: Any) -> None:
    sock = site.connect()
    sock.settimeout(2)
    one = b"GET /healthz HTTP/1.1\r\n\r\n"
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with suppress(OSError):
        for _ in range(20_000):
            sock.sendall(one)
            time.sleep(0)
    assert _works(site)


def test_stop_answers_what_was_asked(start: Callable[..., Any]) -> None:
    site = start()
    sock = site.connect()
    sock.sendall(_whole()[:-1])
    time.sleep(0.2)
    site.loop.call_soon_threadsafe(site.stop.set)
    time.sleep(0.2)
    sock.sendall(BODY[-1:])
    assert b"Connection: close" in _read(sock)
    assert [BODY] == site.received()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_bytes_are_answered_or_closed(site: Any, data: st.DataObject) -> None:
    changed = bytearray(_whole())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        changed[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as sock:
        sock.sendall(changed)
        sock.shutdown(socket.SHUT_WR)
        answer = _read(sock)
    assert answer[9:12] in {b"", b"200", b"400", b"401", b"404", b"405", b"408", b"413", b"415", b"431"}
