"""The log cannot forget: no record has a field for free text about a person, and a new field of text must say why."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from accord.evidence import RECORD_TYPES, Model, Sha256

_MANIFEST = "a line of accord.toml about the organisation's product, which the manifest warns to keep impersonal"
_SHIPPED = "an id or a title of a suite, which a package brings along"
_DECIDED = "a role's own words: an address is refused, docs say to name no person, and `withhold` keeps them out"
_OTHERS = "the words of the program or the party that found it; an address is refused, and it may be withheld"
_WATCHED = "the name of the folder of traffic, without where it lies"
_TONGUE = "the code of a language"
ALLOWED = {
    "Agreement.language": _TONGUE,
    "AlertRecord.name": _WATCHED,
    "AlertRecord.thresholds": "names of thresholds of ours",
    "ArtifactRef.media_type": "a constant of ours",
    "AssessmentRecord.edition": "the id of an edition of the Code",
    "AssessmentRecord.statuses": "the ids of clauses",
    "BaselineRecord.name": _WATCHED,
    "Chain.about": "identifiers of the record itself",
    "DecisionRecord.conditions": _DECIDED,
    "DecisionRecord.overrides": "ids of a gate's reasons",
    "DecisionRecord.reason": _DECIDED,
    "DecisionRecord.role": _DECIDED,
    "DecisionRecord.stage": "an id of the manifest",
    "Detectable.language": _TONGUE,
    "Detectable.metric": "the id of a metric",
    "DocumentRecord.id": "an id of the manifest, of lower-case letters, digits and hyphens",
    "EvaluationRecord.families": "the ids of risk families",
    "EvaluationRecord.problem": "our own words on why a run is incomplete: kinds of errors, never their text",
    "EvaluationRecord.settings": "names and values of settings of ours",
    "Ground.id": "the id of a ground in the edition",
    "Ground.reason": _DECIDED,
    "ImportRecord.access": _OTHERS,
    "ImportRecord.claimed": _OTHERS,
    "ImportRecord.limits": _OTHERS,
    "ImportRecord.scope": _OTHERS,
    "ImportRecord.title": _OTHERS,
    "ImportedMetric.id": _OTHERS,
    "ImportedMetric.method": _OTHERS,
    "ImportedMetric.title": _OTHERS,
    "IncidentRecord.additional": _DECIDED,
    "IncidentRecord.affected": "groups of people",
    "IncidentRecord.authority": "the name of an authority",
    "IncidentRecord.cause": _DECIDED,
    "IncidentRecord.deployers": "organisations",
    "IncidentRecord.description": _DECIDED,
    "IncidentRecord.developers": "organisations",
    "IncidentRecord.functions": _DECIDED,
    "IncidentRecord.infrastructure": _DECIDED,
    "IncidentRecord.interaction": _DECIDED,
    "IncidentRecord.licence": _DECIDED,
    "IncidentRecord.measure": _DECIDED,
    "IncidentRecord.partners": "organisations and sectors",
    "IncidentRecord.quantification": _DECIDED,
    "IncidentRecord.reason": _DECIDED,
    "IncidentRecord.recommendation": _DECIDED,
    "IncidentRecord.reference": _DECIDED,
    "IncidentRecord.relation": _DECIDED,
    "IncidentRecord.rights": _DECIDED,
    "IncidentRecord.role": _DECIDED,
    "IncidentRecord.title": _DECIDED,
    "InspectionRecord.name": "the name of the file or folder that was looked at, without where it lies, or its address",
    "InspectionRecord.settings": "names and values of settings of ours",
    "JudgeRecord.labelled_by": "how labels came about, in the words of their file: roles and never names",
    "JudgeRecord.labels": "the name of a set of labels",
    "JudgeRef.id": "the id of a judge of ours",
    "JudgeRef.task": "the id of a task of ours",
    "JudgeRef.version": "the version of a judge of ours",
    "KeyRecord.vkey": "parsed as a verifier key",
    "Metric.group": "a family of risk, or a word of a suite",
    "Metric.language": _TONGUE,
    "Metric.title": _SHIPPED,
    "ModelRef.locator": "the name of the weight file without its folder, or the address of a server without its user",
    "ModelRef.name": _MANIFEST,
    "Observation.id": "an id of ours",
    "Observation.title": "our own words",
    "Outcome.method": _DECIDED,
    "Outcome.unit": _DECIDED,
    "PlanRecord.settings": "as of the evaluation",
    "Quality.data": _SHIPPED,
    "Rate.part": "a field of ours and its value, as in language=fr",
    "Rate.title": "our own words, or a detector's",
    "Rating.word": "a word of a scale of the manifest",
    "ReportRecord.files": "the names of files of ours",
    "RiskRecord.affected": "groups of people",
    "RiskRecord.owner": _DECIDED,
    "RiskRecord.partners": "organisations and sectors",
    "RiskRecord.reason": _DECIDED,
    "RiskRecord.role": _DECIDED,
    "RiskRecord.scenario": _DECIDED,
    "RiskRecord.title": _DECIDED,
    "RiskRecord.treatment": _DECIDED,
    "Rule.metric": "the id of a metric, which the manifest bounds",
    "ScanRecord.limits": "our own words",
    "ScanRecord.name": "the name of the file or folder that was looked at, without where it lies",
    "ScanRecord.unreadable": "our own words on why a row could not be read",
    "StatementRecord.approver": _DECIDED,
    "StatementRecord.body": _DECIDED,
    "StatementRecord.condition": _DECIDED,
    "StatementRecord.deliverable": _DECIDED,
    "StatementRecord.owner": _DECIDED,
    "StatementRecord.partners": "organisations and sectors",
    "StatementRecord.reason": _DECIDED,
    "StatementRecord.text": _DECIDED,
    "StatementRecord.title": _DECIDED,
    "StatementRecord.version": _DECIDED,
    "SuiteRef.id": _SHIPPED,
    "SuiteRef.title": _SHIPPED,
    "SuiteRef.version": _SHIPPED,
    "SystemRecord.edition": "the id of an edition of the Code",
    "SystemRecord.name": _MANIFEST,
    "SystemRecord.version": _MANIFEST,
    "Tool.name": "the name of a program",
    "Tool.version": "the version of a program",
    "Weakness.component": _DECIDED,
    "Weakness.objectives": _DECIDED,
    "WindowRecord.left_out": "our own words on why a text is in no window",
    "WindowRecord.name": _WATCHED,
}
"""Every text of a record that nothing binds, and why it may stand there."""


def _texts(kind: object, path: str) -> Iterator[str]:
    """Yield the path of every plain string inside a type: one that no pattern, enum or literal binds."""
    origin = get_origin(kind)
    if origin is Annotated:
        bound, *marks = get_args(kind)
        if not any(_has_pattern(mark) for mark in marks):
            yield from _texts(bound, path)
    elif origin in {Union, UnionType, tuple, dict}:
        for part in get_args(kind):
            yield from _texts(part, path)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _fields(kind)
    elif kind is str:
        yield path
    else:
        assert origin is Literal or kind is Ellipsis or _is_bound(kind), f"{path}: a type that is not looked into"


def _is_bound(kind: object) -> bool:
    return isinstance(kind, type) and (kind in {int, float, bool, NoneType, date, datetime} or issubclass(kind, Enum))


def _has_pattern(mark: object) -> bool:
    return isinstance(mark, FieldInfo) and any(getattr(m, "pattern", None) for m in mark.metadata)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        if not any(getattr(mark, "pattern", None) for mark in field.metadata):
            yield from _texts(hints[name], f"{model.__name__}.{name}")


def test_every_text_of_a_record_is_bound_or_has_a_reason() -> None:
    assert set(ALLOWED) == {path for kind in RECORD_TYPES for path in _fields(kind)}


class _Inner(Model):
    story: str | None = None


class _Outer(Model):
    digest: Sha256
    kind: Literal["a", "b"]
    inner: tuple[_Inner, ...]
    notes: dict[Sha256, str]


def test_text_inside_lists_and_tables_is_found() -> None:
    assert ["_Inner.story", "_Outer.notes"] == list(_fields(_Outer))
