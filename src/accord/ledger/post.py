"""One HTTP POST to an address that a policy or a person names: what answers is a stranger."""

import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from accord import __version__

FAILURES = (OSError, HTTPException, ValueError)
"""What goes wrong between two machines, which whoever asked puts into words."""

_CHUNK = 16_384


@dataclass(frozen=True)
class Answer:
    """What a server answers, in the terms of HTTP."""

    status: int
    content_type: str
    body: bytes


def post(url: str, body: bytes, content_type: str, *, timeout: float, limit: int) -> Answer:
    """Send `body` and return the reply, whatever its status; no redirect is followed, so it goes nowhere else.

    `timeout` is in seconds, for each wait and for the whole content, of which at most `limit` bytes are read. Raises
    one of FAILURES where the address is none, nobody answers, or too much or too slowly.
    """
    if not url.startswith(("http://", "https://")) or not url.isascii() or not url.isprintable():
        raise ValueError("the address does not begin with http:// or https://, or is not ASCII")
    headers = {"User-Agent": f"accord/{__version__}", "Content-Type": content_type}
    request = Request(url, body, headers, method="POST")  # noqa: S310 - see above
    with _opener().open(request, timeout=timeout) as response:
        return _read(response, time.monotonic() + timeout, limit)


def _opener() -> OpenerDirector:
    """Return an opener that follows no redirect and treats no status as an error."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _read(response: HTTPResponse, deadline: float, limit: int) -> Answer:
    body = b""
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > limit or time.monotonic() > deadline:
            raise ValueError("the answer is too long, or too slow")
    return Answer(response.status, response.headers.get_content_type(), body)
