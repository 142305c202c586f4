"""How often what is called a pattern of misuse is one, on simulated days whose truth is known.

    python benchmarks/misuse.py [--days 100] [--seed 1]

Each day has ordinary traffic, misuse of a size drawn anew, and what only looks like misuse: flagged texts that many
quote, agents that poll, accounts that are refused now and then, tools that bring a flagged page once or twice. Prints
the table of docs/explanation/monitoring.md: precision and recall over texts with their 95 % intervals (Wilson).
"""

import argparse
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accord.evidence import wilson
from accord.manifest import Watch
from accord.monitor.patterns import campaigns, loops, refusals, tools

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from traffic_scene import JAILBREAK, REFUSAL, SERIES, WEAPONS, Scene, Traffic

START = datetime(2026, 11, 1, tzinfo=UTC)
CAUSES = ("campaign", "cluster", "loop", "refusals", "tools")


def main() -> None:
    """Print precision and recall of each pattern."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    hits, extra, missed = Counter[str](), Counter[str](), Counter[str]()
    texts = taken = 0.0
    for day in range(asked.days):
        scene = _day(asked.seed * 10_000 + day)
        began = time.perf_counter()
        found = _find(scene)
        taken += time.perf_counter() - began
        texts += scene.texts.num_rows
        for cause in CAUSES:
            planted = scene.planted.get(cause, frozenset())
            hits[cause] += len(found[cause] & planted)
            extra[cause] += len(found[cause] - planted)
            missed[cause] += len(planted - found[cause])
    print(f"{asked.days} days of {texts / asked.days:,.0f} texts; {texts / taken:,.0f} texts a second\n")
    print("| pattern | precision | recall |\n|---|---|---|")
    for cause in CAUSES:
        print(f"| {cause} | {_share(hits[cause], extra[cause])} | {_share(hits[cause], missed[cause])} |")


def _share(right: int, wrong: int) -> str:
    n = right + wrong
    low, high = wilson(right, n) if n else (0.0, 1.0)
    return f"{right} of {n} ({low:.0%} to {high:.0%})"


def _day(seed: int) -> Scene:
    drawn = random.Random(seed)  # noqa: S311 - a simulation
    traffic = Traffic(seed, START, 1.0, daily=1_500)

    def moment() -> datetime:
        return START + timedelta(hours=20 * drawn.random())

    for series in (JAILBREAK, WEAPONS):
        for _ in range(2):
            traffic.campaign(
                moment(),
                drawn.randint(2, 25),
                3,
                series=series,
                size=drawn.randint(15, 80),
                rewritten=0.3 * drawn.random(),
            )
    if drawn.random() < 0.3:  # noqa: PLR2004 - on so many days a text is quoted that a detector takes for misuse
        traffic.campaign(moment(), drawn.randint(2, 8), 6, planted=False)
    for number in range(3):
        traffic.loop(moment(), drawn.randint(4, 20))
        traffic.agent(moment(), drawn.randint(5, 40), polls=drawn.choice((0, 0, 2, 4, 6)))
        traffic.refused(f"seeker-{number}", moment(), drawn.randint(8, 30), drawn.uniform(0.6, 1.0), planted=True)
        traffic.refused(f"unlucky-{number}", moment(), drawn.randint(8, 30), drawn.uniform(0.1, 0.6), planted=False)
        traffic.tools(f"abuser-{number}", moment(), drawn.randint(2, 9))
        traffic.tools(f"reader-{number}", moment(), drawn.choice((1, 1, 2, 3)), planted=False)
    return traffic.scene()


def _find(scene: Scene) -> dict[str, frozenset[tuple[str, int, int]]]:
    watch, found = Watch(traffic="traffic"), {cause: frozenset[tuple[str, int, int]]() for cause in CAUSES}
    texts, findings = scene.texts, scene.findings
    patterns = [
        *campaigns(
            texts,
            findings,
            jailbreaks={JAILBREAK},
            similarity=watch.similarity,
            accounts=watch.campaign,
            others=watch.cluster,
        ),
        *loops(texts, repeats=watch.repeats),
        *refusals(texts, findings, series={REFUSAL} & set(SERIES), share=watch.refused, answers=watch.answers),
        *tools(texts, findings, marked=watch.marked, calls=watch.calls),
    ]
    for pattern in patterns:
        found[pattern.cause] |= pattern.keys
    return found


if __name__ == "__main__":
    main()
