"""Traffic as a service sees it, drawn from a seed, with misuse planted in it and with what only looks like misuse.

The texts are made of invented words, so that nothing harmful is in them; what a detector would find is drawn with them.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import pi, sin
from typing import Any

import pyarrow as pa

from accord.scan.rows import FINDINGS, TEXTS

Key = tuple[str, int, int]
JAILBREAK, WEAPONS, REFUSAL = "prompts:jailbreak", "terms:weapons", "answers:refusal"
SERIES = (JAILBREAK, WEAPONS, REFUSAL)
RATES = {JAILBREAK: 0.004, WEAPONS: 0.002, REFUSAL: 0.03}
"""In which share of conversations each is found where nothing is planted."""


@dataclass(frozen=True)
class Scene:
    """Texts, what is found in them, and the texts of each thing that was planted."""

    texts: pa.Table
    findings: pa.Table
    planted: dict[str, frozenset[Key]]


@dataclass
class Traffic:
    """Draws conversations; each is one row, and its turns are the row's parts."""

    seed: int
    start: datetime
    days: float
    daily: int = 400
    people: int = 150
    marks: Mapping[str, str] = field(default_factory=dict)
    """What is said in texts of a series, for detectors that really look; nothing where it is left out."""
    _rows: list[dict[str, Any]] = field(default_factory=list, init=False)
    _found: list[dict[str, Any]] = field(default_factory=list, init=False)
    _planted: dict[str, set[Key]] = field(default_factory=dict, init=False)
    _next: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a simulation
        self._words = ["".join(self._random.choices("abdefgiklmnoprstuv", k=6)) for _ in range(4_000)]
        for _ in range(round(self.daily * self.days)):
            self._ordinary()

    def scene(self) -> Scene:
        """Return what was drawn so far."""
        rows = sorted(self._rows, key=lambda row: (row["source"], row["row"], row["part"]))
        texts, found = (
            pa.Table.from_pylist(rows, schema=TEXTS),
            pa.Table.from_pylist(self._found, schema=FINDINGS),
        )
        return Scene(texts, found, {name: frozenset(keys) for name, keys in self._planted.items()})

    def campaign(
        self,
        start: datetime,
        accounts: int,
        hours: float,
        *,
        series: str = JAILBREAK,
        size: int = 45,
        rewritten: float = 0.0,
        planted: bool = True,
    ) -> None:
        """Add accounts that each fill in one template, about half of them twice, with a share of its words changed.

        What is not `planted` only looks like it, such as a text that many quote.
        """
        template, cause, group = self._say(size), "campaign" if series == JAILBREAK else "cluster", self._next
        for number in range(accounts):
            for _ in range(self._random.choice((1, 2))):
                moment = start + timedelta(hours=hours * self._random.random())
                turns = [("user", f"{self._rewrite(template, rewritten)} {self._say(10)}", series)]
                keys = self._add(f"new-{group}-{number}", moment, [*turns, ("assistant", self._say(30), "")])
                if planted:
                    self._planted.setdefault(cause, set()).add(keys[0])

    def loop(self, moment: datetime, rounds: int) -> None:
        """Plant an agent that calls the same tool with the same arguments again and again."""
        call, answer = f'{{"tool": "search", "query": "{self._say(3)}"}}', self._say(12)
        turns = [("user", self._say(15), "")]
        turns += [turn for _ in range(rounds) for turn in (("assistant", call, ""), ("tool", answer, ""))]
        keys = self._add(self._someone(), moment, turns)
        self._planted.setdefault("loop", set()).update(keys[1:])

    def agent(self, moment: datetime, steps: int, polls: int = 0) -> None:
        """Add an agent that does many different things, and waits for one of them; neither is misuse."""
        turns = [("user", self._say(15), "")]
        for _ in range(steps):
            turns += [("assistant", self._say(6), ""), ("tool", self._random.choice(("ok", self._say(9))), "")]
        for number in range(polls):
            turns += [("assistant", "status of the build", ""), ("tool", f"running, {number} of {polls}", "")]
        self._add(self._someone(), moment, turns)

    def refused(self, account: str, moment: datetime, answers: int, share: float, *, planted: bool) -> None:
        """Add an account of which a share of the questions is refused."""
        for number in range(answers):
            series = REFUSAL if number < share * answers else ""
            turns = [("user", self._say(20), ""), ("assistant", self._say(12), series)]
            keys = self._add(account, moment + timedelta(minutes=number), turns)
            if planted and series:
                self._planted.setdefault("refusals", set()).add(keys[1])

    def tools(self, account: str, moment: datetime, marked: int, *, planted: bool = True) -> None:
        """Add an account whose tools bring what a detector finds, so many times."""
        for number in range(marked):
            turns = [("user", self._say(12), ""), ("assistant", self._say(5), ""), ("tool", self._say(30), WEAPONS)]
            keys = self._add(account, moment + timedelta(minutes=7 * number), turns)
            if planted:
                self._planted.setdefault("tools", set()).add(keys[2])

    def _ordinary(self) -> None:
        moment = self.start + timedelta(days=self.days * self._random.random())
        while self._random.random() > 0.55 + 0.45 * sin(2 * pi * (moment.hour - 8) / 24):
            moment = self.start + timedelta(days=self.days * self._random.random())
        turns = []
        for _ in range(self._random.choice((1, 1, 2, 3))):
            marked = [s for s in (JAILBREAK, WEAPONS) if self._random.random() < RATES[s]]
            refusal = REFUSAL if marked or self._random.random() < RATES[REFUSAL] else ""
            question = "thanks, please go on" if self._random.random() < 0.1 else self._say(self._random.randint(4, 60))
            turns += [("user", question, "".join(marked[:1])), ("assistant", self._say(25), refusal)]
        self._add(self._someone(), moment, turns)

    def _add(self, account: str, moment: datetime, turns: list[tuple[str, str, str]]) -> list[Key]:
        source, row = f"{moment:%Y-%m-%d}.parquet", self._next
        self._next += 1
        for part, (role, text, series) in enumerate(turns):
            place = {"source": source, "row": row, "part": part}
            said = {
                "text": f"{text} {self.marks[series]}" if series in self.marks else text,
                "role": role,
                "time": moment + timedelta(seconds=20 * part),
            }
            self._rows.append({**place, **said, "account": account, "conversation": f"c{row}", "model": "tiny"})
            if series:
                detector, label = series.split(":")
                span = {"start": 0, "end": len(text), "score": 1.0}
                self._found.append({**place, "detector": detector, "label": label, **span})
        return [(source, row, part) for part in range(len(turns))]

    def _rewrite(self, text: str, share: float) -> str:
        return " ".join(self._say(1) if self._random.random() < share else word for word in text.split())

    def _someone(self) -> str:
        return f"u{min(int(self._random.paretovariate(1.2)), self.people)}"

    def _say(self, words: int) -> str:
        return " ".join(self._random.choices(self._words, k=words))
