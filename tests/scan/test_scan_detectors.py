"""Detectors are loaded by name, the ones that Accord brings and those of plug-ins alike."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pytest

from accord.errors import ScanError
from accord.scan.detectors import detector_names, load_detectors
from accord.scan.rows import FOUND, TEXTS

PLUGIN = """
    class Nothing:
        name, labels, sha256, quality = {name!r}, {{}}, "", ()

        def detect(self, texts):
            return None

    instance = Nothing()

    def broken():
        raise RuntimeError("no weights here")
"""


def texts(*rows: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [{"source": "a.jsonl", "row": i, "part": 0, "text": row} for i, row in enumerate(rows)], schema=TEXTS
    )


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that installs a plug-in, and loads a detector by name in a new interpreter."""

    def run(name: str, points: str, asked: str) -> subprocess.CompletedProcess[str]:
        info = tmp_path / "acme_scan-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-scan\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[accord.detectors]\n{points}\n", encoding="utf-8")
        (tmp_path / "acme_scan.py").write_text(dedent(PLUGIN.format(name=name)), encoding="utf-8")
        code = f"import sys; sys.path.append({str(tmp_path)!r}); from accord.scan.detectors import load_detectors\n"
        code += f"print(*(d.name for d in load_detectors([{asked!r}])))"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    return run


def test_accord_brings_its_own() -> None:
    assert {"personal-data", "secrets", "terms"} <= set(detector_names())
    assert ["terms", "personal-data"] == [d.name for d in load_detectors(["terms", "personal-data"])]


def test_findings_are_of_the_schema_and_in_order() -> None:
    (detector,) = load_detectors(["personal-data"])
    found = detector.detect(texts("", "Ü: b@example.org, a@example.org", "c@example.org"))
    assert found.schema == FOUND
    assert [(1, 4, 17), (1, 19, 32), (2, 0, 13)] == [(r["index"], r["start"], r["end"]) for r in found.to_pylist()]


def test_detector_can_be_pickled() -> None:
    (detector,) = load_detectors(["personal-data"])
    again = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own
    batch = texts("write to a@example.org")
    assert detector.detect(batch).equals(again.detect(batch))


@pytest.mark.parametrize(
    ("names", "said"),
    [([], "No detector is named."), (["smell"], "There is no such detector."), (["terms", "terms"], "named twice")],
)
def test_names_that_cannot_be_used(names: list[str], said: str) -> None:
    with pytest.raises(ScanError, match=said):
        load_detectors(names)


def test_installed_plug_in_is_found(install: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert install("acme", "acme = acme_scan:Nothing", "acme").stdout == "acme\n"


def test_plug_in_may_be_an_instance(install: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert install("acme", "acme = acme_scan:instance", "acme").stdout == "acme\n"


@pytest.mark.parametrize(
    ("points", "asked", "said"),
    [
        ("terms = acme_scan:Nothing", "terms", "Two packages bring a detector of the same name."),
        ("other = acme_scan:Nothing", "other", "A detector bears another name than its entry point."),
        ("acme = acme_scan:broken", "acme", "RuntimeError: no weights here"),
        ("acme = acme_scan:absent", "acme", "A detector cannot be loaded."),
    ],
)
def test_plug_in_that_cannot_be_used(
    install: Callable[..., subprocess.CompletedProcess[str]], points: str, asked: str, said: str
) -> None:
    assert said in install("acme", points, asked).stderr
