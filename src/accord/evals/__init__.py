"""Evaluations: suites of our own and of others, asked of a real model, judged, and kept as signed records.

Importing this loads neither Inspect nor an engine: only a job that runs does.
"""

from accord.evals.evaluator import Evaluator
from accord.evals.sample import Case, Message, Reading, Sample
from accord.evals.suite import Measure, Suite, load_suite, suite_ids, suites
from accord.evals.weights import demo_weights

__all__ = [
    "Case",
    "Evaluator",
    "Measure",
    "Message",
    "Reading",
    "Sample",
    "Suite",
    "demo_weights",
    "load_suite",
    "suite_ids",
    "suites",
]
