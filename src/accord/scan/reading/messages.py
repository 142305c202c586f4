"""Texts in the many shapes in which conversations are written down."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from accord.scan.reading.batches import mend
from accord.scan.reading.tally import TOO_DEEP, UnreadableError

_DEEPEST = 24
_ROLES = {
    "user": "user", "human": "user", "prompter": "user", "customer": "user",
    "assistant": "assistant", "gpt": "assistant", "ai": "assistant", "bot": "assistant", "chatgpt": "assistant",
    "model": "assistant", "system": "system", "developer": "system", "tool": "tool", "function": "tool",
    "ipython": "tool",
}  # fmt: skip
_SPEAKERS = ("role", "from", "message.role", "speaker", "author")
_HOLDERS = (
    "message", "messages", "content", "message.content", "contents", "message.contents", "value", "text", "parts",
    "message_content", "message_content.text", "reasoning", "reasoning_content", "thinking", "refusal", "tool_calls",
    "message.tool_calls", "function_call", "tool_call", "function", "arguments", "tool_call.function.arguments",
    "response", "result", "choices", "generations", "system", "prompt", "input", "output", "completion", "answer",
)  # fmt: skip
_NOT_TEXT = frozenset(
    {"image", "image_url", "input_image", "audio", "input_audio", "video", "file", "blob", "document"}
)
_TOOLS = frozenset({"tool_call_response", "tool_result", "function_call_output"})


def as_role(word: object) -> str | None:
    """Return user, assistant, system or tool for what a log calls the speaker; none for what is none of them."""
    return _ROLES.get(word.lower()) if isinstance(word, str) else None


def find_texts(value: Any, role: str | None = None, deep: int = 0) -> Iterator[tuple[str | None, str]]:  # noqa: ANN401 - JSON
    """Yield who speaks, and the text, for each text in a value: a text, a message, a list of messages, any tree.

    Of a table that looks like a message, what a message says is taken; of any other, every text in it. Raises
    UnreadableError where it is nested too deep.
    """
    if isinstance(value, str):
        yield role, mend(value)
    elif deep >= _DEEPEST:
        raise UnreadableError(TOO_DEEP)
    elif isinstance(value, Mapping):
        yield from _find_in(value, role, deep + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from find_texts(item, role, deep + 1)


def _find_in(table: Mapping[str, Any], role: str | None, deep: int) -> Iterator[tuple[str | None, str]]:
    kind = table.get("type")
    if isinstance(kind, str) and kind in _NOT_TEXT:
        return
    speaker = next((as_role(table[name]) for name in _SPEAKERS if isinstance(table.get(name), str)), role)
    if isinstance(kind, str) and kind in _TOOLS:
        speaker = "tool"
    named = [name for name in _HOLDERS if table.get(name) is not None]
    for name in named or sorted(map(str, table)):
        yield from find_texts(table.get(name), speaker, deep)


def parse_text(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return what a text holds where it is a list or a table in JSON; anything else as it is."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
