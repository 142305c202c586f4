"""The words that fields of records and of accord.toml can hold, by the kind of word that they are."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel

from accord.codes.models import Clause, Code
from accord.evidence import (
    Basis,
    ClosedRecord,
    DecisionRecord,
    ErasureRecord,
    EvaluationRecord,
    IncidentRecord,
    JudgeRef,
    KeyRecord,
    ModelRef,
    Origin,
    RiskRecord,
    ScanRecord,
    StatementRecord,
    Status,
)
from accord.incidents.incident import State
from accord.manifest import Channel, Dataset, Document, Organisation, Product, System
from accord.manifest.testing import Checkpoint
from accord.reports.incident_models import DeadlineReport
from accord.reports.models import RiskReport
from accord.reports.rows import DESCRIBED, INCIDENT_EVENTS, RISK_EVENTS

LOOKED_AT = (
    "signature", "scan", "access", "inventory", "vulnerabilities", "repository", "forge", "register", "security-txt",
    "credentials", "identifiers", "robustness", "lookup", "notices", "watermark", "opt-outs", "licences",
    "dataset-card", "croissant",
)  # fmt: skip
"""The topics of inspections."""


def find_terms() -> Mapping[str, tuple[str, ...]]:
    """Return the words of each kind, written as words."""
    kinds: dict[str, Iterable[str]] = {
        "status": _words(Status),
        "basis": _words(Basis),
        "origin": _words(Origin),
        "force": _field(Clause, "force"),
        "edition": _field(Code, "status"),
        "wording": _field(Code, "wording"),
        "record": sorted({kind.kind for kind in DESCRIBED}),
        "role": _field(Organisation, "roles"),
        "stage": [*_field(Product, "stage"), *_field(Checkpoint, "kind")],
        "content": _field(Product, "modalities"),
        "channel": _field(Channel, "kind"),
        "audience": _field(Channel, "audience"),
        "document": _field(Document, "kind"),
        "use": _field(Dataset, "use"),
        "personal data": _field(Dataset, "personal_data"),
        "model": _field(ModelRef, "kind"),
        "judge": _field(JudgeRef, "kind"),
        "topic": _field(DecisionRecord, "topic"),
        "outcome": _field(DecisionRecord, "outcome"),
        "ground": _field(ErasureRecord, "reason"),
        "key": _field(KeyRecord, "reason"),
        "kept": list(type(System.model_fields["retention"].default).model_fields),
        "family": ["other"],
        "state": [*_field(RiskReport, "state"), *_words(State)],
        "category": _field(IncidentRecord, "category"),
        "severity": _field(IncidentRecord, "severity"),
        "harm": _field(IncidentRecord, "harms"),
        "source": _field(IncidentRecord, "source"),
        "event": [*_field(IncidentRecord, "event"), *_field(RiskRecord, "event")],
        "telling": _field(IncidentRecord, "stage"),
        "deadline": _field(DeadlineReport, "status"),
        "done": [*RISK_EVENTS.values(), *INCIDENT_EVENTS.values()],
        "phase": _field(RiskRecord, "phase"),
        "run": _field(EvaluationRecord, "state"),
        "closed": _field(ClosedRecord, "why"),
        "purpose": _field(ScanRecord, "purpose"),
        "looked at": LOOKED_AT,
        "consequence": _field(IncidentRecord, "consequences"),
        "claim": _field(StatementRecord, "claim"),
        "confidentiality": _field(StatementRecord, "confidentiality"),
    }
    return {kind: tuple(dict.fromkeys(word.replace("-", " ") for word in words)) for kind, words in kinds.items()}


def _field(model: type[BaseModel], name: str) -> Iterator[str]:
    return _words(model.model_fields[name].annotation)


def _words(annotation: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a type can be written as
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(member.value) for member in annotation)
    for held in get_args(annotation):
        if isinstance(held, str):
            yield held
        else:
            yield from _words(held)
