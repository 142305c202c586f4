"""How an engine looks at something that is not the model's answers, and what it records of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from accord import __version__
from accord.assess import Job, Progress
from accord.evidence import InspectionRecord, Observation, Record, Sighting, Tool, expiry, format_values
from accord.ledger import digest, format_json
from accord.workspace import Workspace

Look = Callable[[], Iterable[Sighting]]


@dataclass(frozen=True)
class Inspection:
    """One look at one thing: what it is, what is asked of it, and for how many days the answer may be relied on."""

    topic: str
    title: str
    """For people who wait for it."""
    name: str
    sha256: str
    """The digest of what is looked at."""
    model: str
    """The digest of the declared model."""
    questions: Mapping[str, str]
    """What is said to hold, by the id of its observation."""
    look: Look
    days: int
    settings: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    """Everything else that the result depends on."""
    tools: tuple[Tool, ...] = ()
    """The programs that take part beside Accord."""
    sampled: frozenset[str] = frozenset()
    """The observations whose things are a sample of more."""
    product: Callable[[], bytes] | None = None
    """What is made of it, as JSON."""

    def job(self, workspace: Workspace, clock: Callable[[], datetime]) -> Job:
        """Return the job that looks, and records what was seen."""
        key = digest(
            format_json(
                {
                    "topic": self.topic,
                    "name": self.name,
                    "sha256": self.sha256,
                    "model": self.model,
                    "settings": dict(self.settings),
                    "tools": [tool.model_dump() for tool in self._tools()],
                    "questions": sorted(self.questions),
                }
            )
        )

        def run(progress: Progress) -> Iterator[Record]:
            seen = tuple(self.look())
            now = clock()
            yield InspectionRecord(
                made=now,
                expires=expiry(now, self.days),
                job=key,
                topic=self.topic,
                name=self.name,
                sha256=self.sha256,
                model=self.model,
                settings=dict(self.settings),
                observations=tuple(
                    Observation.of(name, title, seen, sample=name in self.sampled)
                    for name, title in self.questions.items()
                ),
                sightings=workspace.keep(format_values(seen), "application/json"),
                product=workspace.keep(self.product(), "application/json") if self.product else None,
                tools=self._tools(),
            )
            progress(1)

        return Job(key, self.title, 1, run)

    def _tools(self) -> tuple[Tool, ...]:
        return (Tool(name="accord", version=__version__), *self.tools)
