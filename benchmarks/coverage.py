"""How often the intervals hold the true rate, and how often a gate is wrong, on simulated suites whose truth is known.

python benchmarks/coverage.py [ROUNDS]    (simulated suites in each cell of the grid; 200 when left out)

A suite has n samples in clusters of one size. Each cluster has a rate of its own, drawn from a beta distribution whose
mean is the true rate and whose spread gives the intra-cluster correlation. A judge reads every sample and errs at its
rates; how often it errs is estimated from labels that are drawn anew for each suite.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from accord.evidence.estimates import Confusion, effective_size, holm, interval, kappa, tail

SEED = 20261123
ROUNDS = 200
AGAIN = 2_000
WORST = 5
GATES = 2_000
TOLERANCES = 6
LABELS = (60, 200)
RATES = (0.02, 0.1, 0.3, 0.5, 0.9)
SIZES = (30, 100, 200, 400)
CLUSTERS = ((1, 0.0), *product((2, 5), (0.0, 0.2, 0.5)))
"""Samples in a cluster, and the correlation of two of them."""
JUDGES = (None, (0.95, 0.95), (0.85, 0.9))
"""Sensitivity and specificity; none where nothing is misjudged."""
BLOCKS = ("plain", "clustered", "judge error", "both")


class Scenario(NamedTuple):
    """How a suite is drawn."""

    rate: float
    n: int
    members: int
    correlation: float
    judge: tuple[float, float] | None

    @property
    def block(self) -> str:
        """The block that it is reported in."""
        return BLOCKS[(self.members > 1) + 2 * (self.judge is not None)]


class Suite(NamedTuple):
    """What is known of a suite after it was asked: the arguments of `interval`."""

    value: float
    effective: float
    clusters: int
    error: Confusion | None


class Tolerance(NamedTuple):
    """A suite, the bound that its true rate is held against, and the side on which the rate would exceed it."""

    suite: Suite
    bound: float
    side: Literal["above", "below"]


GRID = tuple(Scenario(*cell[:2], *cell[2], cell[3]) for cell in product(RATES, SIZES, CLUSTERS, JUDGES))


def draw(scenario: Scenario, rng: np.random.Generator) -> Suite:
    """Ask a simulated suite."""
    k = scenario.n // scenario.members
    rates: float | np.ndarray = scenario.rate
    if scenario.correlation:
        spread = 1 / scenario.correlation - 1
        rates = rng.beta(scenario.rate * spread, (1 - scenario.rate) * spread, k)
    held = rng.binomial(scenario.members, rates, k)
    error = None
    if scenario.judge:
        sensitivity, specificity = scenario.judge
        held = rng.binomial(held, sensitivity) + rng.binomial(scenario.members - held, 1 - specificity)
        error = label(scenario.judge, int(rng.integers(LABELS[0], LABELS[1] + 1)), rng)
    scores = [(str(c), float(i < held[c])) for c in range(k) for i in range(scenario.members)]
    return Suite(int(held.sum()) / len(scores), effective_size(scores), k, error)


def label(judge: tuple[float, float], labels: int, rng: np.random.Generator) -> Confusion:
    """Compare the judge with people on answers of which about half hold."""
    positives = int(rng.binomial(labels, 0.5))
    found, passed = int(rng.binomial(positives, judge[0])), int(rng.binomial(labels - positives, judge[1]))
    return Confusion(found, positives - found, passed, labels - positives - passed)


def misses(cells: Iterable[Scenario], rounds: int, rng: np.random.Generator) -> dict[Scenario, tuple[float, float]]:
    """Return for each cell the share of 95 % intervals that lie above the true rate, and of those below it."""
    found = {}
    for scenario in cells:
        bounds = [interval(*draw(scenario, rng)) for _ in range(rounds)]
        above = sum(1 for each in bounds if each.low is not None and each.low > scenario.rate)
        below = sum(1 for each in bounds if each.high is not None and each.high < scenario.rate)
        found[scenario] = (above / rounds, below / rounds)
    return found


def by_block(found: dict[Scenario, tuple[float, float]]) -> dict[str, float]:
    """Return the coverage of each block, and of all cells."""
    blocks: dict[str, list[float]] = defaultdict(list)
    for scenario, (above, below) in found.items():
        for block in (scenario.block, "all"):
            blocks[block].append(1 - above - below)
    return {block: sum(cells) / len(cells) for block, cells in blocks.items()}


def gate(cells: Sequence[Scenario], slack: Sequence[float], rng: np.random.Generator) -> list[Tolerance]:
    """Hold suites against tolerances that leave their true rates some slack; less than none means outside."""
    drawn = []
    for scenario, room in zip(cells, slack, strict=True):
        side: Literal["above", "below"] = "above" if rng.random() < 0.5 else "below"  # noqa: PLR2004 - a coin
        bound = scenario.rate + room if side == "above" else scenario.rate - room
        drawn.append(Tolerance(draw(scenario, rng), min(1.0, max(0.0, bound)), side))
    return drawn


def is_exceeded(tolerances: list[Tolerance]) -> bool:
    """Tell that a gate finds any tolerance exceeded: its whole interval is outside, and so at 5 % for all together."""
    together = holm([tail(*t.suite, bound=t.bound, side=t.side) for t in tolerances])
    return any(p <= 0.05 and is_outside(t) for t, p in zip(tolerances, together, strict=True))  # noqa: PLR2004 - 5 %


def is_passed(tolerances: list[Tolerance]) -> bool:
    """Tell that a gate finds every tolerance kept: the whole 95 % interval lies inside."""
    return all(is_inside(t) for t in tolerances)


def is_inside(tolerance: Tolerance) -> bool:
    """Tell that the whole interval lies inside a tolerance."""
    _, low, high = interval(*tolerance.suite)
    if low is None or high is None:
        return False
    return high <= tolerance.bound if tolerance.side == "above" else low >= tolerance.bound


def is_outside(tolerance: Tolerance) -> bool:
    """Tell that the whole interval lies outside a tolerance."""
    _, low, high = interval(*tolerance.suite)
    if low is None or high is None:
        return False
    return low > tolerance.bound if tolerance.side == "above" else high < tolerance.bound


def false_alarms(cells: Sequence[Scenario], gates: int, rng: np.random.Generator, *, on_the_bound: bool) -> float:
    """Return the share of gates that find something exceeded while every true rate is on or inside its bound."""
    alarms = 0
    for _ in range(gates):
        chosen = [cells[i] for i in rng.integers(len(cells), size=TOLERANCES)]
        # Half of the rates are on their bounds, the others up to a tenth inside.
        slack = [0.0 if on_the_bound else max(0.0, float(room)) for room in rng.uniform(-0.1, 0.1, TOLERANCES)]
        alarms += is_exceeded(gate(chosen, slack, rng))
    return alarms / gates


def false_passes(gates: int, rng: np.random.Generator, outside: float) -> tuple[float, float]:
    """Return the shares of gates that pass, and that find something exceeded, while one true rate is outside.

    The other five have room to spare: nothing but the one that is outside can stop the gate. Its cell is one in which
    a rate can be that far outside on both sides.
    """
    wide = tuple(s for s in GRID if outside < s.rate < 1 - outside)
    passed = exceeded = 0
    for _ in range(gates):
        cells = [wide[rng.integers(len(wide))], *(GRID[i] for i in rng.integers(len(GRID), size=TOLERANCES - 1))]
        tolerances = gate(cells, [-outside, *[1.0] * (TOLERANCES - 1)], rng)
        passed += is_passed(tolerances)
        exceeded += is_exceeded(tolerances)
    return (passed / gates, exceeded / gates)


def hold_kappa(judge: tuple[float, float], labels: int, rounds: int, rng: np.random.Generator) -> float:
    """Return the share of 95 % intervals that hold kappa, of a judge of answers of which half hold."""
    truth = kappa(Confusion(*(round(10**9 * share) for rate in judge for share in (rate, 1 - rate)))).value
    held = 0
    for _ in range(rounds):
        _, low, high = kappa(label(judge, labels, rng))
        # Where people found only one kind of answer kappa may not be defined: nothing is said, and nothing wrong.
        held += truth is None or low is None or high is None or low <= truth <= high
    return held / rounds


def report(rounds: int) -> Iterator[str]:
    """Yield the lines of the report."""
    rng = np.random.default_rng(SEED)
    yield f"Coverage of 95 % intervals: {len(GRID)} cells of {rounds} simulated suites each"
    found = misses(GRID, rounds, rng)
    coverage = by_block(found)
    yield from (f"  {block:12}{coverage[block]:8.2%}" for block in (*BLOCKS, "all"))
    yield "By true rate: coverage (intervals that lie above the rate, below it)"
    for rate, block in product(RATES, BLOCKS):
        cells = [missed for scenario, missed in found.items() if (scenario.rate, scenario.block) == (rate, block)]
        above, below = (sum(side) / len(cells) for side in zip(*cells, strict=True))
        yield f"  {rate:4} {block:12}{1 - above - below:8.2%} ({above:.2%}, {below:.2%})"
    yield f"The worst cells, drawn anew {AGAIN} times: what is worst by chance is not worst twice"
    worst = sorted(found, key=lambda scenario: -sum(found[scenario]))[:WORST]
    for scenario, (above, below) in misses(worst, AGAIN, rng).items():
        yield f"  {1 - above - below:7.2%} ({above:.2%}, {below:.2%})  {scenario}"
    yield from report_gates(rng)
    yield f"Coverage of 95 % intervals of kappa, {AGAIN} judges each"
    for judge, labels in product(filter(None, JUDGES), (20, *LABELS)):
        yield f"  {labels:4} labels, sensitivity and specificity {judge}{hold_kappa(judge, labels, AGAIN, rng):8.2%}"


def report_gates(rng: np.random.Generator) -> Iterator[str]:
    """Yield the lines about gates."""
    extreme = tuple(s for s in GRID if s.rate in {min(RATES), max(RATES)})
    poor = tuple(s for s in extreme if s.judge == JUDGES[-1])
    yield f"{GATES} gates of {TOLERANCES} tolerances at 5 %: share that finds something exceeded, where true rates"
    yield f"  {'are on or inside their bounds':58}{false_alarms(GRID, GATES, rng, on_the_bound=False):7.2%}"
    for name, cells in (("", GRID), (", near 0 or 1", extreme), (", near 0 or 1, the poorer judge", poor)):
        yield f"  {'are exactly on their bounds' + name:58}{false_alarms(cells, GATES, rng, on_the_bound=True):7.2%}"
    yield "One true rate is outside, the others far inside: share of gates that pass, share that finds it exceeded"
    for outside in (0.001, 0.05, 0.1, 0.2):
        passed, exceeded = false_passes(GATES, rng, outside)
        yield f"  outside by {outside:<6}{passed:7.2%} {exceeded:7.2%}"


if __name__ == "__main__":
    for line in report(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS):
        print(line)
