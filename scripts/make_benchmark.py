"""Write the numbers of Accord's own suites, by which contamination is found; or, with --check, compare them."""

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from accord.evals.suite import SHIPPED
from accord.scan.whole.contamination import Benchmark, sketch_benchmark

FOLDER = Path(__file__).parent.parent / "src" / "accord" / "scan" / "whole" / "benchmarks"
_HEAD = "suite.toml"
_ASIDE = frozenset({"id", "family", "source", "group", "shape"})


def main() -> None:
    """Write a file for each suite, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not current")
    check = parser.parse_args().check
    made = {f"{b.name}.json": b.to_bytes() + b"\n" for b in benchmarks()}
    held = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
    if check:
        sys.exit(f"{FOLDER} is not current: run scripts/{Path(__file__).name}" if made != held else 0)
    FOLDER.mkdir(exist_ok=True)
    for name in held.keys() - made.keys():
        (FOLDER / name).unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)


def benchmarks() -> Iterator[Benchmark]:
    """Yield the numbers of each suite, its items in all languages."""
    for folder in sorted(SHIPPED.iterdir(), key=lambda entry: entry.name):
        if (folder / _HEAD).is_file():
            head = tomllib.loads((folder / _HEAD).read_text(encoding="utf-8"))
            said = (text for _, item in items(folder.name) for text in texts(item))
            yield sketch_benchmark(f"accord-{head['id']}", head["version"], said)


def items(suite: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the items of a suite, each with its language."""
    for file in sorted((SHIPPED / suite).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml") and file.name != _HEAD:
            for item in tomllib.loads(file.read_text(encoding="utf-8")).get("items", ()):
                yield file.name[:2], item


def texts(value: object) -> Iterator[str]:
    """Yield what an item says, without its names and kinds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _ASIDE:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


if __name__ == "__main__":
    main()
