"""The command says what was found in words, in JSON and in its exit code, whatever a stranger wrote in the target."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from accord.cli.verify import verify
from accord.errors import VerificationError
from accord.evidence import sign_record
from accord.reports import FORMATS


def run(*args: object) -> Result:
    result = CliRunner().invoke(verify, [str(arg) for arg in args], env={"COLUMNS": "100"}, catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


def real_reports(lab: Any) -> dict[str, bytes]:
    return {f"report.{form}": render(lab.proof()) for form, render in FORMATS.items()}


def test_verify_of_a_sound_target_under_a_pinned_key_exits_0(lab: Any) -> None:
    result = run(lab.space.root, "--key", lab.vkey)
    assert 0 == result.exit_code
    assert "25 of 25 claims hold under sha256:" in result.output


@pytest.mark.parametrize("form", ["json", "html"])
def test_verify_of_a_real_report_exits_0(lab: Any, form: str) -> None:
    path = lab.folder / f"report.{form}"
    path.write_bytes(real_reports(lab)[path.name])
    assert 0 == run(path, "--key", lab.vkey).exit_code


@pytest.mark.parametrize("form", ["json", "html"])
def test_verify_of_a_changed_real_report_exits_3(lab: Any, form: str) -> None:
    path = lab.folder / f"report.{form}"
    path.write_bytes(real_reports(lab)[path.name].replace(b"Helpdesk", b"Helpdisk"))
    assert 3 == run(path, "--key", lab.vkey).exit_code


def test_verify_of_a_bundle_with_real_reports_that_no_record_names_exits_0(lab: Any) -> None:
    lab.relog(lab.entries()[:4])
    assert 0 == run(lab.bundle(real_reports(lab)), "--key", lab.vkey).exit_code


def test_verify_without_a_key_exits_1(lab: Any) -> None:
    result = run(lab.space.root)
    assert 1 == result.exit_code
    assert "run it again with --key" in result.output


def test_verify_of_a_contradicted_target_exits_3_and_names_the_claim(lab: Any) -> None:
    (lab.space.ledger / "notes.txt").write_text("hello", encoding="utf-8")
    result = run(lab.space.root, "--key", lab.vkey)
    assert 3 == result.exit_code
    assert "log.file.notes.txt" in result.output
    assert "Do not rely on this." in result.output


def test_verify_takes_a_key_from_a_file(lab: Any, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(lab.space.public_key().pem, encoding="utf-8")
    assert 0 == run(lab.space.root, "--key", tmp_path / "key.pem").exit_code
    assert 0 == run(lab.space.root, "--key", lab.space.keys / "accord.pub").exit_code


@pytest.mark.parametrize("key", ["nonsense", "sha256:00", "\x1b[31m", "a" * 5000])
def test_verify_with_a_text_that_is_no_key_is_a_usage_error(lab: Any, key: str) -> None:
    result = run(lab.space.root, "--key", key)
    assert 2 == result.exit_code
    assert "\x1b" not in result.output


def test_verify_of_a_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    assert 2 == run(tmp_path / "missing").exit_code


def test_verify_of_another_kind_of_file_raises_what_main_turns_into_3(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"hello")
    with pytest.raises(VerificationError):
        run(tmp_path / "file")


def test_verify_prints_stable_json(lab: Any) -> None:
    result = run(lab.space.ledger, "--key", lab.vkey, "--json")
    value = json.loads(result.output)
    assert ["schema", "worst", "target", "key", "claims", "gaps"] == list(value)
    assert "https://w3id.org/accord-code/verification/v1" == value["schema"]
    assert {"id", "text", "result", "reason"} <= set(value["claims"][0])


def test_verify_shows_hostile_text_as_text(lab: Any) -> None:
    (lab.space.ledger / "[bold]\x1b[31m\u202e\n").write_text("hello", encoding="utf-8")
    output = run(lab.space.root, "--key", lab.vkey).output
    assert r"[bold]\x1b[31m\u202e\n" in output.replace("\n", "")
    assert "\x1b" not in output


def test_verify_shows_a_file_name_that_is_not_unicode(lab: Any) -> None:
    (lab.space.ledger / "\udcff").write_text("hello", encoding="utf-8")
    assert r"log.file.\udcff" in run(lab.space.root, "--key", lab.vkey).output


def test_verify_counts_each_result_of_each_kind(lab: Any) -> None:
    output = run(lab.space.ledger, "--key", lab.vkey).output
    assert ["record", "5", "-", "-", "-", "-"] == [c.strip() for c in _row(output, "record").split("│")[1:-1]]


def test_verify_joins_claims_of_one_kind_and_reason(lab: Any) -> None:
    output = run(lab.space.root).output
    assert 2 == output.count("No key was pinned.")
    assert "[record.0]" in output
    assert "[record.4]" in output


def test_verify_of_an_unreadable_record_names_it(lab: Any) -> None:
    lab.relog([*lab.entries(), sign_record(next(iter(lab.space.records(lab.now))).record, lab.key)[:-5]])
    assert "record.5" in run(lab.space.root, "--key", lab.vkey).output


def _row(output: str, kind: str) -> str:
    return next(line for line in output.splitlines() if line.startswith(f"│ {kind} "))
