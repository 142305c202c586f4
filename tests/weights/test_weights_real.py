"""Real pickles, joblib, torch and NumPy files of packages from PyPI: what loads nothing but data raises no alarm."""

import csv
from importlib.metadata import distribution
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from accord.ledger import digest
from accord.weights.scan import scan_file

ROOT = Path(__file__).parents[2]
INSTALLED = ("joblib", "numpy", "scipy", "statsmodels")
"""Packages of the list that the tests are installed with."""


def _rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "data" / "real-files.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def lister() -> ModuleType:
    spec = spec_from_file_location("list_real_files", ROOT / "scripts" / "list_real_files.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_has_over_200_safe_files_and_alarms_name_what_they_are_for() -> None:
    rows = _rows()
    safe = [r for r in rows if r["verdict"] == "safe"]
    assert len(safe) >= 200
    for row in rows:
        if row["verdict"] == "suspicious":
            # A class of the package itself, or a wrapper of old joblib, which loads another file with pickles allowed.
            name = row["reason"].split(" at byte ")[0]
            assert name.startswith((f"{row['package']}.", "joblib.numpy_pickle.NDArrayWrapper")), row
        elif row["verdict"] != "safe":
            assert row["file"].endswith(".npy.z"), row


@pytest.mark.parametrize("package", INSTALLED)
def test_installed_files_get_the_verdict_of_the_list(package: str, lister: ModuleType) -> None:
    listed = {r["sha256"]: r for r in _rows() if r["package"] == package}
    seen = 0
    for _, path in lister.real_files(distribution(package)):
        row = listed.get(digest(path.read_bytes()))
        if row:
            seen += 1
            found = scan_file(path)
            assert row["verdict"] == found.verdict.value, (path, found.reasons)
    assert seen >= len(listed) / 2, "another version of the package is installed: write the list again"
