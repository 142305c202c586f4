"""`accord monitor`: from traffic on disk to an alert in a file, an answer to it, and a log that verifies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from run_here import Done, run_here
from traffic_scene import JAILBREAK, Traffic
from watched import prepare

from accord.evidence import SystemRecord
from accord.workspace import Workspace

Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *args: run_here(capsys, *args)


@pytest.fixture
def space(workspace: Workspace, declaration: Callable[..., SystemRecord]) -> Workspace:
    """Return a workspace with nine days of traffic until now, and a campaign that began six hours ago."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=9)
    traffic = Traffic(1, start, 9, daily=200)
    traffic.campaign(start + timedelta(days=9, hours=-6), 25, 4)
    return prepare(workspace, declaration(made=start), traffic.scene())


def test_campaign_is_told_answered_and_verified(run: Run, space: Workspace) -> None:
    first = run("monitor", "watch", space.root, "--json")
    assert 1 == first.code, first.out + first.err
    found = first.json
    assert {"rate", "campaign"} == {alert["cause"] for alert in found["alerts"]}
    assert (len(found["alerts"]), []) == (found["delivered"], found["waiting"])
    lines = [json.loads(line) for line in (space.root / "alerts.jsonl").read_bytes().splitlines()]
    assert [alert["id"] for alert in found["alerts"]] == [line["id"] for line in lines]
    again = run("monitor", "watch", space.root, "--json")
    assert (0, []) == (again.code, again.json["alerts"])
    status = run("monitor", "status", space.root, "--json").json
    assert len(found["alerts"]) == len(status["unanswered"])
    assert JAILBREAK in {row["series"] for row in status["tests"]}
    shown = run("verify", space.root, "--json")
    claims = [c for c in shown.json["claims"] if c["id"].split(".")[0] in {"window", "baseline", "alert"}]
    assert {"verified"} == {claim["result"] for claim in claims}
    assert {"window", "baseline", "alert"} == {claim["id"].split(".")[0] for claim in claims}


def test_words_for_people(run: Run, space: Workspace) -> None:
    done = run("monitor", "watch", space.root)
    assert "ALERT Many accounts use one jailbreak template (prompts:jailbreak): 25 accounts" in done.out
    assert "ALERT The rate of prompts:jailbreak rises above what is usual in traffic" in done.out
    status = run("monitor", "status", space.root)
    assert (0, True) == (status.code, "of the way to an alarm: prompts:jailbreak above" in status.out)
    learned = run("monitor", "learn", space.root)
    assert (0, True) == (learned.code, "what is usual of 3 labels" in learned.out)


def test_what_cannot_be_delivered_is_said_and_waits(run: Run, space: Workspace) -> None:
    text = space.manifest.read_text(encoding="utf-8")
    space.manifest.write_text(text.replace('"alerts.jsonl"', '"none/alerts.jsonl"'), encoding="utf-8")
    done = run("monitor", "watch", space.root)
    assert (1, True) == (done.code, "not delivered: record" in done.out)
    assert run("monitor", "status", space.root, "--json").json["waiting"]
    (space.root / "none").mkdir()
    again = run("monitor", "watch", space.root, "--json")
    assert (0, []) == (again.code, again.json["waiting"])
    assert (space.root / "none" / "alerts.jsonl").is_file()


def test_learning_is_told(run: Run, space: Workspace) -> None:
    text = space.manifest.read_text(encoding="utf-8")
    space.manifest.write_text(text.replace("learn = 7", "learn = 30"), encoding="utf-8")
    done = run("monitor", "watch", space.root)
    assert "learning what is usual: 9.0 of 30 days" in done.out.replace("8.9", "9.0")
    refused = run("monitor", "learn", space.root)
    assert (4, True) == (refused.code, "not enough windows" in refused.err)


def test_nothing_to_watch_is_said(run: Run, workspace: Workspace) -> None:
    done = run("monitor", "watch", workspace.root)
    assert (4, True) == (done.code, "names no traffic to watch" in done.err)


def test_it_stays_and_ends_when_it_is_told_to(space: Workspace) -> None:
    code = "from accord.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "monitor", "watch", space.root, "--every", "1"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "windows recorded" in process.stdout.readline()
        for _ in range(300):
            if (space.root / "alerts.jsonl").is_file():
                break
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGTERM)
        assert 0 == process.wait(300)


def test_hostile_names_reach_no_alert(run: Run, space: Workspace) -> None:
    hostile = space.root / "traffic" / "\x1b[31m<script>.parquet"
    max((space.root / "traffic").iterdir()).rename(hostile)
    done = run("monitor", "watch", space.root)
    assert "script" not in done.out + (space.root / "alerts.jsonl").read_text(encoding="utf-8")
