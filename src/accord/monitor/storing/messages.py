"""The texts in what senders call messages: OpenTelemetry's parts, OpenAI's content, OpenInference's, or plain text."""

import json
from typing import Any

from accord.monitor.storing.names import Kind, Names

Text = tuple[str, str | None, str]
"""The place, the role and the text."""

_DECODER = json.JSONDecoder()
_DEEPEST = 12
_TOO_DEEP = "[nested too deep to be kept]"
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
_USUAL = ("role", "parts")
_USUAL_PART = ("type", "content")
_ABOUT = frozenset({"role", "type", "id", "index", "name", "finish_reason", "tool_call_id"})
_SHAPES = frozenset({"role", "type", *_CONTENT, *_CALLS, *_WRAPPERS})


def read_texts(value: object, kind: Kind, names: Names) -> list[Text]:
    """Return the texts of a value, which may be text, JSON in text, or lists and mappings; nothing of it is lost.

    What has no known shape is one text as it stands. Pictures and other media are not text, and are left out.
    """
    place, role = kind
    reader = _Reader(names)
    if place in {"arguments", "result"}:
        reader.whole(value, place, role)
        return reader.texts
    opened = _unwrap(value)
    texts = _usual_texts(opened, place, names)
    if texts is None:
        reader.walk(opened, place, role, 0)
    return reader.texts if texts is None else texts


def _usual_texts(value: object, place: str, names: Names) -> list[Text] | None:
    """Return the same as walking through it for messages of roles and texts, as most are; none for any other."""
    if type(value) is not list:
        return None
    texts: list[Text] = []
    for message in value:
        if type(message) is not dict or len(message) != len(_USUAL):
            return None
        said, parts = message.get("role"), message.get("parts")
        if type(said) is not str or type(parts) is not list:
            return None
        role = names.roles.get(said.lower())
        where = _PLACES.get(role or "", place) if place == "input" else place
        for part in parts:
            if type(part) is not dict or len(part) != len(_USUAL_PART) or part.get("type") != "text":
                return None
            text = part.get("content")
            if type(text) is not str or where == "result":
                return None
            if text:
                texts.append((where, role, text))
    return texts


def _unwrap(value: object) -> object:
    """Return the messages that text stands for, or the text."""
    opened = _open(value) if isinstance(value, str) else None
    return value if opened is None or not _is_message(opened) else opened


def _open(value: str) -> object | None:
    if value.lstrip()[:1] not in {"[", "{"}:
        return None
    try:
        opened: object = _DECODER.decode(value)
    except (ValueError, RecursionError):
        return None
    return opened


def _is_message(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and not _SHAPES.isdisjoint(first)


class _Reader:
    """Collects the texts of one value, in their order."""

    def __init__(self, names: Names) -> None:
        self.texts: list[Text] = []
        self._roles = names.roles

    def walk(self, value: object, place: str, role: str | None, depth: int) -> None:
        if isinstance(value, str) and place not in {"arguments", "result"}:
            if value:
                self.texts.append((place, role, value))
        elif isinstance(value, list) and depth <= _DEEPEST:
            for part in value:
                self.walk(part, place, role, depth + 1)
        elif isinstance(value, dict) and depth <= _DEEPEST:
            self._message(value, place, role, depth)
        else:
            self.whole(value, place, role)

    def _message(self, value: dict[str, Any], place: str, role: str | None, depth: int) -> None:
        kind = str(value.get("type", ""))
        if kind in _CALL or "function" in value or "arguments" in value:
            self._call(value)
            return
        if kind in _RESULT:
            held = [value[name] for name in ("result", "response", "output", "content") if name in value]
            self.whole(held[0] if held else None, "result", "tool")
            return
        said = value.get("role")
        if isinstance(said, str):
            role = self._roles.get(said.lower())
            place = _PLACES.get(role or "", place) if place == "input" else place
        self._inside(value, place, role, depth, found=kind in _MEDIA)

    def _inside(self, value: dict[str, Any], place: str, role: str | None, depth: int, *, found: bool) -> None:
        for name, inner in value.items():
            if name in _CONTENT:
                found = True
                self.walk(inner, place, role, depth + 1)
            elif name in _WRAPPERS:
                found = True
                self.walk(_unwrap(inner), _WRAPPERS[name] or place, role, depth + 1)
            elif name in _CALLS and isinstance(inner, list):
                found = True
                for call in inner:
                    self._call(call)
        if not found and not _ABOUT.issuperset(value):
            self.whole(value, place, role)

    def _call(self, value: object) -> None:
        for name in ("tool_call", "function"):
            if isinstance(value, dict) and name in value:
                value = value[name]
        held = (
            [value[name] for name in ("arguments", "input", "args") if name in value] if isinstance(value, dict) else []
        )
        self.whole(held[0] if held else value, "arguments", "assistant")

    def whole(self, value: object, place: str, role: str | None) -> None:
        """Add a value as one text; the escapes of JSON are undone, so that no detector looks at them."""
        if value not in (None, "", [], {}):
            opened = _open(value) if isinstance(value, str) else None
            try:
                text = write(value if opened is None else opened)
            except RecursionError:
                text = value if isinstance(value, str) else _TOO_DEEP
            self.texts.append((place, role, text))


def write(value: object) -> str:
    """Return a value as text: itself, or its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
