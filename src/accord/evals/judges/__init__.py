"""Judges: from an answer to a verdict, with a measured error.

Rules decide unless a system asks for another judge. A classifier learns from labels, and a language model is asked;
each is measured on the same labels, abstains where it cannot tell, and is bound by digest.
"""

from accord.evals.judges.agreement import Trained, measure
from accord.evals.judges.classifier import ClassifierJudge
from accord.evals.judges.judge import Judge, Task
from accord.evals.judges.labels import Label, Labels, case_digest, hard_labels, load_labels, shipped_labels
from accord.evals.judges.model import ModelJudge
from accord.evals.judges.ruled import RULES

__all__ = [
    "RULES",
    "ClassifierJudge",
    "Judge",
    "Label",
    "Labels",
    "ModelJudge",
    "Task",
    "Trained",
    "case_digest",
    "hard_labels",
    "load_labels",
    "measure",
    "shipped_labels",
]
