"""Results that do not follow from what they rest on, and reports that say something else: what comes of each."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.evidence import Finding, Ref, ReportRecord, Status, Tool, format_values, sign_record
from accord.ledger import SigningKey, digest, format_json, parse_json
from accord.verify import Result


def changed_findings(lab: Any) -> tuple[Finding, ...]:
    """Return the findings with one made better than the records bear out."""
    value = parse_json(lab.space.artifacts.get(lab.assessment().findings.sha256))
    findings = [Finding.model_validate(item) for item in value]
    at = next(i for i, f in enumerate(findings) if f.status == Status.NO_EVIDENCE)
    findings[at] = findings[at].model_copy(update={"status": Status.NOT_APPLICABLE})
    return tuple(findings)


def test_changed_findings_are_contradicted(lab: Any) -> None:
    ref = lab.space.keep(format_values(changed_findings(lab)), "application/json")
    lab.space.append([lab.assessment(findings=ref)])
    done = lab.verify(lab.space.root)
    assert "assessment.5.findings" in lab.contradicted(done)
    assert "Findings differ" in lab.claim(done, "assessment.5.findings").reason


def test_changed_findings_of_another_version_cannot_be_told(lab: Any) -> None:
    ref = lab.space.keep(format_values(changed_findings(lab)), "application/json")
    lab.space.append([lab.assessment(findings=ref, tool=Tool(name="accord", version="99"))])
    done = lab.verify(lab.space.root)
    assert Result.CANNOT_TELL == lab.claim(done, "assessment.5.findings").result
    assert "version 99" in lab.claim(done, "assessment.5.findings").reason


def test_same_findings_of_another_version_are_verified(lab: Any) -> None:
    lab.space.append([lab.assessment(tool=Tool(name="accord", version="99"))])
    assert Result.VERIFIED == lab.verify(lab.space.root).worst


def test_dropped_finding_is_contradicted(lab: Any) -> None:
    value = parse_json(lab.space.artifacts.get(lab.assessment().findings.sha256))
    lab.space.append([lab.assessment(findings=lab.space.keep(format_json(value[1:]), "application/json"))])
    assert "assessment.5.findings" in lab.contradicted(lab.verify(lab.space.root))


def test_finding_of_a_plug_in_that_is_not_installed_cannot_be_told(lab: Any) -> None:
    value = parse_json(lab.space.artifacts.get(lab.assessment().findings.sha256))
    value.append({**value[0], "check": "peer.check"})
    lab.space.append([lab.assessment(findings=lab.space.keep(format_json(value), "application/json"))])
    done = lab.verify(lab.space.root)
    assert Result.CANNOT_TELL == lab.claim(done, "assessment.5.findings").result
    assert "peer.check" in lab.claim(done, "assessment.5.findings").reason


def test_changed_status_is_contradicted(lab: Any) -> None:
    statuses = {**lab.assessment().statuses, "1.1": Status.SUPPORTED}
    lab.space.append([lab.assessment(statuses=statuses)])
    done = lab.verify(lab.space.root)
    assert {"assessment.5.statuses"} == lab.contradicted(done)
    assert "1.1" in lab.claim(done, "assessment.5.statuses").reason


def test_assessment_under_another_text_of_the_edition_is_contradicted(lab: Any) -> None:
    lab.space.append([lab.assessment(edition_sha256="00" * 32)])
    assert {"assessment.5.statuses"} == lab.contradicted(lab.verify(lab.space.root))


def test_assessment_under_an_unknown_edition_cannot_be_told(lab: Any) -> None:
    lab.space.append([lab.assessment(edition="../g8-2030")])
    assert Result.CANNOT_TELL == lab.claim(lab.verify(lab.space.root), "assessment.5.statuses").result


@pytest.mark.parametrize("change", [{"root": "00" * 32}, {"size": 4}, {"size": 6}, {"size": 2**50}])
def test_assessment_of_another_log_is_contradicted(lab: Any, change: dict[str, Any]) -> None:
    lab.space.append([lab.assessment(**change)])
    assert "assessment.5.root" in lab.contradicted(lab.verify(lab.space.root))


@pytest.mark.parametrize("index", [1, 4, 99])
def test_assessment_of_what_is_no_declaration_is_contradicted(lab: Any, index: int) -> None:
    lab.space.append([lab.assessment(system=Ref(index=index, leaf="00" * 32))])
    assert "assessment.5.findings" in lab.contradicted(lab.verify(lab.space.root))


def test_assessment_of_an_older_declaration_is_contradicted(lab: Any) -> None:
    old = lab.space.records(lab.now)
    first = next(iter(old))
    lab.space.append([first.record])
    lab.space.append([lab.assessment(system=first.ref)])
    assert "assessment.6.findings" in lab.contradicted(lab.verify(lab.space.root))


def test_assessment_backdated_to_when_its_evidence_was_current_is_contradicted(lab: Any) -> None:
    record = lab.assessment()
    lab.space.append([record.model_copy(update={"made": record.made + timedelta(days=400)})])
    assert "assessment.5.findings" in lab.contradicted(lab.verify(lab.space.root))


# Reports


def test_report_record_of_another_assessment_is_contradicted(lab: Any) -> None:
    record = ReportRecord(made=lab.now, assessment=Ref(index=2, leaf="00" * 32), files={"report.pdf": "00" * 32})
    lab.space.append([record])
    assert {"report.5.assessment"} == lab.contradicted(lab.verify(lab.space.root))


@pytest.mark.parametrize("form", ["json", "html"])
def test_changed_metric_in_a_report_is_contradicted(lab: Any, form: str) -> None:
    path = lab.report(form, change=(b"8 of 10", b"9 of 10"))
    assert {f"report.{form}.content"} == lab.contradicted(lab.verify(path))


def test_report_that_another_version_rendered_cannot_be_told(lab: Any) -> None:
    lab.space.append([lab.assessment(tool=Tool(name="accord", version="99"))])
    done = lab.verify(lab.report(change=(b"8 of 10", b"8 out of 10")))
    assert Result.CANNOT_TELL == done.worst == lab.claim(done, "report.json.content").result
    assert "version 99" in lab.claim(done, "report.json.content").reason


def test_changed_report_in_a_bundle_is_contradicted(lab: Any, tmp_path: Path) -> None:
    path = lab.bundle()
    page = (lab.reports()["report.html"]).replace(b"8 of 10</p>", b"9 of 10</p>")
    lab.repack(path, {"report.html": page})
    assert {"report.html.content", "report.html.recorded"} == lab.contradicted(lab.verify(path))


def test_unreadable_report_in_a_bundle_is_contradicted_and_the_rest_still_checked(lab: Any, tmp_path: Path) -> None:
    path = lab.bundle()
    lab.repack(path, {"report.html": b"<html>"})
    done = lab.verify(path)
    assert {"report.html.form", "report.html.recorded"} == lab.contradicted(done)
    assert Result.VERIFIED == lab.claim(done, "report.json.content").result


def test_report_of_another_organisation_in_a_bundle_is_contradicted(
    lab: Any, tmp_path: Path, stranger: SigningKey
) -> None:
    pinned, page = lab.vkey, lab.reports()["report.html"]
    records = [entry.record for entry in lab.space.records(lab.now)]
    lab.take_over(stranger)
    lab.relog([sign_record(record, stranger) for record in records], stranger)
    foreign = lab.reports()["report.json"]
    done = lab.verify(lab.bundle({"report.html": page, "report.json": foreign}), pinned)
    assert Result.CONTRADICTED == done.worst
    assert Result.VERIFIED not in {c.result for c in done.claims if c.id.startswith("report.json")}


def test_unlisted_artifact_in_a_bundle_is_contradicted(lab: Any, tmp_path: Path) -> None:
    path = lab.bundle()
    lab.repack(path, {f"artifacts/{digest(b'x')}": b"x"})
    assert {"bundle.artifacts"} == lab.contradicted(lab.verify(path))


def test_unlisted_artifact_in_a_report_is_contradicted(lab: Any) -> None:
    report = parse_json(lab.report().read_bytes())
    report["proof"]["artifacts"][digest(b"x")] = "x"
    lab.report_path.write_bytes(format_json(report))
    assert {"report.json.proof", "report.json.content"} == lab.contradicted(lab.verify(lab.report_path))
