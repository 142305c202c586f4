"""Which parts of a row are texts, and what else it says: a small schema, with presets for what is common."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from accord.errors import ScanError
from accord.scan.reading.batches import Said
from accord.scan.reading.messages import as_role, find_texts, parse_text
from accord.scan.reading.moments import as_moment
from accord.scan.reading.spans import find_spans

Speaker = Literal["user", "assistant", "system", "tool"]


class Columns(BaseModel):
    """Which columns of a table hold texts, and what else is known of them; a dot leads into a column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str = "columns"
    """What it is called."""
    spans: bool = False
    """Whether rows are spans of generative AI, whose attributes say where the texts are."""
    texts: tuple[tuple[str, Speaker | None], ...] = ()
    """The columns of texts or of messages, and who speaks where they do not say it."""
    parsed: bool = False
    """Whether a text that is JSON stands for what it holds."""
    role: str | None = None
    """The column of who speaks."""
    time: tuple[str, ...] = ()
    """The column of the moment, or several of which the first that a row has counts."""
    account: tuple[str, ...] = ()
    """The column of the account, which is replaced by a salted key."""
    conversation: tuple[str, ...] = ()
    """The column of the conversation."""
    model: tuple[str, ...] = ()
    """The column of the model."""

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is read; none where all are."""
        if self.spans:
            return ()
        role = (self.role,) if self.role else ()
        names = (*(n for n, _ in self.texts), *role, *self.time, *self.account, *self.conversation, *self.model)
        return tuple(dict.fromkeys(names))


_TIMES = ("time", "timestamp", "created_at", "created", "createdAt", "date", "start_time", "startTime")
_ACCOUNTS = ("account", "user_id", "userId", "user", "account_id", "customer_id", "hashed_ip")
_TALKS = ("conversation_id", "conversationId", "session_id", "sessionId", "thread_id", "trace_id", "traceId",
          "conversation_hash")  # fmt: skip
_MODELS = ("model", "model_name", "providedModelName", "provided_model_name", "model_id")
_SIGNS = frozenset({*_TALKS, "projectId", "project_id", "observations"})


def _preset(name: str, *texts: tuple[str, Speaker | None], role: str | None = None, parsed: bool = False) -> Columns:
    return Columns(
        preset=name,
        texts=texts,
        role=role,
        parsed=parsed,
        time=_TIMES,
        account=_ACCOUNTS,
        conversation=_TALKS,
        model=_MODELS,
    )


PRESETS: Mapping[str, Columns] = {
    one.preset: one
    for one in (
        Columns(
            preset="received",
            texts=(("texts", None),),
            time=("received",),
            account=("account",),
            conversation=("conversation",),
            model=("model",),
        ),
        Columns(preset="spans", spans=True),
        Columns(preset="phoenix", spans=True),
        Columns(preset="otlp", spans=True),
        _preset("langfuse", ("input", "user"), ("output", "assistant"), parsed=True),
        _preset("inspect", ("messages", None), ("output", "assistant")),
        _preset("messages", ("messages", None)),
        _preset("conversation", ("conversation", None)),
        _preset("sharegpt", ("system", "system"), ("conversations", None)),
        _preset("prompt-response", ("system", "system"), ("prompt", "user"), ("response", "assistant")),
        _preset("prompt-completion", ("prompt", "user"), ("completion", "assistant")),
        _preset("preference", ("prompt", "user"), ("chosen", "assistant"), ("rejected", "assistant")),
        _preset("question-answer", ("question", "user"), ("answer", "assistant")),
        _preset(
            "instruction",
            ("instruction", "user"),
            ("input", "user"),
            ("output", "assistant"),
            ("response", "assistant"),
        ),
        _preset("text", ("text", None), role="role"),
        _preset("content", ("content", None), role="role"),
        _preset("prompt", ("prompt", "user")),
    )
}
"""What is known of common exports, by name."""

_MUST: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (name, frozenset(names.split()))
    for name, names in (
        ("messages", "messages"), ("conversation", "conversation"), ("sharegpt", "conversations"),
        ("prompt-response", "prompt response"), ("prompt-completion", "prompt completion"),
        ("preference", "chosen rejected"), ("question-answer", "question answer"), ("instruction", "instruction"),
        ("text", "text"), ("content", "content"), ("prompt", "prompt"),
    )
)  # fmt: skip


def detect_preset(names: Iterable[str]) -> Columns | None:
    """Return the preset that fits a table with these columns; none where no text would be found in it."""
    held = frozenset(names)
    if {"trace_id", "span_id", "received", "texts"} <= held:  # the parts of accord monitor receive
        return PRESETS["received"]
    if held & {"resourceSpans", "resource_spans", "resourceLogs"}:
        return PRESETS["otlp"]
    if "context.span_id" in held or any(name.startswith("attributes.") for name in held):
        return PRESETS["phoenix"]
    if "attributes" in held and held & {"span_id", "spanId", "context", "trace_id", "traceId"}:
        return PRESETS["spans"]
    if {"input", "output"} <= held and held & _SIGNS and "instruction" not in held:
        return PRESETS["langfuse"]
    return next((PRESETS[name] for name, must in _MUST if must <= held), None)


_SINGLE = ("role", "time", "account", "conversation", "model")
_SPEAKERS: Mapping[str, Speaker | None] = {
    "text": None, "messages": None, "user": "user", "assistant": "assistant", "system": "system", "tool": "tool",
}  # fmt: skip


def choose_columns(preset: str, columns: Mapping[str, str]) -> Columns | None:
    """Return the columns that a person names: a preset, single columns, or both; none where nothing is named.

    Raises ScanError for a name that there is not.
    """
    if preset and preset not in PRESETS:
        raise ScanError("There is no such preset.", expected=", ".join(PRESETS), found=preset)
    if not columns:
        return PRESETS[preset] if preset else None
    base: dict[str, Any] = PRESETS[preset].model_dump() if preset else {}
    texts = []
    for part, column in columns.items():
        if part in _SINGLE:
            base[part] = column if part == "role" else (column,)
        elif part in _SPEAKERS:
            texts.append((column, _SPEAKERS[part]))
        else:
            raise ScanError("There is no such part of a text.", expected=", ".join((*_SPEAKERS, *_SINGLE)), found=part)
    base["texts"] = texts or base.get("texts", ())
    chosen = Columns.model_validate(base)
    if not (chosen.texts or chosen.spans):
        raise ScanError("No column of texts is named.", expected="text = the column that holds it")
    return chosen


def has_texts(row: Mapping[str, Any], columns: Columns) -> bool:
    """Tell whether a row has any of the columns that hold texts, though there may be nothing in them."""
    return columns.spans or any(find(row, name, _ABSENT) is not _ABSENT for name, _ in columns.texts)


def read_row(row: Mapping[str, Any], columns: Columns) -> Iterator[Said]:
    """Yield the texts of a row, in order; raise UnreadableError where it is nested too deep."""
    if columns.spans:
        yield from find_spans(row)
        return
    time = next((m for n in columns.time if (m := as_moment(find(row, n)))), None)
    known = tuple(_word(row, names) for names in (columns.account, columns.conversation, columns.model))
    speaker = as_role(find(row, columns.role)) if columns.role else None
    for name, role in columns.texts:
        value = find(row, name)
        for who, text in find_texts(parse_text(value) if columns.parsed else value, role or speaker):
            yield Said(text, who, time, *known)


_ABSENT = object()


def find(row: Mapping[str, Any], name: str, absent: object = None) -> Any:  # noqa: ANN401 - JSON
    """Return a column's value, or what is inside one where the name has dots."""
    if name in row:
        return row[name]
    here: Any = row
    for step in name.split("."):
        if not isinstance(here, Mapping) or step not in here:
            return absent
        here = here[step]
    return here


def as_word(value: object) -> str | None:
    """Return a text or a number as the name of something; none for anything else, and for what is empty."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _word(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((word for name in names if (word := as_word(find(row, name)))), None)
