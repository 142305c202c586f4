"""The whole way of a campaign: planted in traffic, alerted, handled, measured again, made public, and reported."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stix2

from accord.evidence import AlertRecord, EvaluationRecord, IncidentRecord, WindowRecord
from accord.workspace import Workspace

ROOT = Path(__file__).parents[2]
WATCH = """
[monitor.watch]
traffic = "traffic"
detectors = ["personal-data"]
learn = 7

[monitor.alerts]
file = "alerts.jsonl"
"""
LEAD = ("--role", "Incident lead")


@pytest.fixture(scope="module")
def walked(accord: Any, make: Any, serve_all: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Any]:
    """Return a workspace in which all of it was done, and what each step said."""
    space: Workspace = make(tmp_path_factory.mktemp("walk") / "space", serve_all("good").url)
    text = space.manifest.read_text(encoding="utf-8")
    text = text.replace('name = "Acme"\n', 'name = "Acme"\nurl = "https://acme.example"\n', 1)
    space.manifest.write_text(text + WATCH, encoding="utf-8")
    plant = [sys.executable, str(ROOT / "scripts" / "plant_campaign.py"), str(space.root)]
    subprocess.run(plant, check=True, capture_output=True)
    said: dict[str, str] = {}

    def step(name: str, *args: object, code: int = 0) -> None:
        done = accord(*args)
        assert code == done.code, (args, done.out, done.err)
        said[name] = done.out

    step("before", "assess", space.root)
    step("watch", "monitor", "watch", space.root, code=1)
    alert = _newest(space, AlertRecord)
    step(
        "signal", "incident", "signal", "phishing", space.root, "--title", "Phishing letters", "--description",
        "Accounts had one letter written many times.", "--source", "monitoring", "--alert", alert, "--tlp", "clear",
        "--affected", "customers of others", *LEAD,
    )  # fmt: skip
    step(
        "triage", "incident", "triage", "phishing", space.root, "--category", "incident", "--severity", "incident",
        "--harm", "economic", "--consequence", "none", "--relation", "The system wrote the letters.", "--reason",
        "The references of the alert show it.", *LEAD,
    )  # fmt: skip
    step("confirm", "incident", "confirm", "phishing", space.root, "--reason", "Thirty accounts, one template.", *LEAD)
    step("contain", "incident", "contain", "phishing", space.root, "--measure", "The accounts are closed.", *LEAD)
    text = space.manifest.read_text(encoding="utf-8")
    assert 'profile = "quick"' in text
    space.manifest.write_text(text.replace('profile = "quick"', 'profile = "quick"\nseed = 2'), encoding="utf-8")
    step("again", "assess", space.root)
    step("link", "incident", "link", "phishing", space.root, "--evaluation", _newest(space, EvaluationRecord), *LEAD)
    step(
        "resolve", "incident", "resolve", "phishing", space.root, "--measure", "Letters that ask for data are refused.",
        "--cause", "No rule looked at letters in bulk.", *LEAD,
    )  # fmt: skip
    step(
        "publish", "incident", "publish", "phishing", space.root, "--out", space.root / "notice.md", "--address",
        "https://acme.example/notices/phishing", "--role", "Press office",
    )  # fmt: skip
    for form in ("oecd-29", "stix", "csaf", "misp"):
        step(form, "incident", "export", "phishing", space.root, "--format", form, "-o", space.root / f"{form}.json")
    step("after", "assess", space.root)
    step("report", "report", space.root, "--bundle", space.root / "bundle.zip")
    step("verify", "verify", space.root / "bundle.zip", "--key", space.root / ".accord/keys/accord.pub")
    return space, said


def _newest(space: Workspace, kind: type[Any]) -> int:
    from datetime import UTC, datetime  # noqa: PLC0415 - the machine's clock, as the commands read it

    return int(space.records(datetime.now(UTC), opened=True).of(kind)[-1].ref.index)


def test_the_campaign_is_seen_and_the_alert_leads_to_its_texts(walked: tuple[Workspace, Any], now: Any) -> None:
    space, said = walked
    assert "ALERT" in said["watch"]
    lines = [json.loads(line) for line in (space.root / "alerts.jsonl").read_text().splitlines()]
    assert lines
    assert "parcels@example.net" not in (space.root / "alerts.jsonl").read_text()
    assert re.search(r"240 windows|2\d\d windows", said["watch"])


def test_every_step_is_a_record_that_names_the_one_before(walked: tuple[Workspace, Any]) -> None:
    space, _ = walked
    from datetime import UTC, datetime  # noqa: PLC0415 - as above

    records = space.records(datetime.now(UTC), opened=True)
    events = [e.record.event for e in records.of(IncidentRecord)]
    assert ["signal", "triage", "confirm", "contain", "link", "resolve", "publish"] == events
    assert records.of(WindowRecord)
    assert 2 <= len(records.of(EvaluationRecord))


def test_what_is_exported_is_valid_to_the_peers(walked: tuple[Workspace, Any]) -> None:
    space, said = walked
    bundle = stix2.parse((space.root / "stix.json").read_text(), allow_custom=True)
    assert "bundle" == bundle["type"]
    assert "csaf_2.1" in json.dumps(json.loads((space.root / "csaf.json").read_text())) or "2.1" in said["csaf"]
    assert "Phishing letters" in (space.root / "oecd-29.json").read_text()
    assert "Nothing was sent" in said["misp"]


def test_the_public_reads_of_it_and_anyone_verifies_the_report(walked: tuple[Workspace, Any]) -> None:
    space, said = walked
    assert "Phishing letters" in (space.root / "notice.md").read_text()
    page = (space.root / "report.html").read_text()
    assert "phishing" in page
    assert "https://acme.example/notices/phishing" in page
    assert "verified" in said["verify"]


def test_the_clauses_of_action_2_rest_on_it(walked: tuple[Workspace, Any], accord: Callable[..., Any]) -> None:
    space, _ = walked
    clauses = {c["clause"]: c for c in accord("status", space.root, "--json").json["clauses"]}
    for clause in ("2.1", "2.2", "2.4"):
        assert "partial" == clauses[clause]["status"], clauses[clause]
