"""`accord scan traffic` on its own: for people, for programs, stopped and begun again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    rows = [{"body": f"write to jo{n}@example.org \x1b[31m", "uid": n} for n in range(30)] + [{"body": "no"}] * 70
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "not json\n")
    return tmp_path / "a.jsonl"


@pytest.fixture
def scan(accord: Callable[..., Any], logs: Path) -> Callable[..., Any]:
    return lambda *args: accord("scan", "traffic", logs, "--detector", "personal-data", "--column", "text=body", *args)


def test_it_says_what_was_found_and_what_could_not_be_read(scan: Callable[..., Any]) -> None:
    done = scan()
    assert 0 == done.code, done.err
    for words in ("Read as: columns (1).", "100 texts", "30 of 100", "30.000%", "Unreadable: 1 rows: is not JSON"):
        assert words in done.out
    assert "\x1b" not in done.out


def test_json_has_a_stable_form(scan: Callable[..., Any]) -> None:
    found = scan("--json", "--sample", "0.5", "--seed", "3").json
    assert {
        "sha256", "presets", "design", "files", "rows", "texts", "bytes", "unreadable", "limits", "detectors", "rates",
        "folder",
    } == set(found)  # fmt: skip
    assert {"method": "sample", "fraction": 0.5, "seed": 3} == found["design"]
    assert 30 < found["texts"] < 70
    email = next(rate for rate in found["rates"] if rate["label"] == "email")
    assert email["interval"][0] < email["texts"] / email["n"] < email["interval"][1]


def test_findings_are_kept_where_asked_and_the_text_only_when_asked(scan: Callable[..., Any], tmp_path: Path) -> None:
    assert 0 == scan("--out", tmp_path / "out").code
    assert {"findings.parquet", "flagged.parquet", "unreadable.parquet", "lock"} == {
        p.name for p in (tmp_path / "out").iterdir()
    }
    done = scan("--out", tmp_path / "quoted", "--with-text")
    assert "word for word" in done.out
    assert "jo7@example.org" in pq.read_table(tmp_path / "quoted" / "quotes.parquet")["quote"].to_pylist()
    assert 2 == scan("--with-text").code


@pytest.mark.parametrize(
    ("args", "code"),
    [(["--column", "text"], 2), (["--column", "x=y"], 4), (["--preset", "no"], 4), (["--sample", "0"], 2)],
)
def test_mistakes_are_named(scan: Callable[..., Any], args: list[str], code: int) -> None:
    assert code == scan(*args).code


def test_nothing_to_scan_is_said(accord: Callable[..., Any], tmp_path: Path) -> None:
    done = accord("scan", "traffic", tmp_path / "nowhere")
    assert (4, True) == (done.code, "nothing to scan" in done.err)
