"""From a scan to the record that is signed: numbers and digests, and nothing of what was said."""

import hashlib
from datetime import datetime
from importlib.metadata import version
from typing import Literal

from accord import __version__
from accord.evidence import ArtifactRef, ScanRecord, Tool, expiry
from accord.ledger import digest, format_json
from accord.scan.engine import Scan
from accord.scan.plan import Plan

MEDIA_TYPE = "application/vnd.apache.parquet"


def record_job(plan: Plan, purpose: str, name: str, model: str) -> str:
    """Return the digest over everything that a record of a scan depends on."""
    return digest(format_json({"scan": plan.job, "purpose": purpose, "name": name, "model": model}))


def make_record(
    plan: Plan,
    scan: Scan,
    *,
    purpose: Literal["traffic", "data"],
    name: str,
    model: str,
    made: datetime,
    days: int,
    limits: tuple[str, ...] = (),
    packages: tuple[str, ...] = (),
) -> ScanRecord:
    """Return the record of a finished scan; `packages` are those that took part beside Accord and Arrow."""
    return ScanRecord(
        made=made,
        expires=expiry(made, days),
        job=record_job(plan, purpose, name, model),
        purpose=purpose,
        name=name,
        sha256=plan.sha256,
        model=model,
        design=plan.design,
        files=plan.files,
        rows=scan.rows,
        texts=scan.texts,
        size=scan.size,
        unreadable=scan.unreadable,
        limits=(*find_limits(plan), *limits),
        detectors=plan.refs,
        rates=scan.rates,
        findings=reference(scan),
        tools=(
            Tool(name="accord", version=__version__),
            *(Tool(name=package, version=version(package)) for package in ("pyarrow", *packages)),
        ),
    )


def find_limits(plan: Plan) -> tuple[str, ...]:
    """Return what a scan did not look at, in our own words."""
    left = len(plan.left_out)
    return (f"{left} files of no known form were not looked at.",) if left else ()


def reference(scan: Scan) -> ArtifactRef:
    """Return the reference to the table of findings, which stays where it is."""
    with scan.findings.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ArtifactRef(sha256=sha256, size=scan.findings.stat().st_size, media_type=MEDIA_TYPE)
