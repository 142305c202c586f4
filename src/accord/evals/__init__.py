"""Evaluations: suites of our own, asked of a real model through Inspect, and kept as signed records.

Importing this loads neither Inspect nor an engine: only a job that runs does.
"""

from accord.evals.evaluator import Evaluator
from accord.evals.items import Item, Sample
from accord.evals.suite import Measure, Suite, load_suite, suites
from accord.evals.weights import demo_weights

__all__ = [
    "Evaluator",
    "Item",
    "Measure",
    "Sample",
    "Suite",
    "demo_weights",
    "load_suite",
    "suites",
]
