"""The engine that looks at production traffic: a job for each [[traffic]] of accord.toml (action 2)."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accord.assess import Job, Progress
from accord.evidence import Design, Record
from accord.ledger.private_file import read_private, write_private
from accord.manifest import System, Traffic, identify_model
from accord.scan.detectors import load_detectors, usual_names
from accord.scan.engine import scan
from accord.scan.plan import ALL, Plan, make_plan
from accord.scan.reading import choose_columns
from accord.scan.reading.known import KnownFiles
from accord.scan.reading.streams import is_remote
from accord.scan.records import make_record, record_job
from accord.scan.runners import make_runner
from accord.workspace import Workspace

MEGABYTE = 1_000_000
_KEY = "accounts.key"
_KEY_SIZE = 32


@dataclass(frozen=True)
class TrafficScanner:
    """The engine of production traffic (see `accord.assess.Engine`); `clock` tells when a job ends."""

    clock: Callable[[], datetime]
    entropy: Callable[[int], bytes] = os.urandom

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield a job for each traffic that accord.toml names; raise ScanError where it cannot be looked at."""
        model = identify_model(system, workspace.root).sha256 if system.traffic else ""
        known = KnownFiles(workspace.scans / "files.json")
        for traffic in system.traffic:
            key = account_key(workspace, traffic, self.entropy)
            yield self._job(workspace, traffic, plan_traffic(workspace.root, traffic, key, known), model)
        known.write()

    def _job(self, workspace: Workspace, traffic: Traffic, plan: Plan, model: str) -> Job:
        folder = workspace.root / traffic.findings if traffic.findings else workspace.scans
        key = record_job(plan, "traffic", traffic.id, model)
        units = max(1, plan.size // MEGABYTE)

        def run(progress: Progress) -> Iterator[Record]:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            runner = make_runner(traffic.runner)
            place = folder / f"{traffic.id}-{key[:16]}"
            found = scan(plan, place, runner, lambda done: progress(scaled(done, plan.size, units)))
            yield make_record(
                plan,
                found,
                purpose="traffic",
                name=traffic.id,
                model=model,
                made=self.clock(),
                days=traffic.days,
                packages=packages_of(traffic.runner),
            )
            progress(units)

        return Job(key, f"Scan of traffic: {traffic.id}", units, run, unit="MB")


def account_key(workspace: Workspace, traffic: Traffic, entropy: Callable[[int], bytes] = os.urandom) -> bytes:
    """Return the secret that makes keys of accounts; the workspace's own is made when it is first needed."""
    if traffic.account_key:
        return read_private(workspace.root / traffic.account_key)
    path = workspace.keys / _KEY
    if not path.exists():
        write_private(path, entropy(_KEY_SIZE))
    return read_private(path)


def plan_traffic(root: Path, traffic: Traffic, key: bytes | None, known: KnownFiles) -> Plan:
    """Return the plan of what accord.toml says of one traffic."""
    place = traffic.path if is_remote(traffic.path) else str(root / traffic.path)
    columns = choose_columns(traffic.preset or "", traffic.columns.named() if traffic.columns else {})
    design = ALL if traffic.sample == 1 else Design(method="sample", fraction=traffic.sample, seed=traffic.seed)
    detectors = load_detectors(traffic.detectors or usual_names())
    return make_plan([place], detectors, columns=columns, design=design, key=key, known=known)


def scaled(done: int, size: int, units: int) -> int:
    """Return how many units are done; all of them only at the very end."""
    return min(done * units // max(1, size), units - 1)


def packages_of(runner: str) -> tuple[str, ...]:
    """Return the packages that a runner needs."""
    return {"daft": ("daft",), "ray": ("daft", "ray")}.get(runner, ())
