"""Records: what is signed, and how it is read back.

A record becomes the predicate of an in-toto Statement v1, wrapped in DSSE, and is one entry of the log. Bytes are
kept as signed, and parsed only to look.
"""

from accord.evidence.custody import Erasing, ErasureRecord, KeyRecord
from accord.evidence.decisions import DecisionRecord, Ground
from accord.evidence.entries import Entry, Records, format_values, is_current, parse_entry, read_entry, sign_record
from accord.evidence.estimates import Confusion, holm, tail, wilson
from accord.evidence.findings import Finding
from accord.evidence.imports import ImportedMetric, ImportRecord
from accord.evidence.incident_facts import SEVERITIES, Facts, Weakness
from accord.evidence.incidents import Bounty, IncidentRecord
from accord.evidence.inspections import InspectionRecord, Observation, Sighting
from accord.evidence.judging import JudgementRecord, JudgeRecord, Verdict
from accord.evidence.metrics import LEVEL, Agreement, JudgeRef, Metric, Score
from accord.evidence.plans import compare_plan, find_open_plan, open_plans, planned, unplanned
from accord.evidence.reader import Reader, Span, claimed_key, read_entries
from accord.evidence.record import Chain, ClosedRecord, Record, UnknownRecord
from accord.evidence.records import (
    RECORD_TYPES,
    WITHHOLDABLE,
    AssessmentRecord,
    Detectable,
    DocumentRecord,
    EvaluationRecord,
    PlanRecord,
    ReportRecord,
    Rule,
    SuiteRef,
    SystemRecord,
)
from accord.evidence.risks import Effect, Rating, RiskRecord, names_person
from accord.evidence.scans import Design, DetectorRef, Quality, Rate, ScanRecord
from accord.evidence.tool import this_build
from accord.evidence.values import ArtifactRef, Basis, Model, ModelRef, Origin, Ref, Sha256, Status, Time, Tool, expiry
from accord.evidence.withholding import Opening, make_openings

__all__ = [
    "LEVEL",
    "RECORD_TYPES",
    "SEVERITIES",
    "WITHHOLDABLE",
    "Agreement",
    "ArtifactRef",
    "AssessmentRecord",
    "Basis",
    "Bounty",
    "Chain",
    "ClosedRecord",
    "Confusion",
    "DecisionRecord",
    "Design",
    "Detectable",
    "DetectorRef",
    "DocumentRecord",
    "Effect",
    "Entry",
    "Erasing",
    "ErasureRecord",
    "EvaluationRecord",
    "Facts",
    "Finding",
    "Ground",
    "ImportRecord",
    "ImportedMetric",
    "IncidentRecord",
    "InspectionRecord",
    "JudgeRecord",
    "JudgeRef",
    "JudgementRecord",
    "KeyRecord",
    "Metric",
    "Model",
    "ModelRef",
    "Observation",
    "Opening",
    "Origin",
    "PlanRecord",
    "Quality",
    "Rate",
    "Rating",
    "Reader",
    "Record",
    "Records",
    "Ref",
    "ReportRecord",
    "RiskRecord",
    "Rule",
    "ScanRecord",
    "Score",
    "Sha256",
    "Sighting",
    "Span",
    "Status",
    "SuiteRef",
    "SystemRecord",
    "Time",
    "Tool",
    "UnknownRecord",
    "Verdict",
    "Weakness",
    "claimed_key",
    "compare_plan",
    "expiry",
    "find_open_plan",
    "format_values",
    "holm",
    "is_current",
    "make_openings",
    "names_person",
    "open_plans",
    "parse_entry",
    "planned",
    "read_entries",
    "read_entry",
    "sign_record",
    "tail",
    "this_build",
    "unplanned",
    "wilson",
]
