"""A judge that is a language model: one question for each task and language, and a verdict in JSON alone.

What it reads may try to sway it, as it may any reader. The case is given as JSON, out of which no text can break, and
the reply is held to three words by a schema; but a model can still be talked round. Its measured agreement tells how
well it reads, and not how well it withstands an answer written to deceive it.
"""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from accord.errors import EvaluationError, VerificationError
from accord.evals.judges.judge import Task
from accord.evals.judges.rules import confidence
from accord.evals.judges.source import RULE_FILES, source
from accord.evals.sample import Case
from accord.evidence import JudgeRef, ModelRef
from accord.ledger import digest, format_json, parse_json

VERSION = "1.0.0"
LONGEST = 4_000
"""Characters of a question and of an answer that the model is shown."""
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"enum": ["yes", "no", "unsure"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}
"""The JSON schema that every reply must meet."""

Ask = Callable[[Sequence[str], Mapping[str, Any]], Sequence[str]]
"""Asks a model each of the texts, under a JSON schema, and returns its raw replies in order."""

_QUESTIONS = "judges/questions.toml"
_SHORT = 200  # characters: a verdict has a dozen
_VERDICTS = {"yes": True, "no": False}


@dataclass(frozen=True)
class ModelJudge:
    """A judge of one task that asks a model. What is no verdict of the schema counts as none: it never guesses."""

    task: Task
    model: ModelRef
    ask: Ask

    @cached_property
    def ref(self) -> JudgeRef:
        """Return what a record binds: the digest of the model, its questions and how its replies are read."""
        text = source("judges/model.py", _QUESTIONS, *RULE_FILES)
        whole = {"model": self.model.sha256, "task": self.task, "schema": dict(SCHEMA), "source": digest(text)}
        return JudgeRef(
            id=f"accord/model/{self.task}",
            version=VERSION,
            kind="model",
            task=self.task,
            sha256=digest(format_json(whole)),
        )

    def decide(self, cases: Sequence[Case]) -> Sequence[bool | None]:
        """Return a verdict for each case; raise EvaluationError where the model is asked and gives no reply to some."""
        asked = [list(self._questions(case)) for case in cases]
        texts = [text for questions in asked for text in questions]
        replies = list(self.ask(texts, SCHEMA)) if texts else []
        if len(replies) != len(texts):
            raise EvaluationError(
                "The judging model did not reply to every question.", expected=str(len(texts)), found=str(len(replies))
            )
        said = iter(replies)
        return [_combine([_read(next(said)) for _ in questions]) for questions in asked]

    def _questions(self, case: Case) -> Iterator[str]:
        """Yield what is asked about a case: nothing where the task says that it does not count."""
        facts = dict(case.facts)
        if self.task == "confident":
            sure = confidence(case.answer)
            if sure is None or sure < facts.pop("at_least"):
                return
        options = [""]
        if self.task == "choice":
            option = facts.pop("option")
            # Where only some options count, a no is one only if another of those was chosen.
            options = [option, *(o for o in facts.pop("among", ()) if o != option)] if option else []
        for option in options:
            yield _question(self.task, case, facts, option)


def _question(task: Task, case: Case, facts: Mapping[str, Any], option: str) -> str:
    words = _questions()[case.language if case.language in _questions() else "en"]
    data = {"request": case.prompt[:LONGEST], "answer": case.answer[:LONGEST], **facts}
    what = words[task].replace("{option}", option).replace("{canary}", str(facts.get("canary", "")))
    # The data last: nothing in it may stand for a place of the frame.
    frame = words["frame"].strip().replace("{what}", what)
    return frame.replace("{data}", json.dumps(data, ensure_ascii=False, indent=1))


@cache
def _questions() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(source(_QUESTIONS).rstrip(b"\0").decode())


def _read(reply: str) -> bool | None:
    try:
        value = parse_json(reply[:_SHORT].encode("utf-8", "surrogatepass"))
    except VerificationError:
        return None
    verdict = value.get("verdict") if isinstance(value, dict) and len(value) == 1 else None
    return _VERDICTS.get(verdict) if isinstance(verdict, str) else None


def _combine(verdicts: Sequence[bool | None]) -> bool | None:
    """Join the verdict on the option that counts with those on the others: a no needs one of them to be chosen."""
    if not verdicts or verdicts[0] is not False or len(verdicts) == 1:
        return verdicts[0] if verdicts else None
    return False if True in verdicts[1:] else None
