"""`accord monitor watch`, `status` and `learn`: passes over traffic, where the tests stand, what is usual."""

import signal
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from accord.cli.clock import now
from accord.cli.options import signing
from accord.cli.output import json_option, print_json, say, show_error
from accord.cli.unlock import Passphrase
from accord.errors import AccordError
from accord.evidence import Records
from accord.evidence.sequential import log_statistic, threshold
from accord.manifest import load_system
from accord.scan.door import require_arrow

if TYPE_CHECKING:
    from accord.evidence import BaselineRecord, Entry, WindowRecord
    from accord.monitor.delivery import Parcel
    from accord.monitor.post import Post
    from accord.monitor.watching import Outcome


@click.command()
@signing
@click.option("--every", type=click.IntRange(1, 1440), help="Stay, and look again after so many minutes.")
@json_option
@click.pass_context
def watch(ctx: click.Context, folder: Path, unlock: Passphrase, every: int | None, *, as_json: bool) -> None:
    """Count, test and record the windows of traffic that are closed by now, and send the alerts that follow.

    FOLDER holds accord.toml, whose table [monitor.watch] says what to look at. Run it from cron, or with --every; a
    second run finds nothing to do. Exit code 1 where an alert was made, or could not be delivered.
    """
    if every is None:
        ctx.exit(_pass(folder, unlock, as_json=as_json))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    while True:
        try:
            _pass(folder, unlock, as_json=as_json)
        except AccordError as error:  # the next pass may do better, and takes up where this one ended
            show_error(error, as_json=as_json)
        time.sleep(60 * every)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _pass(folder: Path, unlock: Passphrase, *, as_json: bool) -> int:
    require_arrow()
    from accord.monitor.alerting import alerts_of  # noqa: PLC0415 - these load Arrow
    from accord.monitor.channels import open_channels  # noqa: PLC0415 - as above
    from accord.monitor.delivery import Outbox, deliver  # noqa: PLC0415 - as above
    from accord.monitor.watching import watch as look  # noqa: PLC0415 - as above

    post, moment = _post(folder, unlock), now()
    outcome = look(post, moment)
    records, settings = outcome.records, post.system.monitor
    channels = open_channels(settings.alerts, post.workspace.root) if settings else ()
    sent = deliver(Outbox(post.workspace), alerts_of(post, records), channels, moment)
    failed = [parcel for parcel in sent if parcel.waits]
    _show_pass(post, outcome, sent, as_json=as_json)
    return 1 if outcome.alerts or failed else 0


def _post(folder: Path, unlock: Passphrase) -> "Post":
    from accord.monitor.post import Post, open_eyes, watch_of  # noqa: PLC0415 - it loads Arrow

    workspace = unlock.open(folder)
    system = load_system(workspace.manifest)
    settings = watch_of(system)
    return Post(workspace, system, settings, open_eyes(workspace, settings, now()))


def _show_pass(post: "Post", outcome: "Outcome", sent: tuple["Parcel", ...], *, as_json: bool) -> None:
    from accord.monitor.delivery import compose  # noqa: PLC0415 - it loads Arrow

    messages = [compose(entry) for entry in outcome.alerts]
    failed = [parcel for parcel in sent if parcel.waits]
    if as_json:
        shown = [{"record": m.index, "id": m.id, "title": m.title, **m.fields} for m in messages]
        counts = {
            "windows": outcome.windows,
            "left_out": outcome.left_out,
            "learning": _learning(post, outcome.records),
        }
        sending = {"delivered": len(sent) - len(failed), "waiting": [_parcel(parcel) for parcel in failed]}
        print_json({**counts, **sending, "alerts": shown})
        return
    say(f"{outcome.windows} windows recorded, {len(messages)} alerts made, {len(sent) - len(failed)} delivered.")
    for reason, count in outcome.left_out.items():
        say(f"  left out: {count} {reason}", "yellow")
    if learning := _learning(post, outcome.records):
        say(f"  {learning}")
    for message in messages:
        say(f"ALERT {message.title} (record {message.index})", "red")
    for parcel in failed:
        say(f"not delivered: record {parcel.index} by {parcel.channel}: {parcel.problem}", "yellow")


def _parcel(parcel: "Parcel") -> dict[str, Any]:
    return {"record": parcel.index, "channel": parcel.channel, "tries": parcel.tries, "problem": parcel.problem}


def _learning(post: "Post", records: Records) -> str:
    """Say how far it is known what is usual; nothing where that is known."""
    from accord.evidence.watching import same_detectors  # noqa: PLC0415 - beside its only use

    if post.baseline(records):
        return ""
    known = [e.record for e in post.windows(records) if same_detectors(e.record.detectors, post.eyes.detectors)]
    counted = sum(len(record.windows) for record in known)
    return f"learning what is usual: {counted * post.hours / 24:.1f} of {post.watch.learn} days; nothing is tested yet"


@click.command()
@signing
@json_option
def learn(folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Learn anew what is usual, from the newest windows, where traffic has changed for good.

    The windows of changes that an alarm was raised for are left out. It is recorded, so everybody sees when.
    """
    require_arrow()
    from accord.monitor.watching import learn as learn_baseline  # noqa: PLC0415 - it loads Arrow

    entry = learn_baseline(_post(folder, unlock), now())
    if as_json:
        print_json({"record": entry.ref.index, **entry.record.model_dump(mode="json", exclude_none=True)})
        return
    say(f"Recorded as {entry.ref.index}: what is usual of {len(entry.record.usual)} labels.")
    for usual in entry.record.usual:
        say(f"  {usual.series}: {usual.found} of {usual.exposed}, at most {usual.high:.6f}")


@click.command()
@signing
@json_option
def status(folder: Path, unlock: Passphrase, *, as_json: bool) -> None:
    """Show where the tests stand, the alerts that nobody answered yet, and what waits in the outbox."""
    require_arrow()
    from accord.checks.watching import unanswered  # noqa: PLC0415 - checks load slowly
    from accord.monitor.delivery import Outbox, compose  # noqa: PLC0415 - it loads Arrow

    post = _post(folder, unlock)
    records = post.workspace.records(now())
    windows, baseline = post.windows(records), post.baseline(records)
    last = windows[-1] if windows else None
    tests = _tests(last, baseline)
    waiting = [_parcel(parcel) for parcel in Outbox(post.workspace).parcels() if parcel.waits]
    alerts = [compose(entry) for entry in unanswered(records)]
    shown = {
        "windows": sum(len(e.record.windows) for e in windows),
        "last_window": f"{last.record.end:%Y-%m-%dT%H:%M:%SZ}" if last else None,
        "baseline": baseline.ref.index if baseline else None,
        "learning": _learning(post, records),
        "drift": _drift(post, records),
        "tests": tests,
        "unanswered": [{"record": m.index, "title": m.title} for m in alerts],
        "waiting": waiting,
    }
    print_json(shown) if as_json else _show_status(shown)


def _drift(post: "Post", records: Records) -> list[dict[str, Any]]:
    """Return the series whose rate has moved away from what is called usual, with both bounds then and now."""
    from accord.evidence.watching import drifted  # noqa: PLC0415 - beside its only use

    baseline = post.baseline(records)
    if baseline is None:
        return []
    windows = [window for entry in post.windows(records) for window in entry.record.windows]
    moved = drifted(baseline.record, windows)
    return [{"series": a.series, "then": [a.low, a.high], "now": [b.low, b.high]} for a, b in moved]


def _tests(last: "Entry[WindowRecord] | None", baseline: "Entry[BaselineRecord] | None") -> list[dict[str, Any]]:
    """Return each test with how much of the way to an alarm it has gone, nearest first."""
    if last is None or baseline is None or last.record.baseline != baseline.ref:
        return []
    bound = threshold(baseline.record.alpha, len(baseline.record.tests), baseline.record.period)
    rows = [
        {"series": s.series, "side": s.side, "share": round(max(0.0, log_statistic(s.levels)) / bound, 3)}
        for s in last.record.states
    ]
    return sorted(rows, key=lambda row: -float(str(row["share"])))


def _show_status(shown: dict[str, Any]) -> None:
    say(f"{shown['windows']} windows, the last of {shown['last_window'] or 'none yet'}.")
    if shown["learning"]:
        say(f"  {shown['learning']}")
    for row in shown["drift"]:
        (low, high), (now_low, now_high) = row["then"], row["now"]
        bounds = f"{low:.6f} to {high:.6f}, is {now_low:.6f} to {now_high:.6f}"
        say(f"  drift: {row['series']} was {bounds}; learn anew where that is no misuse", "yellow")
    for row in shown["tests"][:10]:
        say(f"  {row['share']:4.0%} of the way to an alarm: {row['series']} {row['side']}")
    for alert in shown["unanswered"]:
        say(f"UNANSWERED {alert['title']} (record {alert['record']})", "red")
    for parcel in shown["waiting"]:
        say(f"not delivered: record {parcel['record']} by {parcel['channel']}: {parcel['problem']}", "yellow")
