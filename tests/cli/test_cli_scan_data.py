"""`accord scan data` and its neighbours, as a person runs them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from small_manifest import SMALL

from accord.ledger import SigningKey
from accord.manifest import load_system
from accord.scan.data_engine import DataInspector
from accord.workspace import Workspace

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
DATASET = """
[[datasets]]
id = "manuals"
title = "Manuals"
use = "fine-tuning"
url = "https://acme.example/manuals"
licence = "CC-BY-4.0"
path = "data"
"""
ITEM = "Which of the two lighthouses on the northern cape was built before the harbour wall was finished, and by whom?"
NAMED = ("--name", "x", "--title", "x", "--domain", "x")
ROWS = (
    "Mail jane.roe@example.org.",
    f"Last year's exam: {ITEM}",
    "Yes.",
    "Yes.",
    "\x1b[2J\u202ehostile",
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in ROWS))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Manuals\n")
    site = tmp_path / "sites" / "evil\x1b[2J.org"
    site.mkdir(parents=True)
    (site / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    return folder


@pytest.fixture
def run(accord: Callable[..., Any]) -> Callable[..., str]:
    def call(*args: object, code: int = 0) -> str:
        done = accord("scan", *args)
        assert code == done.code, done.out + done.err
        assert "\x1b" not in done.out + done.err
        return str(done.out)

    return call


def test_corpus_is_shown_with_its_papers_and_limits(run: Callable[..., str], data: Path, tmp_path: Path) -> None:
    shown = run("data", data, "--licence", "CC-BY-4.0", "--sources", tmp_path / "sites")
    assert "5 texts" in shown
    assert "does not reserve its texts against training: 0 of 1" in shown
    assert "the licence that is found is the one that accord.toml declares: 0 of 1" in shown
    assert "Only texts were looked at" in shown
    assert "jane" not in shown


def test_corpus_as_json(run: Callable[..., str], data: Path, tmp_path: Path) -> None:
    run("benchmark", data, "--name", "sea", "--version", "1.0", "--out", tmp_path / "sea.json")
    out = tmp_path / "out"
    found = json.loads(run("data", data, "--benchmark", tmp_path / "sea.json", "--out", out, "--json"))
    counts = {(r["detector"], r["label"]): r["texts"] for r in found["rates"]}
    assert (1, 1, 1) == (
        counts["personal-data", "email"], counts["contamination", "sea"], counts["duplicates", "exact"],
    )  # fmt: skip
    assert (5, str(out)) == (found["texts"], found["folder"])
    assert {"findings.parquet", "clusters.parquet"} <= {path.name for path in out.iterdir()}


def test_numbers_of_a_benchmark_hold_no_text(run: Callable[..., str], data: Path, tmp_path: Path) -> None:
    made = json.loads(
        run("benchmark", data, "--name", "sea", "--version", "1", "--out", tmp_path / "sea.json", "--json")
    )
    assert 1 == made["items"]
    assert "lighthouse" not in (tmp_path / "sea.json").read_text()


def test_head_is_trained_tried_and_used(run: Callable[..., str], data: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    kinds = {True: "boil the onions with salt", False: "hoist the sail and steer"}
    rows = [{"text": f"{kinds[n % 2 == 0]} number {n} \ud800", "label": n % 2 == 0} for n in range(60)]
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--name", "cooking", "--title", "a text on cooking", "--domain", "Orders on a ship.")
    shown = run("train", labels, *options, "--try", labels, "--out", tmp_path / "head.json")
    assert "It is good for: Orders on a ship." in shown
    assert 2 == shown.count("labels.jsonl")
    found = json.loads(run("data", data, "--head", tmp_path / "head.json", "--json"))
    assert {"cooking"} == {r["label"] for r in found["rates"] if r["detector"] == "cooking"}
    said = _said(run, "train", labels, *options, "--name", "A b", "--out", tmp_path / "x.json")
    assert "cannot be called this" in said
    run("train", labels, *options, "--name", "quality", "--out", tmp_path / "quality.json")
    assert "the same name" in _said(run, "data", data, "--head", tmp_path / "quality.json")
    labels.write_text('{"text": 1}\n')
    assert "labels.jsonl, line 1" in _said(run, "train", labels, *options, "--out", tmp_path / "x.json")


def _said(run: Callable[..., str], *args: object) -> str:
    return run(*args, "--json", code=4)


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("data", "{data}", "--benchmark", "{data}/a.jsonl"), "no benchmark's numbers"),
        (("data", "{data}", "--head", "{data}/a.jsonl"), "no head"),
        (("data", "{data}", "--sources", "{data}"), "no sources"),
        (("data", "{data}/none"), "nothing to scan"),
        (("benchmark", "{data}", "--name", "A b", "--version", "1", "--out", "{data}/x"), "cannot be called this"),
        (("benchmark", "{data}", "--name", "ab", "--version", "\x1b", "--out", "{data}/x"), "cannot be called this"),
        (("train", "{data}/a.jsonl", *NAMED, "--out", "{data}/h"), "not as it must be"),
        (("describe", "manuals", "--workspace", "{data}", "--out", "{data}/c"), "no workspace"),
    ],
)  # fmt: skip
def test_mistakes_are_told(run: Callable[..., str], data: Path, args: tuple[str, ...], problem: str) -> None:
    assert problem in _said(run, *(arg.format(data=data) for arg in args))


def test_usage(accord: Callable[..., Any], data: Path) -> None:
    assert 2 == accord("scan", "data", data, "--column", "text").code
    assert 2 == accord("scan", "data", data, "--sample", "0").code


def test_metadata_of_a_scanned_dataset(run: Callable[..., str], data: Path, tmp_path: Path) -> None:
    key = SigningKey.generate("test.invalid/log", entropy=lambda size: bytes(range(size)))
    (tmp_path / "accord.toml").write_text(SMALL + DATASET)
    workspace = Workspace.create(tmp_path, key, "test.invalid/log")
    out = data / "croissant.json"
    assert "was not scanned" in _said(run, "describe", "manuals", "--workspace", tmp_path, "--out", out)
    assert "no such dataset" in _said(run, "describe", "other", "--workspace", tmp_path, "--out", out)
    system = load_system(workspace.manifest)
    for job in DataInspector(lambda: NOW)(workspace, system):
        workspace.append(list(job.run(lambda _done, _note="": None)))
    run("describe", "manuals", "--workspace", tmp_path, "--out", out)
    made = json.loads(out.read_text())
    assert ("manuals", "CC-BY-4.0", ["a.jsonl"]) == (
        made["name"], made["license"], [f["contentUrl"] for f in made["distribution"]],
    )  # fmt: skip
    assert "an e-mail address: 1 of 5 texts" in made["rai:personalSensitiveInformation"]
    shown = run("data", data, "--licence", "CC-BY-4.0")
    assert "the file is the one that the Croissant metadata names (SHA-256): 1 of 1" in shown
