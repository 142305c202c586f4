"""A workspace whose traffic is a scene on disk, as a scan left it: texts, findings and the record of what looked."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from traffic_scene import SERIES, Scene

from accord.evidence import ArtifactRef, Design, DetectorRef, Rate, ScanRecord, SystemRecord
from accord.ledger import digest
from accord.manifest import load_system
from accord.monitor.post import Post, open_eyes, watch_of
from accord.workspace import Workspace

WATCH = """
[monitor.watch]
traffic = "traffic"
findings = "findings"
learn = 7
falls = ["answers:refusal"]

[monitor.alerts]
file = "alerts.jsonl"
"""


def lay_out(folder: Path, scene: Scene) -> None:
    """Write a scene's texts, one file a day, and its findings."""
    for name in ("traffic", "findings"):
        (folder / name).mkdir(exist_ok=True)
    for source in sorted(set(scene.texts["source"].to_pylist())):
        pq.write_table(scene.texts.filter(pc.equal(scene.texts["source"], source)), folder / "traffic" / source)
    pq.write_table(scene.findings, folder / "findings" / "findings.parquet")


def scan_record(now: datetime, salt: bytes = b"1") -> ScanRecord:
    """Return the record of a scan whose detectors are those of a scene."""
    names = sorted({series.split(":")[0] for series in SERIES})
    return ScanRecord(
        made=now,
        purpose="traffic",
        name="traffic",
        sha256=digest(b"traffic"),
        model=digest(b"model"),
        design=Design(method="all"),
        files=1,
        rows=1,
        texts=1,
        size=1,
        detectors=tuple(DetectorRef(name=name, sha256=digest(name.encode() + salt)) for name in names),
        rates=tuple(
            Rate(detector=s.split(":")[0], label=s.split(":")[1], title=s, texts=0, n=1, found=0) for s in SERIES
        ),
        findings=ArtifactRef(sha256=digest(b"findings"), size=1, media_type="application/vnd.apache.parquet"),
    )


def prepare(workspace: Workspace, declaration: SystemRecord, scene: Scene, watch: str = WATCH) -> Workspace:
    """Give a workspace a scene to watch, and the records that a watch needs."""
    lay_out(workspace.root, scene)
    text = workspace.manifest.read_text(encoding="utf-8")
    workspace.manifest.write_text(text + watch, encoding="utf-8")
    workspace.append([declaration, scan_record(declaration.made - timedelta(days=60))])
    return workspace


def post_of(workspace: Workspace, now: datetime) -> Post:
    """Return the post that accord.toml and the log give."""
    system = load_system(workspace.manifest)
    settings = watch_of(system)
    return Post(workspace, system, settings, open_eyes(workspace, settings, now))
