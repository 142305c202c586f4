"""The shapes that an item may have: how each becomes samples."""

from accord.evals.shapes.agents import Agency, Control
from accord.evals.shapes.documents import Conflict
from accord.evals.shapes.item import Family, Item, Language, draw, order
from accord.evals.shapes.probes import Incentive, Jailbreak, Needle, Pressure, Secret
from accord.evals.shapes.questions import Choice, Confidence, Pair, Question, Twins
from accord.evals.shapes.relay import Relay

SHAPES: dict[str, type[Item]] = {
    "twins": Twins,
    "question": Question,
    "confidence": Confidence,
    "choice": Choice,
    "pair": Pair,
    "conflict": Conflict,
    "jailbreak": Jailbreak,
    "secret": Secret,
    "pressure": Pressure,
    "incentive": Incentive,
    "needle": Needle,
    "agency": Agency,
    "control": Control,
    "relay": Relay,
}
"""Each shape by the name that a suite's file gives it."""

__all__ = ["SHAPES", "Family", "Item", "Language", "draw", "order"]
