"""Nothing is claimed without its counterpart: actions, checks, records, tests and pages name each other."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import accord
from accord.checks import load_checks
from accord.codes import load_code
from accord.evidence import RECORD_TYPES

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
CHECKS = [c for c in load_checks() if c.function.__module__.startswith("accord.")]
PAGES = sorted(path.name for path in (ROOT / "scripts").glob("make_*_page.py"))


def _headings(page: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", (REFERENCE / page).read_text(encoding="utf-8"), re.MULTILINE)


def _check(script: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("action", range(1, 12))
def test_action_has_a_check(action: int) -> None:
    clauses = {c.id for c in load_code().clauses_of(action)}
    assert [c.id for c in CHECKS if clauses & set(c.clauses)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_check_reads_clauses_of_its_action(check: accord.Check) -> None:
    code = load_code()
    assert {check.id[1:3]} == {f"{code.clause(clause).action:02}" for clause in check.clauses}


def test_no_two_checks_read_the_same_clause() -> None:
    # Two would fold into one state, and a reader could not tell which of them it rests on.
    clauses = [clause for check in CHECKS for clause in check.clauses]
    assert sorted(set(clauses)) == sorted(clauses)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_check_is_exercised_by_a_test_of_its_own(check: accord.Check) -> None:
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "checks").glob("test_*.py")]
    assert any(f'"{check.id}"' in text for text in tests)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_check_has_a_section_in_the_reference(check: accord.Check) -> None:
    assert check.id in _headings("checks.md")


def test_every_record_type_has_a_section_in_the_reference() -> None:
    headings = _headings("records.md")
    assert [t.kind for t in RECORD_TYPES] == [h for h in headings if h in {t.kind for t in RECORD_TYPES}]


def test_the_reference_lists_the_public_names_and_no_others() -> None:
    assert accord.__all__ == _headings("api.md")[1:]


@pytest.mark.parametrize("script", PAGES)
def test_page_is_current(script: str) -> None:
    ran = _check(ROOT / "scripts" / script)
    assert (0, "") == (ran.returncode, ran.stderr)


def test_page_that_is_not_current_is_refused(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("pages.py", "make_records_page.py"):
        (scripts / name).write_bytes((ROOT / "scripts" / name).read_bytes())
    reference = tmp_path / "docs" / "reference"
    reference.mkdir(parents=True)
    (reference / "records.md").write_text("of long ago", encoding="utf-8")
    ran = _check(scripts / "make_records_page.py")
    assert (1, True) == (ran.returncode, "records.md is not current: run scripts/make_records_page.py" in ran.stderr)
