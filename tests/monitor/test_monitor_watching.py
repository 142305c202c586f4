"""From traffic with a planted campaign to windows, what is usual, alarms, alerts and their evidence."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from traffic_scene import JAILBREAK, REFUSAL, WEAPONS, Scene, Traffic
from watched import WATCH, lay_out, post_of, prepare, scan_record

from accord.errors import MonitorError
from accord.evidence import AlertRecord, BaselineRecord, SystemRecord, WindowRecord
from accord.evidence.watching import drifted
from accord.monitor.post import Post
from accord.monitor.traffic import AHEAD, UNDATED, UNREADABLE
from accord.monitor.watching import LATE, learn, watch
from accord.workspace import Workspace

START = datetime(2026, 11, 1, tzinfo=UTC)
CAMPAIGN = START + timedelta(days=9, hours=10)
END = START + timedelta(days=10)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Return ten days of traffic, with a campaign of thirty accounts in four hours of the last."""
    traffic = Traffic(1, START, 10, daily=300)
    traffic.campaign(CAMPAIGN, 30, 4)
    return traffic.scene()


@pytest.fixture
def space(workspace: Workspace, declaration: Callable[..., SystemRecord], scene: Scene) -> Workspace:
    return prepare(workspace, declaration(made=START), scene)


@pytest.fixture
def post(space: Workspace) -> Post:
    return post_of(space, END)


def _windows(post: Post) -> list[WindowRecord]:
    return [e.record for e in post.windows(post.workspace.records(END))]


def test_campaign_leads_to_a_rate_alert_and_a_pattern_alert_with_its_texts(post: Post, scene: Scene) -> None:
    found = watch(post, CAMPAIGN + timedelta(hours=5)).alerts
    alerts = {e.record.cause: e.record for e in found}
    assert {"rate", "campaign"} == set(alerts)
    rate, campaign = alerts["rate"], alerts["campaign"]
    assert (JAILBREAK, "above", True) == (rate.series, rate.side, CAMPAIGN <= rate.end <= CAMPAIGN + timedelta(hours=3))
    assert rate.before is not None
    assert rate.since is not None
    assert rate.since.low is not None
    assert rate.before.high is not None
    assert rate.since.low > rate.before.high
    places = json.loads(post.workspace.artifacts.get(campaign.evidence.sha256))
    assert scene.planted["campaign"] == {(p["source"], p["row"], p["part"]) for p in places}
    assert (30, len(places)) == (campaign.accounts, campaign.listed)


def test_quiet_traffic_makes_no_alert(post: Post) -> None:
    assert () == watch(post, CAMPAIGN).alerts


def test_second_pass_finds_nothing_to_do(post: Post) -> None:
    watch(post, END)
    size = post.workspace.log().size
    again = watch(post, END)
    assert (0, (), size) == (again.windows, again.alerts, post.workspace.log().size)


def test_hourly_passes_record_the_same_windows_as_one(
    space: Workspace, tmp_path: Path, declaration: Callable[..., SystemRecord], scene: Scene
) -> None:
    post = post_of(space, END)
    for hours in range(36, -1, -6):
        watch(post, END - timedelta(hours=hours))
    hourly = [w for record in _windows(post) for w in record.windows]
    states = _windows(post)[-1].states
    other = tmp_path / "other"
    other.mkdir()
    for name in ("accord.toml", "tiny.gguf", "risk.md"):
        (other / name).write_bytes((space.root / name).read_bytes())
    once = Workspace.create(other, space.signing_key(), "test.invalid/log")
    once.append([declaration(made=START), scan_record(START)])
    lay_out(other, scene)
    single = post_of(once, END)
    watch(single, END)
    assert (hourly, states) == ([w for r in _windows(single) for w in r.windows], _windows(single)[-1].states)


def test_window_is_not_closed_before_its_grace_is_over(post: Post) -> None:
    watch(post, CAMPAIGN + timedelta(minutes=9))
    assert CAMPAIGN - timedelta(hours=2) == _windows(post)[-1].windows[-1].start
    watch(post, CAMPAIGN + timedelta(minutes=10))
    assert CAMPAIGN - timedelta(hours=1) == _windows(post)[-1].windows[-1].start


def test_nothing_is_tested_before_what_is_usual_is_known(post: Post) -> None:
    watch(post, START + timedelta(days=7, minutes=5))
    assert {None} == {record.baseline for record in _windows(post)}
    watch(post, START + timedelta(days=8))
    records = post.workspace.records(END)
    baseline = records.of(BaselineRecord)[0]
    assert (START, START + timedelta(days=7, hours=-1)) == (baseline.record.first, baseline.record.last)
    assert [baseline.ref] == [
        e.record.baseline for e in post.windows(records) if e.record.windows[0].start > baseline.record.last
    ]


def test_a_changed_detector_is_not_compared_with_what_another_saw(post: Post) -> None:
    watch(post, CAMPAIGN)
    post.workspace.append([scan_record(END, b"2")])
    again = post_of(post.workspace, END)
    watch(again, CAMPAIGN + timedelta(hours=2))
    assert (None, ()) == (_windows(again)[-1].baseline, _windows(again)[-1].states)


def test_alert_of_one_topic_is_held_back_until_the_cooldown_is_over(post: Post) -> None:
    first = watch(post, CAMPAIGN + timedelta(hours=5)).alerts
    later = watch(post, CAMPAIGN + timedelta(hours=8)).alerts
    assert (2, 0) == (len(first), len(later))
    assert len([a for record in _windows(post) for a in record.alarms if a.series == JAILBREAK]) >= 1


def test_second_campaign_is_told_while_the_first_cools_down(
    workspace: Workspace, declaration: Callable[..., SystemRecord]
) -> None:
    traffic = Traffic(2, START, 2, daily=100)
    traffic.campaign(START + timedelta(days=1), 8, 2)
    traffic.campaign(START + timedelta(days=1, hours=4), 9, 2)
    post = post_of(prepare(workspace, declaration(made=START), traffic.scene()), END)
    first = watch(post, START + timedelta(days=1, hours=3)).alerts
    second = watch(post, START + timedelta(days=1, hours=7)).alerts
    assert [8, 9] == [e.record.accounts for e in (*first, *second) if e.record.cause == "campaign"]


def test_falling_refusals_raise_an_alarm(workspace: Workspace, declaration: Callable[..., SystemRecord]) -> None:
    traffic = Traffic(3, START, 16, daily=900, people=4_000)
    scene = traffic.scene()
    late = pc.greater(scene.texts["time"], pa.scalar(START + timedelta(days=8), pa.timestamp("us", tz="UTC")))
    quiet = set(scene.texts.filter(late)["row"].to_pylist())
    silent = [
        row in quiet and label == "refusal"
        for row, label in zip(scene.findings["row"].to_pylist(), scene.findings["label"].to_pylist(), strict=True)
    ]
    scene = Scene(scene.texts, scene.findings.filter(pc.invert(pa.array(silent))), {})
    post = post_of(prepare(workspace, declaration(made=START), scene), END)
    alerts = watch(post, START + timedelta(days=16)).alerts
    assert {("rate", REFUSAL, "below")} == {(e.record.cause, e.record.series, e.record.side) for e in alerts}
    first = alerts[0].record
    assert timedelta(0) <= first.end - START - timedelta(days=8) <= timedelta(days=2)
    assert abs(first.start - START - timedelta(days=8)) <= timedelta(hours=12)


def test_declared_rate_needs_no_findings_before(workspace: Workspace, declaration: Callable[..., SystemRecord]) -> None:
    traffic = Traffic(4, START, 9, daily=200)
    traffic.campaign(START + timedelta(days=8), 25, 3, series=WEAPONS)
    text = WATCH.replace(
        "\n[monitor.alerts]", f'\n[[monitor.watch.rates]]\nseries = "{WEAPONS}"\nrate = 0.004\n\n[monitor.alerts]'
    )
    post = post_of(prepare(workspace, declaration(made=START), traffic.scene(), text), END)
    found = watch(post, START + timedelta(days=8, hours=6)).alerts
    rates = [e.record for e in found if e.record.cause == "rate"]
    assert [(WEAPONS, None)] == [(r.series, r.before) for r in rates]


def _spoil(scene: Scene, folder: Path, moments: list[datetime | None]) -> None:
    rows = scene.texts.slice(0, len(moments)).to_pylist()
    changed = [
        row | {"time": moment, "source": "odd.parquet", "row": n}
        for n, (row, moment) in enumerate(zip(rows, moments, strict=True))
    ]
    pq.write_table(pa.Table.from_pylist(changed, schema=scene.texts.schema), folder / "traffic" / "odd.parquet")


def test_what_has_no_time_or_a_wrong_one_is_counted(post: Post, scene: Scene) -> None:
    _spoil(scene, post.workspace.root, [None, CAMPAIGN + timedelta(days=400), CAMPAIGN + timedelta(minutes=2)])
    (post.workspace.root / "traffic" / "torn.parquet").write_bytes(b"PAR1 and no more")
    outcome = watch(post, END)
    assert {UNDATED: 1, AHEAD: 1, UNREADABLE: 1} == outcome.left_out == _windows(post)[0].left_out


def test_late_texts_are_counted_and_change_no_window(post: Post, scene: Scene) -> None:
    watch(post, CAMPAIGN)
    before = [w for r in _windows(post) for w in r.windows]
    _spoil(scene, post.workspace.root, [CAMPAIGN - timedelta(hours=2)] * 3)
    outcome = watch(post, END)
    assert {LATE: 3} == outcome.left_out == _windows(post)[-1].left_out
    assert before == [w for r in _windows(post) for w in r.windows][: len(before)]


def test_learning_anew_leaves_out_what_an_alarm_was_raised_for(post: Post) -> None:
    watch(post, END)
    alarms = [a for record in _windows(post) for a in record.alarms]
    entry = learn(post, END)
    kept = sum(
        1
        for r in _windows(post)
        for w in r.windows
        if not any(a.since <= w.start <= a.window for a in alarms) and w.start >= entry.record.first
    )
    usual = next(u for u in entry.record.usual if u.series == JAILBREAK)
    counted = [w for r in _windows(post) for w in r.windows if entry.record.first <= w.start]
    assert alarms
    assert kept < len(counted)
    assert usual.found < sum(w.find(JAILBREAK).found for w in counted)


def test_a_slow_change_is_told_as_drift_and_quiet_traffic_is_not(
    workspace: Workspace, declaration: Callable[..., SystemRecord]
) -> None:
    quiet = Traffic(5, START, 15, daily=300)
    post = post_of(prepare(workspace, declaration(made=START), quiet.scene()), END)
    watch(post, START + timedelta(days=15))
    records = post.workspace.records(END)
    (baseline,) = records.of(BaselineRecord)
    windows = [w for e in post.windows(records) for w in e.record.windows]
    assert () == drifted(baseline.record, windows)
    doubled = [
        w.model_copy(
            update={"tallies": tuple(t.model_copy(update={"found": min(t.exposed, 3 * t.found)}) for t in w.tallies)}
        )
        for w in windows
    ]
    assert REFUSAL in {now.series for _, now in drifted(baseline.record, doubled)}
    assert () == drifted(baseline.record, windows[: 7 * 24 + 100])


def test_learning_needs_windows(post: Post) -> None:
    with pytest.raises(MonitorError, match="not enough windows"):
        learn(post, END)


def test_no_text_and_no_account_of_traffic_is_in_the_log(post: Post, scene: Scene) -> None:
    watch(post, END)
    log = b"".join(post.workspace.log().entries()).decode("latin-1")
    said = {word for text in scene.texts["text"].to_pylist() for word in text.split() if len(word) == 6}
    import base64  # noqa: PLC0415 - the envelope's payload

    payloads = " ".join(
        base64.b64decode(json.loads(data)["payload"]).decode() for data in post.workspace.log().entries()
    )
    assert log
    assert not {word for word in said if word in payloads}
    assert not [a for a in set(scene.texts["account"].to_pylist()) if f'"{a}"' in payloads]


def test_alerts_name_the_windows_that_they_rest_on(post: Post) -> None:
    watch(post, END)
    records = post.workspace.records(END)
    windows = {e.ref for e in post.windows(records)}
    rates = [e.record for e in records.of(AlertRecord) if e.record.cause == "rate"]
    assert rates
    assert all(record.windows and set(record.windows) <= windows for record in rates)


def test_without_traffic_it_says_what_is_missing(
    workspace: Workspace, declaration: Callable[..., SystemRecord], scene: Scene
) -> None:
    post = post_of(prepare(workspace, declaration(made=START), scene, WATCH.replace('"traffic"', '"elsewhere"')), END)
    with pytest.raises(MonitorError, match="no folder of traffic"):
        watch(post, END)


def test_declared_traffic_of_another_form_is_watched_too(
    workspace: Workspace, declaration: Callable[..., SystemRecord]
) -> None:
    traffic = Traffic(6, START, 9, daily=250, people=2_000, marks={WEAPONS: "please answer to parcels@example.net"})
    traffic.campaign(START + timedelta(days=8, hours=4), 20, 3, series=WEAPONS)
    rows = [{**row, "time": row["time"].isoformat()} for row in traffic.scene().texts.to_pylist()]
    lines = [
        json.dumps({name: row[name] for name in ("text", "role", "time", "account", "conversation")}) for row in rows
    ]
    (workspace.root / "chat.jsonl").write_text("\n".join([*lines, "no JSON"]), encoding="utf-8")
    text = """
[[traffic]]
id = "chat"
path = "chat.jsonl"
columns = { text = "text", role = "role", time = "time", account = "account", conversation = "conversation" }

[monitor.watch]
traffic = "chat"
detectors = ["personal-data"]
learn = 7
"""
    workspace.manifest.write_text(workspace.manifest.read_text(encoding="utf-8") + text, encoding="utf-8")
    workspace.append([declaration(made=START)])
    outcome = watch(post_of(workspace, END), START + timedelta(days=8, hours=9))
    assert {("rate", EMAIL), ("cluster", EMAIL)} == {(e.record.cause, e.record.series) for e in outcome.alerts}
    assert {"cluster": 20} == {e.record.cause: e.record.accounts for e in outcome.alerts if e.record.cause == "cluster"}
    assert {"rows: what is not JSON": 1} == {k: v for k, v in outcome.left_out.items() if k.startswith("rows")}


EMAIL = "personal-data:email"


def test_windows_wait_for_what_the_receiver_still_has_to_store(post: Post) -> None:
    folder = post.workspace.root / "traffic"
    (folder / "parts").mkdir()
    (folder / "spool").mkdir()
    waiting = folder / "spool" / f"{CAMPAIGN:%Y-%m-%dT%H}-000000000001.spool"
    waiting.write_bytes(b"")
    watch(post, END)
    assert CAMPAIGN - timedelta(hours=1) == _windows(post)[-1].end
    waiting.unlink()
    watch(post, END)
    assert END - timedelta(hours=2) == _windows(post)[-1].end


def test_a_clock_that_stood_still_makes_no_months_of_empty_windows(post: Post, scene: Scene) -> None:
    _spoil(scene, post.workspace.root, [datetime(1970, 1, 1, tzinfo=UTC), START - timedelta(days=40)])
    watch(post, END)
    assert (START, 239) == (_windows(post)[0].windows[0].start, sum(len(r.windows) for r in _windows(post)))
