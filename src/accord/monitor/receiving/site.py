"""What a server serves: requests, answers, and the limits within which they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """What a client may ask of the server."""

    head: int = 16 << 10
    """Bytes of a request's line and headers."""
    body: int = 16 << 20
    """Bytes of a body."""
    held: int = 128 << 20
    """Bytes of all bodies together that are not answered yet."""
    connections: int = 512
    """Connections at a time."""
    head_seconds: float = 10.0
    """Within how many seconds a head has to be there."""
    idle_seconds: float = 120.0
    """How long a connection may wait for its next request."""
    body_seconds: float = 10.0
    """Within how many seconds a body has to be there, at `slowest`: those, and its length over that."""
    slowest: int = 256 << 10
    """Bytes a second that a body must come with."""


@dataclass
class Head:
    """A request's line and headers; the headers' names are in lower case."""

    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    """How long the body is; none where that is not said beforehand."""


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: HTTPStatus
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Protocol):
    """What a server serves."""

    def admit(self, head: Head) -> Answer | None:
        """Return what a request is refused with before its body is read, or none."""

    def refuse(self, head: Head, status: HTTPStatus, problem: str) -> Answer:
        """Return the answer to a request that breaks a limit."""

    async def answer(self, head: Head, body: bytes) -> Answer:
        """Return the answer to a request."""

    def note(self, seconds: float) -> None:
        """Be told how long after its request's head an answer was given."""
