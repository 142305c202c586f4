"""What all tests share: one moment, two keys, and factories of small valid values that a test changes at will."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from accord.evidence import (
    ArtifactRef,
    DocumentRecord,
    EvaluationRecord,
    Metric,
    ModelRef,
    Record,
    Records,
    SuiteRef,
    SystemRecord,
    read_entry,
    sign_record,
)
from accord.ledger import SigningKey, digest
from accord.manifest import System
from accord.workspace import Workspace

# Two shared cores say nothing about how long one example may take.
settings.register_profile("accord", deadline=None)
settings.load_profile("accord")

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
HASH = digest(b"anything")
WEIGHTS = b"weights of a very small model"
MODEL = ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256=digest(WEIGHTS))
ARTIFACT = ArtifactRef(sha256=HASH, size=8, media_type="application/json")
SYSTEM: dict[str, dict[str, Any]] = {
    "organisation": {"name": "Acme", "roles": ["developer"]},
    "system": {
        "name": "Helpdesk",
        "version": "1.0",
        "description": "Answers questions about parcels.",
        "stage": "deployment",
        "languages": ["en"],
    },
    "model": {"name": "tiny", "weights": "tiny.gguf"},
}
MANIFEST = """\
[organisation]
name = "Acme"
roles = ["developer"]

[system]
name = "Helpdesk"
version = "1.0"
description = "Answers questions about parcels."
stage = "deployment"
languages = ["en"]

[model]
name = "tiny"
weights = "tiny.gguf"

[[documents]]
id = "risk"
kind = "risk-policy"
title = "Risk policy"
path = "risk.md"
"""


_LONG = ("cli", "evals", "provenance", "scan", "monitor")
"""Folders of tests that take long for their number: they begin first, and no worker is left with them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; the Makefile keeps xdist from putting the most numerous first."""
    items.sort(key=lambda item: item.path.parent.name not in _LONG)


@pytest.fixture
def vectors() -> Path:
    """Return the published test vectors, which are not part of the checkout."""
    beside = Path(__file__).parents[1].parent / "shared" / "vectors"
    path = Path(os.environ.get("ACCORD_VECTORS", beside))
    if not path.is_dir():
        pytest.skip(f"no published vectors at {path}")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Yield Debian's browser."""
    from chromium import run_chromium  # noqa: PLC0415 - only tests that drive a page need playwright

    yield from run_chromium()


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for what verifiers remember: tests share keys, and must not share memories."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def key() -> SigningKey:
    """Return the organisation's key."""
    return SigningKey.generate("test.invalid/log", entropy=lambda size: bytes(range(size)))


@pytest.fixture(scope="session")
def other_key() -> SigningKey:
    """Return an independent party's key."""
    return SigningKey.generate("peer.invalid/log", entropy=lambda size: bytes(range(1, size + 1)))


@pytest.fixture(scope="session")
def make_system() -> Callable[..., System]:
    """Return a factory of systems: a dict changes some keys of a table, anything else replaces the whole."""

    def make(**changes: object) -> System:
        tables = {k: SYSTEM.get(k, {}) | v if isinstance(v, dict) else v for k, v in changes.items()}
        return System.model_validate(SYSTEM | tables)

    return make


@pytest.fixture(scope="session")
def declaration() -> Callable[..., SystemRecord]:
    """Return a factory of the record that declares the system that `make_system` makes."""

    def make(**changes: object) -> SystemRecord:
        base = {
            "made": NOW,
            "expires": NOW + timedelta(days=365),
            "edition": "g7-2023",
            "edition_sha256": HASH,
            "name": "Helpdesk",
            "version": "1.0",
            "model": MODEL,
            "declaration": ARTIFACT,
        }
        return SystemRecord.model_validate(base | changes)

    return make


@pytest.fixture(scope="session")
def evaluation() -> Callable[..., EvaluationRecord]:
    """Return a factory of complete, current evaluations of the declared model; `suite` may be an id."""

    def make(suite: str = "misuse", **changes: object) -> EvaluationRecord:
        base = {
            "made": NOW,
            "expires": NOW + timedelta(days=180),
            "job": digest(suite.encode()),
            "suite": SuiteRef(id=suite, title=suite, version="1", sha256=HASH, items=20),
            "model": MODEL,
            "families": {"R1": 20},
            "settings": {"temperature": 0.7},
            "seed": 1,
            "started": NOW - timedelta(minutes=5),
            "planned": 20,
            "completed": 20,
            "state": "complete",
            "metrics": (Metric.of(f"{suite}.refusal", "Refused", "higher", [1] * 20),),
            "log": ARTIFACT,
            "scores": ARTIFACT,
            "tools": (),
        }
        return EvaluationRecord.model_validate(base | changes)

    return make


@pytest.fixture(scope="session")
def document() -> Callable[..., DocumentRecord]:
    """Return a factory of records that a document of an id was read."""

    def make(name: str, **changes: object) -> DocumentRecord:
        base = {"made": NOW, "expires": NOW + timedelta(days=365), "id": name, "document": ARTIFACT}
        return DocumentRecord.model_validate(base | changes)

    return make


@pytest.fixture(scope="session")
def records(key: SigningKey, other_key: SigningKey) -> Callable[..., Records]:
    """Return a factory of views at `NOW`: first what the organisation signed, then what an independent party did."""

    def make(own: Iterable[Record] = (), independent: Iterable[Record] = (), at: datetime = NOW) -> Records:
        signed = [sign_record(r, key) for r in own] + [sign_record(r, other_key) for r in independent]
        keys = (key.public, other_key.public)
        return Records((read_entry(i, data, keys) for i, data in enumerate(signed)), at)

    return make


@pytest.fixture
def workspace(tmp_path: Path, key: SigningKey) -> Workspace:
    """Return a workspace with a manifest, the weights and the document that it names, and an empty log."""
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "accord.toml").write_text(MANIFEST, encoding="utf-8")
    (root / "tiny.gguf").write_bytes(WEIGHTS)
    (root / "risk.md").write_text("We take few risks.\n", encoding="utf-8")
    return Workspace.create(root, key, "test.invalid/log")
