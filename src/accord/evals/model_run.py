"""What every run against the declared model has in common, whoever wrote the questions."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accord.evals.engine import Engine, threads
from accord.evals.place import open_place
from accord.evidence import EvaluationRecord, ModelRef, Origin, Records, Rule, Tool
from accord.manifest import System
from accord.workspace import Workspace

Settings = dict[str, str | int | float | bool | None]

DAYS = 180
"""How long an evaluation may be relied on."""


@dataclass(frozen=True)
class ModelRun(ABC):
    """One suite or task against the declared model; `clock` tells when the run starts and ends."""

    clock: Callable[[], datetime]
    workspace: Workspace
    system: System
    model: ModelRef
    tools: tuple[Tool, ...]

    @property
    @abstractmethod
    def key(self) -> str:
        """The job's key: SHA-256 over all that its result depends on."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The choices of the system that the answers depend on."""

    def records(self) -> Records:
        """Return the workspace's records as they are now."""
        return self.workspace.records(self.clock(), opened=True)

    def is_done(self) -> bool:
        """Tell whether the log holds a current, complete result of this job."""
        held = self.records().current(EvaluationRecord)
        return any(e.record.job == self.key and e.record.is_complete for e in held if e.origin == Origin.SELF)

    def rules(self, is_measured: Callable[[str], bool]) -> tuple[Rule, ...]:
        """Return how the result will be judged: the system's tolerances of the metrics that are measured."""
        return tuple(
            Rule(metric=t.metric, at_most=t.at_most, at_least=t.at_least, confidence=t.confidence)
            for t in self.system.tolerances
            if is_measured(t.metric)
        )

    @property
    def max_tokens(self) -> int:
        """The most tokens that an answer may have."""
        return self.system.evaluation.max_tokens

    def chosen(self, languages: str) -> Settings:
        """Return the settings that all runs have. The engine's threads stay out: they are the machine's choice."""
        wanted = self.system.evaluation
        context = {"context": wanted.context} if self.system.model.weights else {}
        return {
            "temperature": wanted.temperature,
            "max_tokens": self.max_tokens,
            "slots": wanted.slots,
            "profile": wanted.profile,
            "languages": languages,
            "repeats": wanted.repeats,
            **context,
        }

    def used(self) -> Settings:
        """Return the settings as a record states them, with what the machine chose."""
        return self.settings | ({"threads": threads()} if self.system.model.weights else {})

    def asking(self) -> dict[str, int | float]:
        """Return the settings that the door to Inspect is given."""
        wanted = self.system.evaluation
        return {
            "seed": wanted.seed,
            "temperature": wanted.temperature,
            "max_tokens": self.max_tokens,
            "slots": wanted.slots,
            "timeout": wanted.timeout,
        }

    def reach(self, stack: ExitStack, folder: Path) -> tuple[dict[str, str], Engine | None]:
        """Return where the model answers; its engine runs until `stack` ends, where it needs one."""
        return open_place(stack, self.system, self.system.model, self.workspace.root, folder)
