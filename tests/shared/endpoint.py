"""A model on loopback for tests: it counts what it is asked, and answers as a test wants."""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, str]
Behaviour = Callable[[int, str], Reply]


def answer(text: str) -> Reply:
    """Return the reply of a healthy server."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return 200, json.dumps(
        {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        | {"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
    )


class Endpoint:
    """An OpenAI-compatible server on loopback; `behave` turns request number and prompt into a reply."""

    def __init__(self) -> None:
        self.behave: Behaviour = lambda _, __: answer("I can't help with that.")
        self.prompts: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def asked(self) -> Counter[str]:
        """Count the requests by prompt."""
        return Counter(self.prompts)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = body["messages"][-1]["content"]
                endpoint.prompts.append(prompt)
                endpoint.bodies.append(body)
                endpoint.headers.append({k.lower(): v for k, v in self.headers.items()})
                status, text = endpoint.behave(len(endpoint.prompts), prompt)
                with contextlib.suppress(BrokenPipeError):  # whoever asked was killed
                    self._reply(status, text)

            def _reply(self, status: int, text: str) -> None:
                self.send_response(status)
                if status in {301, 302, 307, 308}:
                    self.send_header("Location", text)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
                """Say nothing."""

        return Handler
