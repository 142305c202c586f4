"""Two reports side by side: only what verifies, only like with like, and no winner."""

# ruff: noqa: ANN401 - what is changed is whatever a report holds

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from accord.assess import make_assessment
from accord.checks import find
from accord.cli import accord
from accord.codes import load_code
from accord.errors import VerificationError
from accord.evidence import EvaluationRecord, JudgeRef, Metric, Origin, SystemRecord
from accord.evidence.estimates import Interval, difference
from accord.ledger import parse_json
from accord.manifest import System
from accord.reports import FORMATS
from accord.reports.comparing import Comparison, Side, compare, open_side, to_html, to_markdown
from accord.reports.comparing.comparison import FigureRow, group_apart
from accord.reports.publish import publish
from accord.verify import Trust
from accord.workspace import Workspace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HOSTILE = "<script>alert(1)</script> [a](javascript:b) \x1b[31m \u202e | `c` =1+1"
Evaluate = Callable[..., EvaluationRecord]


@dataclass(frozen=True)
class Releases:
    """Two bundles of one organisation; in the second, a record says of its scores what they do not show."""

    first: Path
    second: Path
    key: str


def _assess(space: Workspace, at: datetime) -> None:
    records = space.records(at)
    declared = records.of(SystemRecord)[0].record.declaration
    system = System.model_validate(parse_json(space.artifacts.get(declared.sha256)))
    space.append([make_assessment(space, load_code(), find(system, records), records)])


@pytest.fixture(scope="module")
def releases(
    tmp_path_factory: pytest.TempPathFactory, make_workspace: Callable[..., Workspace], make_evaluation: Evaluate
) -> Releases:
    root = tmp_path_factory.mktemp("releases")
    (root / "space").mkdir()
    space = make_workspace(root / "space", find)
    publish(space, ["json"], root, root / "first.zip", (), NOW)
    again = make_evaluation(space, "refusal", ("R2", "R6"), [("harmful", "higher", 6, 24), ("benign", "lower", 2, 24)])
    false = make_evaluation(space, "bias", ("R5",), [("stereotype", "middle", 9, 20)])
    false = false.model_copy(update={"metrics": (Metric.of("bias.stereotype", "t", "middle", [1] * 20),)})
    space.append([again.model_copy(update={"made": NOW}), false.model_copy(update={"made": NOW})])
    _assess(space, LATER)
    publish(space, ["json"], root, root / "second.zip", (), LATER)
    return Releases(root / "first.zip", root / "second.zip", space.public_key().fingerprint)


def _open(path: Path, key: str) -> Side:
    return open_side(path, trust=Trust((key,)), now=LATER, renderers=FORMATS)


@pytest.fixture(scope="module")
def sides(releases: Releases) -> tuple[Side, Side]:
    return _open(releases.first, releases.key), _open(releases.second, releases.key)


@pytest.fixture(scope="module")
def found(sides: tuple[Side, Side]) -> Comparison:
    return compare(*sides)


def _figure(found: Comparison, metric: str) -> FigureRow:
    return next(row for row in found.figures if row.metric == metric)


def _with_runs(side: Side, **changes: Any) -> Side:
    """Return a side whose runs of the suite refusal are others."""

    def change(run: Any) -> Any:
        if run.evaluation.suite.id != "refusal":
            return run
        return run.model_copy(update={"evaluation": run.evaluation.model_copy(update=changes)})

    return replace(side, content=side.content.model_copy(update={"runs": tuple(map(change, side.content.runs))}))


def test_every_clause_stands_beside_itself_with_its_status(sides: tuple[Side, Side], found: Comparison) -> None:
    for side, which in zip(sides, ("first", "second"), strict=True):
        told = {row.id: getattr(row, which).status for row in found.clauses if getattr(row, which)}
        held = {c.id: c.status for action in side.content.actions for c in action.clauses}
        assert told.items() <= held.items()
        assert len(held) == len(found.clauses)
    assert not [row for row in found.clauses if row.first is None]


def test_the_same_measure_has_a_difference_with_its_interval(found: Comparison) -> None:
    row = _figure(found, "refusal.harmful")
    assert ("", 24, 24) == (row.apart, row.first and row.first.n, row.second and row.second.n)
    assert -0.5 == row.difference
    assert row.low is not None
    assert row.high is not None
    assert -0.75 < row.low < -0.5 < row.high < 0


def test_what_does_not_verify_is_neither_compared_nor_shown(sides: tuple[Side, Side], found: Comparison) -> None:
    row = _figure(found, "bias.stereotype")
    assert "does not verify" in row.apart
    assert (None, None) == (row.second, row.difference)
    assert sides[1].broken
    resting = [row for row in found.clauses if row.second is None]
    assert resting
    assert all("rests on what does not verify" in row.apart for row in resting)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"settings": {"temperature": 0.2, "max_tokens": 96}}, "the setting temperature differs (0.7, 0.2)"),
        ({"settings": {"temperature": 0.7, "max_tokens": 96, "slots": 4}}, ""),
        ({"settings": {"temperature": 0.7, "max_tokens": 96, "\x1b": 1}}, "the setting \x1b differs (None, 1)"),
    ],
)
def test_other_settings_are_not_comparable_unless_they_have_no_bearing(
    sides: tuple[Side, Side], change: dict[str, Any], why: str
) -> None:
    assert why == _figure(compare(sides[0], _with_runs(sides[1], **change)), "refusal.harmful").apart


def test_another_suite_judge_or_language_is_not_comparable(sides: tuple[Side, Side]) -> None:
    run = next(r.evaluation for r in sides[1].content.runs if r.evaluation.suite.id == "refusal")
    suite = run.suite.model_copy(update={"sha256": "00" * 32, "version": "2.0"})
    judge = JudgeRef(id="j", version="1", kind="rules", task="refusal", sha256="34" * 32)
    judged = tuple(m.model_copy(update={"judge": judge}) for m in run.metrics)
    spoken = tuple(m.model_copy(update={"language": "fr"}) for m in run.metrics)
    bare = tuple(m.model_copy(update={"value": None, "low": None, "high": None}) for m in run.metrics)
    reasons = [
        _figure(compare(sides[0], _with_runs(sides[1], **change)), "refusal.harmful").apart
        for change in ({"suite": suite}, {"metrics": judged}, {"metrics": spoken}, {"metrics": bare})
    ]
    assert "the suites differ (1.0, 2.0)" == reasons[0]
    assert reasons[1].startswith("the judges differ; no share of the second is stated: its judge was not measured")
    assert "measured by the first alone" == reasons[2]
    assert "no share of the second is stated: nothing was scored" == reasons[3]


def test_another_edition_of_the_code_is_not_comparable(sides: tuple[Side, Side]) -> None:
    edition = sides[1].content.edition.model_copy(update={"sha256": "00" * 32})
    other = replace(sides[1], content=sides[1].content.model_copy(update={"edition": edition}))
    assert {"the editions of the Code differ"} == {row.apart for row in compare(sides[0], other).clauses}


def test_a_changed_bundle_is_not_compared_at_all(releases: Releases, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    data = bytearray(releases.first.read_bytes())
    data[len(data) // 2] ^= 1
    bad.write_bytes(data)
    with pytest.raises(VerificationError):
        _open(bad, releases.key)
    with pytest.raises(VerificationError, match="nothing of it is compared"):
        _open(releases.first, "sha256:" + "00" * 32)


def test_a_folder_is_no_side(releases: Releases) -> None:
    with pytest.raises(VerificationError):
        _open(releases.first.parent, releases.key)


def test_hostile_names_are_neutral_on_paper_and_page(found: Comparison) -> None:
    party = found.first.model_copy(
        update={"organisation": HOSTILE, "system": HOSTILE, "model": HOSTILE, "log": HOSTILE}
    )
    rows = tuple(r.model_copy(update={"title": HOSTILE, "metric": HOSTILE, "suite": HOSTILE}) for r in found.figures)
    clauses = tuple(r.model_copy(update={"text": HOSTILE, "apart": HOSTILE}) for r in found.clauses)
    hostile = found.model_copy(update={"first": party, "figures": rows, "clauses": clauses})
    text, page = to_markdown(hostile).decode(), to_html(hostile).decode()
    tokens = [t for token in MarkdownIt("commonmark").parse(text) for t in (token, *(token.children or ()))]
    assert {"html_block", "html_inline", "link_open"}.isdisjoint({token.type for token in tokens})
    for told in (text, page):
        assert not {"\x1b", "\u202e"} & set(told)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_command_prints_writes_and_says_how_it_went(releases: Releases, tmp_path: Path) -> None:
    both = [str(releases.first), str(releases.second)]
    out = ["--markdown", str(tmp_path / "c.md"), "--html", str(tmp_path / "c.html"), "--json"]
    ran = CliRunner().invoke(accord, ["compare", *both, "--key", releases.key, *out], catch_exceptions=False)
    assert 1 == ran.exit_code  # a record does not verify
    told = json.loads(ran.output)
    assert "https://w3id.org/accord-code/comparison/v1" == told["schema"]
    assert "refusal.harmful" in (tmp_path / "c.md").read_text("utf-8").replace("\\", "")
    assert "Two reports side by side" in (tmp_path / "c.html").read_text("utf-8")


def test_the_command_on_the_terminal_names_no_winner(releases: Releases) -> None:
    same = [str(releases.first)] * 2
    ran = CliRunner().invoke(accord, ["compare", *same, "--key", releases.key], catch_exceptions=False)
    assert 0 == ran.exit_code
    assert "it is the same record" in " ".join(ran.output.split())
    assert "neither wins" in ran.output
    two = CliRunner().invoke(accord, ["compare", str(releases.first), str(releases.second)], catch_exceptions=False)
    assert "zero lies in it" in " ".join(two.output.replace("│", " ").split())
    assert 1 == CliRunner().invoke(accord, ["compare", *same], catch_exceptions=False).exit_code  # whose key is it?


def test_a_difference_needs_both_and_agrees_with_newcombe() -> None:
    # R. G. Newcombe, Statistics in Medicine 17, 1998, 873-890, table II: 56/70 and 48/80, method 10.
    one, other = (
        Metric.of("a.b", "t", "higher", [1] * 48 + [0] * 32),
        Metric.of("a.b", "t", "higher", [1] * 56 + [0] * 14),
    )
    found = difference(*(Interval(m.value, m.low, m.high) for m in (one, other)))
    assert (0.2, 0.0524, 0.3339) == (found.value, round(found.low or 0, 4), round(found.high or 0, 4))
    assert (None, None, None) == difference(Interval(None, None, None), found)


@given(st.tuples(*[st.floats(0, 1)] * 3), st.tuples(*[st.floats(0, 1)] * 3))
def test_a_difference_lies_in_its_interval_and_turns_with_its_sides(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    (x_low, x, x_high), (y_low, y, y_high) = sorted(a), sorted(b)
    one, other = Interval(x, x_low, x_high), Interval(y, y_low, y_high)
    there, back = difference(one, other), difference(other, one)
    assert there.low is not None
    assert there.value is not None
    assert there.high is not None
    assert there.low <= there.value <= there.high
    assert (-there.value, -there.high, -there.low) == pytest.approx(back)


@pytest.mark.parametrize(("whole", "named"), [("other settings", [""]), ("other judge", ["", "de"])])
def test_a_part_is_not_named_beside_a_whole_with_the_same_reason(whole: str, named: list[str]) -> None:
    row = FigureRow(
        suite="s", origin=Origin.SELF, metric="s.m", title="M", language="en", part="", first=None, second=None,
        difference=None, low=None, high=None, apart=whole,
    )  # fmt: skip
    rows = [row, row.model_copy(update={"part": "de", "apart": "other settings"})]
    assert named == [row.part for found in group_apart(rows).values() for row in found]
