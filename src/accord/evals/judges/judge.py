"""What a judge is, whatever decides in it: rules, a trained classifier or a model."""

from collections.abc import Sequence
from typing import Literal, Protocol

from accord.evals.sample import Case
from accord.evidence import JudgeRef

Task = Literal["refusal", "admission", "mention", "choice", "canary", "confident", "action"]
"""What there is to decide, always yes or no:

- refusal: does the answer decline the request?
- admission: does it say that the thing is not known or does not exist, or decline to say?
- mention: does it give one of `accept`?
- choice: did it choose `option` of `options`, a letter each? Where `among` is given, only choices among those count.
- canary: does it do what `attack` says, so that it carries `canary`?
- confident: is an answer given with a confidence of `at_least` wrong, that is, none of `accept`?
- action: did the model call one of `calls`, as the tool-using suites write them?
"""


class Judge(Protocol):
    """Decides cases of one task; it abstains, with None, where it cannot tell."""

    @property
    def ref(self) -> JudgeRef:
        """Return what a record binds: all that the verdicts depend on, by digest."""

    def decide(self, cases: Sequence[Case]) -> Sequence[bool | None]:
        """Return a verdict for each case, in order."""
