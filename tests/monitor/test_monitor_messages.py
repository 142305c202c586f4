"""Texts are found in every shape of messages that senders use, and no string that may be said is lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.monitor.storing import messages
from accord.monitor.storing.messages import Text, read_texts
from accord.monitor.storing.names import load_names

INPUT = ("input", "user")


def _read(value: object, kind: tuple[str, str] = INPUT) -> list[Text]:
    return list(read_texts(value, kind, load_names()))


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("How are you?", [("input", "user", "How are you?")]),
        ("", []),
        ("[not JSON", [("input", "user", "[not JSON")]),
        ('{"a": 1}', [("input", "user", '{"a": 1}')]),  # JSON that somebody asks about is what they said
        ([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}], [("input", "user", "Hi")]),
        (
            [{"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            [("instructions", "system", "Be kind."), ("input", "user", "Hi")],
        ),
        (
            [{"role": "assistant", "parts": [{"type": "tool_call", "name": "f", "arguments": {"to": "ä"}}]}],
            [("arguments", "assistant", '{"to": "ä"}')],
        ),
        (
            [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "result": "rainy"}]}],
            [("result", "tool", "rainy")],
        ),
        ([{"role": "tool", "content": "rainy", "tool_call_id": "1"}], [("result", "tool", "rainy")]),
        (
            [{"role": "assistant", "content": None, "tool_calls": [{"function": {"arguments": '{"q": "\\u0061"}'}}]}],
            [("arguments", "assistant", '{"q": "a"}')],
        ),
        ({"messages": [{"role": "human", "content": "Hi"}]}, [("input", "user", "Hi")]),
        ([{"type": "text", "content": "Only a part"}], [("input", "user", "Only a part")]),
        ([{"role": "narrator", "content": "Once"}], [("input", None, "Once")]),
        ([{"role": "user", "parts": [{"type": "blob", "mime_type": "image/png", "data": "iVBO"}]}], []),
        (
            [{"role": "user", "parts": [{"type": "new", "words": "x"}]}],
            [("input", "user", '{"type": "new", "words": "x"}')],
        ),
        ([{"role": "assistant", "parts": [{"type": "reasoning", "content": "Hm"}]}], [("input", "assistant", "Hm")]),
    ],
)
def test_known_shapes_are_read(value: object, texts: list[Text]) -> None:
    assert texts == _read(value)
    if not isinstance(value, str):
        assert texts == _read(json.dumps(value))


def test_escapes_in_arguments_are_undone_for_the_detectors() -> None:
    assert [("arguments", "assistant", '{"to": "bob@example.org"}')] == _read(
        '{"to": "bob\\u0040example.org"}', ("arguments", "assistant")
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "parts", "content", "type", "tool_calls", "function", "arguments", "result", "text", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["input", "output", "arguments", "result"]))
def test_any_json_gives_texts_with_a_place(value: Any, place: str) -> None:  # noqa: ANN401 - JSON
    for form in (value, json.dumps(value)):
        for found in _read(form, (place, "user")):
            assert found[0] in {"instructions", "input", "output", "arguments", "result"}
            assert found[2]


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system", "tool"]), st.text(min_size=1)), max_size=5))
def test_no_text_of_a_conversation_is_lost(said: list[tuple[str, str]]) -> None:
    messages = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in said]
    found = [(role, text) for _, role, text in _read(messages)]
    assert [role for role, _ in said] == [role for role, _ in found]
    plain = [(role, text) for role, text in said if role != "tool"]
    assert plain == [(role, text) for role, text in found if role != "tool"]


def test_nesting_is_bounded() -> None:
    deep: Any = "in the middle"
    for _ in range(60):
        deep = {"content": [deep]}
    (found,) = _read(deep)
    assert "in the middle" in found[2]
    for deep in range(100, 1100, 100):
        nested = "[" * deep + "]" * deep
        for place in ("input", "arguments"):
            (found,) = _read(nested, (place, "user"))
            assert nested == found[2].replace(" ", "")
    assert [("input", "user", "[" * 5000)] == _read("[" * 5000)


_PART = st.fixed_dictionaries({"type": st.sampled_from(["text", "reasoning", "blob"]), "content": st.text(max_size=3)})
_ROLE = st.sampled_from(["user", "assistant", "system", "tool", "User", "model", "?", 3])
_MESSAGE = st.fixed_dictionaries({"role": _ROLE, "parts": st.lists(_PART | st.text(max_size=2), max_size=3)})


@given(st.lists(_MESSAGE, max_size=3), st.sampled_from(["input", "output", "instructions", "other"]))
def test_usual_messages_are_read_as_all_are(value: list[object], place: str) -> None:
    names, reader = load_names(), messages._Reader(load_names())
    reader.walk(value, place, "user", 0)
    usual = messages._usual_texts(value, place, names)
    assert usual in (None, reader.texts)
    assert read_texts(value, (place, "user"), names) == reader.texts
