"""One sample: what is said to the model, turn by turn, and what is then asked of a judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class Case:
    """What a judge is given: an answer, what it answers, and what the item says of a right one."""

    prompt: str
    answer: str
    language: str = "en"
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values; which ones, the judge's task says (see `accord.evals.judges`)."""


@dataclass(frozen=True)
class Reading:
    """A case that counts for a metric, once a judge of the metric's task has decided it."""

    metric: str
    case: Case
    held: bool | None = None
    """What the item's own program read, for a metric that needs no judge."""


Replies = tuple[str, ...]
"""Everything that the model has said in a sample so far, in order."""
Ask = Callable[[Replies], Sequence[Message] | None]
Read = Callable[[Replies], Sequence[Reading]]


@dataclass(frozen=True)
class Sample:
    """One conversation, or several: `ask` tells what is sent next, `read` what the replies are judged on.

    Both are pure, so a conversation can be taken up, replayed and judged again. `ask` is given the replies so far and
    returns the whole conversation that is sent next, or None when it is over; it need not continue the last one.
    """

    id: str
    """`<language>/<stem>/<kind>`, and `#2` and so on where it is repeated."""
    metrics: tuple[str, ...]
    """All metrics that it can count for."""
    ask: Ask
    read: Read
    groups: tuple[str, ...] = ()
    """What results are also given for apart: a family of risk, a transform, a length."""
    temperatures: tuple[float, ...] = ()
    """Of each request in order, where they are not the run's own."""

    @property
    def language(self) -> str:
        """The language of the question."""
        return self.id.partition("/")[0]

    @property
    def stem(self) -> str:
        """The item that it was made of, which is the same in every language."""
        return self.id.split("/")[1]


def single(prompt: str, system: str = "") -> Ask:
    """Return the `ask` of one question, under a system message where there is one."""
    first = [Message("system", system)] if system else []
    messages = (*first, Message("user", prompt))
    return lambda replies: None if replies else messages


def judged(metric: str, prompt: str, language: str, **facts: object) -> Read:
    """Return the `read` of one question whose only reply counts for one metric."""
    return lambda replies: (Reading(metric, Case(prompt, replies[-1], language, facts)),)
