"""The one door to Inspect: everything that touches its interface is in this file.

Inspect is pinned and slow to import, so only a job that runs loads this module.
"""

import contextlib
import gc
import json
import math
import os
import re
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import inspect_ai
from inspect_ai import Task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Row
from inspect_ai.log import (
    EvalLog,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
    read_eval_log_samples,
    write_eval_log,
)
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    GenerateConfigArgs,
    Model,
    ModelOutput,
    ResponseSchema,
    get_model,
)
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import JSONSchema
from openai import DefaultAsyncHttpxClient

from accord.errors import EvaluationError
from accord.evals.sample import Message, Replies, Sample
from accord.evals.shapes import draw
from accord.evals.text import shown

TRIES = 4
"""How often a sample is asked before it is lost."""
STRIKES = 20
"""Failed requests in a row, a time-out counting for eight, after which no more are sent."""
SCRUBBED = "[the endpoint's key]"
"""What stands in answers and logs where the model repeated its key."""
LONGEST_REPLY = 100_000
"""Characters of a reply that are kept: an endpoint may ignore the limit of tokens."""
REPLIES = "replies"
"""Under which name a sample's metadata in the log holds all that the model said."""
PAUSE = 1.0
"""The longest wait (seconds) before the request that follows a failed one."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class NotAskedError(EvaluationError):
    """The model failed too often in a row, so this sample was not asked any more."""


class EmptyAnswerError(EvaluationError):
    """The model answered with nothing that could be scored."""


@dataclass(frozen=True)
class Place:
    """Where the model is: an OpenAI-compatible `url` that serves `name`, or any model string of Inspect."""

    name: str
    url: str = ""
    inspect: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """What the answers depend on, and how long one request may take (seconds)."""

    seed: int
    temperature: float
    max_tokens: int
    slots: int
    timeout: int


@dataclass
class _Patience:
    """Failures in a row: each waits longer, and enough of them end the run."""

    timeout: int
    strikes: int = 0

    async def wait(self) -> None:
        if self.strikes >= STRIKES:
            raise NotAskedError("The model failed too often in a row, so this was not asked.")
        if self.strikes:
            await anyio.sleep(min(0.1 * 2**self.strikes, PAUSE))

    def note(self, *, answered: bool, seconds: float) -> None:
        late = seconds >= self.timeout
        self.strikes = 0 if answered else self.strikes + (8 if late else 1)


@dataclass(frozen=True)
class Run:
    """What Inspect leaves: its log file, and the first error of each lost sample in a stranger's words."""

    log: Path
    unverified_errors: dict[str, str]


@dataclass(frozen=True)
class Exam:
    """What is asked, where Inspect logs it, and the answers so far; `keep` is given each new one as it comes."""

    title: str
    about: dict[str, str]
    samples: tuple[Sample, ...]
    folder: Path
    answers: Mapping[str, Replies]
    keep: Callable[[str, Replies], None]
    judge: Callable[[Sample, Replies], Mapping[str, float | None]]
    """Scores of a sample by metric; none where the judge abstains."""


def run(exam: Exam, place: Place, settings: Settings) -> Run:
    """Ask every sample that has no answer yet.

    The log holds each sample exactly once: answers of an interrupted run are put in without being asked again.
    """
    task = Task(
        dataset=MemoryDataset([_row(s) for s in exam.samples], name=exam.title),
        solver=_solver(exam, _Patience(settings.timeout), settings, place.key),
        scorer=_scorer(exam),
        name=exam.title,
    )
    return evaluate(task, place, settings, exam.folder, exam.about)


def evaluate(
    task: Task, place: Place, settings: Settings, folder: Path, about: Mapping[str, str], *, repeats: int = 1
) -> Run:
    """Have Inspect run a task, each sample so many times; return its log, which lies in `folder`."""
    _silence_trace(folder)
    with warnings.catch_warnings():
        # Inspect's warnings are about itself, down to the streams that it leaves to be collected.
        warnings.simplefilter("ignore")
        logs = inspect_ai.eval(
            task,
            model=_model(place, settings),
            metadata=dict(about),
            epochs=repeats,
            seed=settings.seed,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            log_dir=str(folder),
            log_format="eval",
            display="none",
            log_level="critical",
            fail_on_error=False,
            retry_on_error=TRIES - 1,
            max_samples=settings.slots,
            log_realtime=False,
            log_header_only=True,
            log_refusals=False,
            score_display=False,
            acp_server=False,
            ctl_server=False,
        )
        gc.collect()
    if not logs:  # what Inspect returns when it is interrupted before it began
        raise KeyboardInterrupt
    return _read(logs[0], place.key)


def ask_texts(texts: Sequence[str], schema: Mapping[str, Any], place: Place, settings: Settings) -> list[str]:
    """Ask a model each text by itself, its reply held to a JSON schema, and return the replies in order.

    A text that fails every time has an empty reply. Raises EvaluationError where the model cannot be reached at all.
    """
    held = ResponseSchema(name="verdict", json_schema=JSONSchema.model_validate(dict(schema)))
    model = _model(place, settings)
    replies = [""] * len(texts)
    patience = _Patience(settings.timeout)

    async def one(index: int) -> None:
        for _ in range(TRIES):
            with contextlib.suppress(NotAskedError):
                replies[index] = await _verdict(model, texts[index], held, settings.seed, patience)
            if replies[index]:
                return

    async def everything() -> None:
        limiter = anyio.CapacityLimiter(settings.slots)

        async def limited(index: int) -> None:
            async with limiter:
                await one(index)

        async with anyio.create_task_group() as group:
            for index in range(len(texts)):
                group.start_soon(limited, index)

    anyio.run(everything)
    if texts and not any(replies):
        raise EvaluationError("The judging model answered nothing.", fix="see that it answers, then run this again")
    return [_without(place.key, reply) for reply in replies]


async def _verdict(model: Model, text: str, held: ResponseSchema, seed: int, patience: _Patience) -> str:
    await patience.wait()
    began, reply = time.monotonic(), ""
    try:
        output = await model.generate(text, config=GenerateConfig(response_schema=held, seed=seed))
        reply = output.completion[:LONGEST_REPLY]
    except Exception:  # noqa: BLE001, S110 - whatever a provider raises: the case is left without a verdict, and counted
        pass
    patience.note(answered=bool(reply), seconds=time.monotonic() - began)
    return reply


def _silence_trace(folder: Path) -> None:
    """Leave Inspect's trace empty, and out of the user's home: it quotes requests, and nobody asked for it."""
    os.environ |= {"INSPECT_TRACE_FILE": str(folder / "trace.log"), "INSPECT_TRACE_LEVEL": "CRITICAL"}


def _scrub(path: Path, key: str) -> None:
    """Take the endpoint's key out of a log in which an answer or an error repeats it."""
    secret = json.dumps(key)[1:-1]
    if secret and any(
        secret in s.model_dump_json() for s in read_eval_log_samples(str(path), all_samples_required=False)
    ):
        text = read_eval_log(str(path)).model_dump_json()
        write_eval_log(EvalLog.model_validate_json(text.replace(secret, SCRUBBED)), str(path))


def _row(sample: Sample) -> Row:
    return Row(input=_chat(sample.ask(()) or ()), id=sample.id)


def _chat(messages: Sequence[Message]) -> list[ChatMessage]:
    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    return [kinds[m.role](content=m.content) for m in messages]


def _solver(exam: Exam, patience: _Patience, settings: Settings, key: str) -> Solver:
    samples = {s.id: s for s in exam.samples}

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        name = str(state.sample_id)
        if name in exam.answers:
            replies = exam.answers[name]
            state.output = ModelOutput.from_content(str(state.model), replies[-1])
            state.metadata |= {REPLIES: list(replies), "answered": "in an earlier run that was interrupted"}
            return state
        replies, heat = (), samples[name].temperatures
        while messages := samples[name].ask(replies):
            state.messages = _chat(messages)
            config = GenerateConfigArgs(
                seed=draw(settings.seed, f"{name}:{len(replies)}" if replies else name),
                temperature=heat[len(replies)] if heat else settings.temperature,
            )
            reply = await _reply(state, generate, patience, config)
            replies = (*replies, _without(key, reply))
        state.metadata[REPLIES] = list(replies)
        exam.keep(name, replies)
        return state

    # Inspect logs a solver's arguments, so the one it is shown has none.
    @solver(name="ask")
    def ask() -> Solver:
        return solve

    return ask()


async def _reply(state: TaskState, generate: Generate, patience: _Patience, config: GenerateConfigArgs) -> str:
    await patience.wait()
    began, answered = time.monotonic(), False
    try:
        state = await generate(state, **config)
        answered = True
    finally:
        patience.note(answered=answered, seconds=time.monotonic() - began)
    reply = state.output.completion[:LONGEST_REPLY]
    if not reply.strip():
        raise EmptyAnswerError("The model's answer was empty.")
    return reply


def _scorer(exam: Exam) -> Scorer:
    samples = {s.id: s for s in exam.samples}
    # Inspect wants every metric of every sample, and leaves NaN out of its means.
    blank = {metric: math.nan for s in exam.samples for metric in s.metrics}

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - Inspect's own signature
        scores = exam.judge(samples[str(state.sample_id)], tuple(state.metadata[REPLIES]))
        return Score(value={**blank, **{metric: score for metric, score in scores.items() if score is not None}})

    @scorer(name="judge", metrics={"*": [mean()]})
    def judge() -> Scorer:
        return score

    return judge()


def _model(place: Place, settings: Settings) -> Model:
    config = GenerateConfig(
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        max_connections=settings.slots,
        max_retries=0,
        attempt_timeout=settings.timeout,
    )
    if place.inspect:
        return _provided(place, config)
    return get_model(
        f"openai-api/accord/{place.name}",
        config=config,
        base_url=place.url,
        # The provider insists on a key; a server that wants none ignores this word.
        api_key=place.key or "none",
        memoize=False,
        max_retries=0,
        http_client=_client(place.url),
    )


def _provided(place: Place, config: GenerateConfig) -> Model:
    try:
        return get_model(place.inspect, config=config, api_key=place.key or None, memoize=False)
    except (PrerequisiteError, ValueError) as error:
        raise EvaluationError(
            "Inspect cannot reach this model.",
            where=shown(place.inspect),
            found=shown(re.sub(r"\[/?bold\]", "", str(error))),
            fix="correct [model] inspect, or install what is missing",
        ) from error


def _client(url: str) -> DefaultAsyncHttpxClient:
    # A redirect could carry answers elsewhere, and a proxy has no business between us and this machine.
    return DefaultAsyncHttpxClient(follow_redirects=False, trust_env=urlsplit(url).hostname not in _LOOPBACK)


def read_replies(path: Path) -> dict[str, Replies]:
    """Return what the model said in each sample of a log of ours, a sample at a time; raise EvaluationError."""
    try:
        return {
            str(s.id): tuple(s.metadata.get(REPLIES, ()))
            for s in read_eval_log_samples(str(path), all_samples_required=False)
        }
    except (OSError, ValueError, KeyError) as error:
        raise EvaluationError("This is no log of an evaluation.", where=str(path), found=shown(str(error))) from error


def _read(log: EvalLog, key: str) -> Run:
    path = Path(log.location)
    if log.status == "cancelled":
        raise KeyboardInterrupt
    if log.status != "success":
        path.unlink(missing_ok=True)  # the answers so far are in the journal
        found = _without(key, log.error.message) if log.error else log.status
        raise EvaluationError("Inspect could not finish the evaluation.", found=shown(found), fix="run it again")
    _scrub(path, key)
    # A sample at a time: all of them would not fit in memory.
    lost = [s for s in read_eval_log_sample_summaries(str(path)) if s.error]
    return Run(path, {str(s.id): _without(key, _first_error(path, s.id, s.epoch)) for s in lost})


def _first_error(path: Path, sample: str | int, epoch: int) -> str:
    # What went wrong first says more than what went wrong after it.
    held = read_eval_log_sample(str(path), sample, epoch)
    return next((error.message for error in (*(held.error_retries or ()), held.error) if error), "")


def _without(key: str, text: str) -> str:
    return text.replace(key, SCRUBBED) if key else text
