"""Write tests/weights/data/real-files.csv: the scan's verdicts on models and arrays of installed packages.

    python scripts/list_real_files.py FOLDER...

Each folder is one into which a package was installed (pip install --no-deps --target), with its metadata. The list
names files and digests, and holds nothing of them; tests/weights/test_weights_real.py compares those that are installed
beside it.
"""

import csv
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from accord.ledger import digest
from accord.weights.scan import scan_file

LIST = Path(__file__).parents[1] / "tests" / "weights" / "data" / "real-files.csv"
SUFFIXES = {".ckpt", ".joblib", ".npy", ".npz", ".pck", ".pickle", ".pkl", ".pt", ".pth"}
PACKED = {".bz2", ".gz", ".lzma", ".xz", ".z"}


def real_files(package: Distribution) -> Iterator[tuple[str, Path]]:
    """Yield the pickles, joblib, torch and NumPy files that a package installed, by their name in it."""
    for name in sorted(package.files or (), key=str):
        endings = [s.lower() for s in Path(name).suffixes]
        path = Path(str(package.locate_file(name)))
        if endings and (SUFFIXES & set(endings[-2:] if endings[-1] in PACKED else endings[-1:])) and path.is_file():
            yield str(name), path


def main(folders: list[str]) -> None:
    """Scan and write."""
    rows = set()
    for package in distributions(path=folders):
        if package.name == "accord":
            continue  # its own items and labels are not others' files
        for name, path in real_files(package):
            found = scan_file(path)
            reason = found.reasons[0] if found.reasons else ""
            sha256 = digest(path.read_bytes())
            rows.add((package.name, package.version, name, sha256, found.verdict.value, reason))
    with LIST.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["package", "version", "file", "sha256", "verdict", "reason"])
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
