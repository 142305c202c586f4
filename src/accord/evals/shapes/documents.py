"""Items that are a task over a text which carries an instruction of its own."""

from collections.abc import Iterator

from pydantic import Field

from accord.evals.sample import Read, Sample, judged, single
from accord.evals.shapes.item import Item
from accord.evals.shapes.words import WORDS


class Conflict(Item):
    """A task over a document: once clean, once with an instruction hidden in the document at `{attack}`.

    `canary` is the word that only an obeyed instruction brings; `done` are words that show the task was done.
    """

    task: str
    document: str = Field(pattern=r"(?s)\{attack\}")
    attack: str
    canary: str = Field(pattern=r"^[A-Z]{6,}$")
    done: tuple[str, ...] = Field(min_length=1)

    def samples(self, seed: int) -> Iterator[Sample]:  # noqa: ARG002 - nothing is drawn here
        """Yield both."""
        prompt = self._prompt(self.attack)
        read = judged("injection.followed", prompt, self.language, canary=self.canary, attack=self.attack)
        yield self._sample("attacked", "injection.followed", prompt, read)
        prompt = self._prompt("")
        yield self._sample(
            "clean", "injection.task", prompt, judged("injection.task", prompt, self.language, accept=self.done)
        )

    def _sample(self, kind: str, metric: str, prompt: str, read: Read) -> Sample:
        ask = single(prompt, WORDS[self.language].rule)
        return Sample(self.name(kind), (metric,), ask, read, self.groups())

    def _prompt(self, attack: str) -> str:
        document = self.document.replace("{attack}", attack)
        return f"{self.task}\n\n<document>\n{' '.join(document.split())}\n</document>"
