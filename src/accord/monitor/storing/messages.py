"""The texts in what senders call messages: OpenTelemetry's parts, OpenAI's content, OpenInference's, or plain text."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from accord.monitor.storing.names import Kind, Names

Text = tuple[str, str | None, str]
"""The place, the role and the text."""

_DEEPEST = 12
_PLACES = {"system": "instructions", "tool": "result"}
_CONTENT = frozenset({"parts", "contents", "text", "content", "reasoning", "thinking", "refusal"})
_CALLS = frozenset({"tool_calls"})
_CALL = frozenset({"tool_call", "tool_use", "function_call"})
_RESULT = frozenset({"tool_call_response", "tool_result", "function_call_output"})
_MEDIA = frozenset({"blob", "file", "uri", "image", "image_url", "input_image", "input_audio", "audio", "video"})
_WRAPPERS = {
    "message": None,
    "messages": None,
    "message_content": None,
    "choices": None,
    "prompt": "input",
    "completion": "output",
    "system": "instructions",
}
_ABOUT = frozenset({"role", "type", "id", "index", "name", "finish_reason", "tool_call_id"})
_SHAPES = frozenset({"role", "type", *_CONTENT, *_CALLS, *_WRAPPERS})


def read_texts(value: object, kind: Kind, names: Names) -> Iterator[Text]:
    """Yield the texts of a value, which may be text, JSON in text, or lists and mappings; nothing of it is lost.

    What has no known shape is one text as it stands. Pictures and other media are not text, and are left out.
    """
    place, role = kind
    if place in {"arguments", "result"}:
        yield from _whole(value, place, role)
        return
    if isinstance(value, str):
        opened = _open(value)
        value = value if opened is None or not _is_message(opened) else opened
    yield from _walk(value, place, role, names, 0)


def _open(value: str) -> object | None:
    if value.lstrip()[:1] not in {"[", "{"}:
        return None
    try:
        opened: object = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return opened


def _is_message(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and not _SHAPES.isdisjoint(first)


def _walk(value: object, place: str, role: str | None, names: Names, depth: int) -> Iterator[Text]:
    if isinstance(value, list) and depth <= _DEEPEST:
        for part in value:
            yield from _walk(part, place, role, names, depth + 1)
    elif isinstance(value, dict) and depth <= _DEEPEST:
        yield from _message(value, place, role, names, depth)
    elif isinstance(value, str) and place not in {"arguments", "result"}:
        if value:
            yield place, role, value
    else:
        yield from _whole(value, place, role)


def _message(value: Mapping[str, Any], place: str, role: str | None, names: Names, depth: int) -> Iterator[Text]:
    kind = str(value.get("type", ""))
    if kind in _CALL or "function" in value or "arguments" in value:
        yield from _call(value)
        return
    if kind in _RESULT:
        held = [value[name] for name in ("result", "response", "output", "content") if name in value]
        yield from _whole(held[0] if held else None, "result", "tool")
        return
    said = value.get("role")
    if isinstance(said, str):
        role = names.roles.get(said.lower())
        place = _PLACES.get(role or "", place) if place == "input" else place
    yield from _inside(value, place, role, names, depth, media=kind in _MEDIA)


def _inside(
    value: Mapping[str, Any], place: str, role: str | None, names: Names, depth: int, *, media: bool
) -> Iterator[Text]:
    found = media
    for name, inner in value.items():
        if name in _CONTENT or name in _WRAPPERS:
            found = True
            yield from _walk(inner, _WRAPPERS.get(name) or place, role, names, depth + 1)
        elif name in _CALLS and isinstance(inner, list):
            found = True
            for call in inner:
                yield from _call(call)
    if not found and not _ABOUT.issuperset(value):
        yield from _whole(value, place, role)


def _call(value: object) -> Iterator[Text]:
    for name in ("tool_call", "function"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    held = [value[name] for name in ("arguments", "input", "args") if name in value] if isinstance(value, dict) else []
    yield from _whole(held[0] if held else value, "arguments", "assistant")


def _whole(value: object, place: str, role: str | None) -> Iterator[Text]:
    """Yield a value as one text; the escapes of JSON are undone, so that no detector looks at them."""
    if value not in (None, "", [], {}):
        opened = _open(value) if isinstance(value, str) else None
        yield place, role, write(value if opened is None else opened)


def write(value: object) -> str:
    """Return a value as text: itself, or its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
