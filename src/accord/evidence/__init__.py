"""Records: what is signed, and how it is read back.

A record becomes the predicate of an in-toto Statement v1, wrapped in DSSE, and is one entry of the log. Bytes are
kept as signed, and parsed only to look.
"""

from accord.evidence.entries import Entry, Records, format_values, is_current, read_entry, sign_record
from accord.evidence.findings import Finding
from accord.evidence.metrics import Metric, Score, wilson
from accord.evidence.records import (
    RECORD_TYPES,
    AssessmentRecord,
    DocumentRecord,
    EvaluationRecord,
    ModelRef,
    Record,
    ReportRecord,
    SuiteRef,
    SystemRecord,
    UnknownRecord,
)
from accord.evidence.tool import this_build
from accord.evidence.values import ArtifactRef, Basis, Model, Origin, Ref, Sha256, Status, Time, Tool, expiry

__all__ = [
    "RECORD_TYPES",
    "ArtifactRef",
    "AssessmentRecord",
    "Basis",
    "DocumentRecord",
    "Entry",
    "EvaluationRecord",
    "Finding",
    "Metric",
    "Model",
    "ModelRef",
    "Origin",
    "Record",
    "Records",
    "Ref",
    "ReportRecord",
    "Score",
    "Sha256",
    "Status",
    "SuiteRef",
    "SystemRecord",
    "Time",
    "Tool",
    "UnknownRecord",
    "expiry",
    "format_values",
    "is_current",
    "read_entry",
    "sign_record",
    "this_build",
    "wilson",
]
