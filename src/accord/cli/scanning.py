"""What `accord scan` does once Arrow is known to be there."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from rich.table import Table

from accord.assess import Job
from accord.cli.output import console, safe, say
from accord.cli.progress import job_watch
from accord.evidence import Design, DetectorRef, Rate
from accord.ledger.private_file import read_private
from accord.scan.detectors import load_detectors, usual_names
from accord.scan.engine import Scan, scan
from accord.scan.plan import ALL, Plan, make_plan
from accord.scan.reading import choose_columns
from accord.scan.records import find_limits
from accord.scan.runners import make_runner
from accord.scan.traffic import MEGABYTE, scaled


class Order(BaseModel):
    """What a command asks for."""

    model_config = ConfigDict(frozen=True)
    places: tuple[str, ...]
    detectors: tuple[str, ...]
    preset: str
    columns: dict[str, str]
    sample: float
    seed: int
    runner: Literal["local", "daft", "ray"]
    address: str | None
    jobs: int | None
    out: Path | None
    with_text: bool
    account_key: Path | None


@dataclass(frozen=True)
class Done:
    """A scan and its plan; `kept` is the folder of its tables, where they were to be kept."""

    plan: Plan
    scan: Scan
    kept: Path | None

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return {
            "sha256": self.plan.sha256,
            "presets": self.plan.presets,
            "design": self.plan.design.model_dump(mode="json"),
            "files": self.plan.files,
            "rows": self.scan.rows,
            "texts": self.scan.texts,
            "bytes": self.scan.size,
            "unreadable": self.scan.unreadable,
            "limits": list(find_limits(self.plan)),
            "detectors": [d.model_dump(mode="json") for d in self.plan.refs],
            "rates": [r.model_dump(mode="json") | {"interval": r.interval} for r in self.scan.rates],
            "folder": str(self.kept) if self.kept else None,
        }


def run_order(order: Order, *, quiet: bool) -> Done:
    """Scan as ordered, with progress where it is not to be quiet."""
    design = ALL if order.sample == 1 else Design(method="sample", fraction=order.sample, seed=order.seed)
    plan = make_plan(
        order.places,
        load_detectors(order.detectors or usual_names()),
        columns=choose_columns(order.preset, order.columns),
        design=design,
        key=read_private(order.account_key) if order.account_key else None,
        with_text=order.with_text,
    )
    if not quiet:
        forms = ", ".join(f"{preset} ({count})" for preset, count in plan.presets.items())
        say(f"Read as: {forms}.")
    units = max(1, plan.size // MEGABYTE)
    job = Job(plan.job, "Scan", units, lambda _: iter(()), unit="MB")
    with ExitStack() as stack:
        progress = stack.enter_context(job_watch(quiet=quiet))([job])(job)
        folder = order.out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        runner = make_runner(order.runner, order.jobs or 0, order.address)
        found = scan(plan, folder, runner, lambda done: progress(scaled(done, plan.size, units)))
        progress(units)
    return Done(plan, found, order.out)


def show_scan(done: Done) -> None:
    """Print a scan for people."""
    found, design = done.scan, done.plan.design
    part = "" if design.method == "all" else f", a sample of {design.fraction:.2%} (seed {design.seed})"
    size, files = f"{found.size / MEGABYTE:,.1f} MB", done.plan.files
    say(f"{found.texts:,} texts of {size}, in {found.rows:,} rows of {files} files{part}.")
    console().print(rate_table(found.rates, done.plan.refs))
    for reason, count in found.unreadable.items():
        say(f"Unreadable: {count:,} rows: {reason}", "yellow")
    for limit in find_limits(done.plan):
        say(limit, "yellow")
    if done.kept:
        say(f"The findings are in {done.kept}: findings.parquet, flagged.parquet, unreadable.parquet.")
    if found.quotes:
        say(
            f"{found.quotes} holds what was found word for word. Keep it as you keep the traffic itself.", "bold yellow"
        )


def rate_table(rates: tuple[Rate, ...], detectors: tuple[DetectorRef, ...]) -> Table:
    """Return how often each thing was found, with how right its detector is beside it."""
    qualities = {(d.name, q.label): q for d in detectors for q in d.quality}
    table = Table(title="In how many texts", title_justify="left")
    for name in ("Found", "Texts", "Share", "95 % interval", "Precision", "Recall"):
        table.add_column(name, justify="left" if name == "Found" else "right")
    for rate in rates:
        quality, interval = qualities.get((rate.detector, rate.label)), rate.interval
        table.add_row(
            safe(f"{rate.title} ({rate.detector})"),
            f"{rate.texts:,} of {rate.n:,}",
            f"{rate.texts / rate.n:.3%}" if rate.n else "",
            f"{interval[0]:.3%} to {interval[1]:.3%}" if interval else "",
            _share(quality.precision if quality else None),
            _share(quality.recall if quality else None),
        )
    return table


def _share(estimate: tuple[float, float, float] | None) -> str:
    return f"{estimate[0]:.0%} ({estimate[1]:.0%} to {estimate[2]:.0%})" if estimate else "not measured"
