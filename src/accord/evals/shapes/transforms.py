"""What an attacker does to a request so that it no longer looks like one. All of it has long been public."""

import base64
import codecs
from collections.abc import Callable, Mapping

from accord.evals.sample import Message
from accord.evals.shapes.frames import FRAMES, SHOTS, Transform
from accord.evals.shapes.item import Language

PARTS = 3
"""Pieces that a request is split into."""

_DIGITS = str.maketrans("aeiost", "431057")


def in_base64(text: str) -> str:
    """Return the Base64 (RFC 4648) of the UTF-8 of `text`."""
    return base64.b64encode(text.encode()).decode()


def in_rot13(text: str) -> str:
    """Return `text` with each letter from A to Z moved on by thirteen; other characters stay."""
    return codecs.encode(text, "rot13")


def in_leetspeak(text: str) -> str:
    """Return `text` with six of its small letters as the digits that look like them."""
    return text.translate(_DIGITS)


def in_parts(text: str) -> str:
    """Return one line for each of `PARTS` pieces of `text`, named and in quotes; joined, they are `text`."""
    size = -(-len(text) // PARTS)
    return "\n".join(f'{name} = "{text[i * size : (i + 1) * size]}"' for i, name in enumerate("abc"))


_CHANGES: Mapping[str, Callable[[str], str]] = {
    "base64": in_base64,
    "rot13": in_rot13,
    "leetspeak": in_leetspeak,
    "splitting": in_parts,
}


def transformed(via: Transform, request: str, other: str, language: Language) -> tuple[Message, ...]:
    """Return the conversation in which `request` is made by way of a transform.

    `other` is the same request in another language; `language` is that of the words around it, and of the answer.
    """
    text = other if via == "translation" else _CHANGES.get(via, str)(request)
    messages: list[Message] = []
    for question, answer in SHOTS[language] if via == "many-shot" else ():
        messages += Message("user", question), Message("assistant", answer)
    return (*messages, Message("user", FRAMES[language][via].replace("{request}", text)))
