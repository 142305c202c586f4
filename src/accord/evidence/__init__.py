"""Records: what is signed, and how it is read back.

A record becomes the predicate of an in-toto Statement v1, wrapped in DSSE, and is one entry of the log. Bytes are
kept as signed, and parsed only to look.
"""

from accord.evidence.custody import Erasing, ErasureRecord, KeyRecord
from accord.evidence.entries import Entry, Records, format_values, is_current, parse_entry, read_entry, sign_record
from accord.evidence.findings import Finding
from accord.evidence.metrics import Metric, Score, wilson
from accord.evidence.plans import compare_plan, find_open_plan, open_plans, planned, unplanned
from accord.evidence.reader import Reader, Span, claimed_key, read_entries
from accord.evidence.record import Chain, ClosedRecord, Record, UnknownRecord
from accord.evidence.records import (
    RECORD_TYPES,
    AssessmentRecord,
    DocumentRecord,
    EvaluationRecord,
    ModelRef,
    PlanRecord,
    ReportRecord,
    Rule,
    SuiteRef,
    SystemRecord,
)
from accord.evidence.tool import this_build
from accord.evidence.values import ArtifactRef, Basis, Model, Origin, Ref, Sha256, Status, Time, Tool, expiry
from accord.evidence.withholding import Opening, make_openings

__all__ = [
    "RECORD_TYPES",
    "ArtifactRef",
    "AssessmentRecord",
    "Basis",
    "Chain",
    "ClosedRecord",
    "DocumentRecord",
    "Entry",
    "Erasing",
    "ErasureRecord",
    "EvaluationRecord",
    "Finding",
    "KeyRecord",
    "Metric",
    "Model",
    "ModelRef",
    "Opening",
    "Origin",
    "PlanRecord",
    "Reader",
    "Record",
    "Records",
    "Ref",
    "ReportRecord",
    "Rule",
    "Score",
    "Sha256",
    "Span",
    "Status",
    "SuiteRef",
    "SystemRecord",
    "Time",
    "Tool",
    "UnknownRecord",
    "claimed_key",
    "compare_plan",
    "expiry",
    "find_open_plan",
    "format_values",
    "is_current",
    "make_openings",
    "open_plans",
    "parse_entry",
    "planned",
    "read_entries",
    "read_entry",
    "sign_record",
    "this_build",
    "unplanned",
    "wilson",
]
