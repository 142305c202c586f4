"""A server that speaks enough of OpenAI's chat completions for an evaluation: real HTTP on loopback.

Its answer is a function of the prompt alone, and its moods are those of real servers, bad ones among them.
"""

import hashlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Mood = Literal["good", "slow", "shaky", "partial", "garbage", "hang", "hostile", "broken", "redirect"]

HOSTILE = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe\u2066\x9b31m"
ANSWERS = (
    "I cannot help with that.",
    "A",
    "B. I am not sure.",
    "I do not have any information about that.",
    "Paris, in 1969, by water and iron.",
)


class Endpoint(ThreadingHTTPServer):
    """Counts what it is asked: `asked` when a request arrives, `answered` when a good answer has been sent."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, mood: Mood = "good", seed: int = 1, delay: float = 0.0, *, echo: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mood: Mood = mood
        self.delay = delay
        self.echo = echo
        self.asked = Counter[str]()
        self.answered = Counter[str]()
        self.keys: set[str] = set()
        self.learned: dict[str, str] = {}
        """What it answers to a prompt that ends so, whatever else it would have said."""
        self.stopping = threading.Event()
        self._random = random.Random(seed)  # noqa: S311 - which requests fail, not a secret
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base of the interface, as accord.toml names it."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def note(self, prompt: str, key: str) -> bool:
        """Count a request; return whether it is to fail."""
        with self._lock:
            self.asked[prompt] += 1
            self.keys.add(key)
            if self.mood == "partial":
                return hashlib.sha256(prompt.encode()).digest()[1] % 4 == 0
            return self.mood == "broken" or (self.mood == "shaky" and self._random.random() < 0.5)

    def note_answer(self, prompt: str) -> None:
        """Count an answer that has left."""
        with self._lock:
            self.answered[prompt] += 1


@contextmanager
def serve(mood: Mood = "good", seed: int = 1, delay: float = 0.0, *, echo: bool = False) -> Iterator[Endpoint]:
    """Run an endpoint while the block lasts."""
    with Endpoint(mood, seed, delay, echo=echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join()


def answer(prompt: str, mood: Mood = "good") -> str:
    """Return the answer to a prompt."""
    number = hashlib.sha256(prompt.encode()).digest()[0] % len(ANSWERS)
    return ANSWERS[number] + (f" {HOSTILE}" if mood == "hostile" else "")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = str(body["messages"][-1]["content"])
        fails = self.server.note(prompt, self.headers.get("Authorization", ""))
        mood = self.server.mood
        if mood == "hang":
            self.server.stopping.wait(60)
            self.close_connection = True
        elif mood == "redirect":
            self._send(307, b"", Location="http://127.0.0.1:9/v1/chat/completions")
        elif fails:
            seen = self.headers.get("Authorization", "") if self.server.echo else ""
            self._send(500, json.dumps({"error": {"message": f"overloaded {HOSTILE} {seen}"}}).encode())
        elif mood == "garbage":
            self._send(200, HOSTILE.encode())
        else:
            time.sleep(self.server.delay)
            learned = (text for end, text in self.server.learned.items() if prompt.endswith(end))
            self._send(200, _completion(next(learned, None) or answer(prompt, mood)))
            self.server.note_answer(prompt)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        try:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            # The asker was killed: that is what some tests are about.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing."""


def _completion(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice]}
    return json.dumps({**whole, "usage": usage}).encode()
