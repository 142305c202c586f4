"""The shipped suites and how any suite is read: its items, its samples, and what a seed draws."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from accord.codes import load_code
from accord.errors import EvaluationError
from accord.evals import Suite, load_suite, suites
from accord.evals.judges.rules import admits, obeyed, refused
from accord.evals.shapes.documents import Conflict
from accord.evals.shapes.questions import Choice, Question
from accord.evals.suite import SHIPPED, parse_suite

ROOT = Path(__file__).parents[2]
SUITES = suites()
IDS = [suite.id for suite in SUITES]


def _first(suite: Suite, seed: int = 1) -> dict[str, str]:
    """Return the last message of each sample's first turn."""
    return {s.id: messages[-1].content for s in suite.samples(seed) if (messages := s.ask(()))}


@pytest.mark.parametrize("suite", SUITES, ids=IDS)
def test_suite_is_what_its_files_say(suite: Suite) -> None:
    inside = {f.name: f.read_bytes() for f in (SHIPPED / suite.id).iterdir() if f.name.endswith(".toml")}
    assert suite == parse_suite(inside, suite.id)
    renamed = {name.replace("en.toml", "en-z.toml"): data for name, data in inside.items()}
    assert (suite.sha256 == parse_suite(renamed, suite.id).sha256) == (renamed.keys() == inside.keys())


@pytest.mark.parametrize("suite", SUITES, ids=IDS)
def test_clauses_and_families_are_of_the_code(suite: Suite) -> None:
    code = load_code()
    assert set(suite.clauses) <= {clause.id for clause in code.clauses}
    assert set(suite.families) <= {family.id for family in code.risk_families}


@pytest.mark.parametrize("suite", SUITES, ids=IDS)
def test_every_sample_has_an_id_of_its_own_and_a_first_turn(suite: Suite) -> None:
    samples = suite.samples(1)
    assert len(samples) == len({s.id for s in samples})
    assert all(text.strip() for text in _first(suite).values())
    assert len(samples) == len(_first(suite))


def _strata(suite: Suite, language: str, seed: int, *, quick: bool) -> Counter[tuple[str, ...]]:
    return Counter((s.metrics[0], *s.groups) for s in suite.samples(seed, [language], quick=quick))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("suite", SUITES, ids=IDS)
def test_quick_profile_takes_of_every_stratum_its_share(suite: Suite, seed: int) -> None:
    for language in suite.languages:
        whole, drawn = (_strata(suite, language, seed, quick=quick) for quick in (False, True))
        assert min(suite.quick, whole.total()) == drawn.total()
        share = drawn.total() / whole.total()
        assert [] == [key for key, count in whole.items() if abs(drawn[key] - share * count) >= 1]


def test_quick_profile_is_drawn_by_the_seed_alone() -> None:
    suite = load_suite("refusal")
    drawn = [{s.id for s in suite.samples(seed, quick=True)} for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert drawn[0] < {s.id for s in suite.samples(1)}
    english = {s.id for s in suite.samples(1, ["en"], quick=True)}
    assert english == {name for name in drawn[0] if name.startswith("en/")}


def test_repeats_are_samples_of_the_same_stem() -> None:
    suite = load_suite("bias")
    once, twice = suite.samples(1, ["en"]), suite.samples(1, ["en"], repeats=2)
    assert {s.id for s in once} | {f"{s.id}#2" for s in once} == {s.id for s in twice}
    assert {s.stem for s in once} == {s.stem for s in twice}


def test_items_are_as_they_must_be() -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "check_items.py"], check=True)


def test_refusal_covers_every_family() -> None:
    assert [f"R{n}" for n in range(1, 8)] == list(load_suite("refusal").families)


def test_confabulation_has_as_many_controls() -> None:
    items = [i for i in load_suite("confabulation").items if isinstance(i, Question) and i.language == "en"]
    counts = Counter(bool(item.accept) for item in items)
    assert counts[True] == counts[False]


def test_bias_covers_every_category() -> None:
    counts = Counter(i.category for i in load_suite("bias").items if isinstance(i, Choice) and i.language == "en")
    assert {"gender", "age", "origin", "religion", "disability", "income"} == set(counts)
    assert min(counts.values()) >= 6


def test_conflicts_show_their_canary_only_when_attacked() -> None:
    suite = load_suite("injection")
    for item in (item for item in suite.items if isinstance(item, Conflict)):
        attacked, clean = (messages[-1].content for s in item.samples(1) if (messages := s.ask(())))
        assert item.canary in attacked
        assert item.canary not in clean


def test_conflict_that_is_only_repeated_is_not_obeyed() -> None:
    items = [item for item in load_suite("injection").items if isinstance(item, Conflict)]
    assert [] == [item.id for item in items if obeyed(item.attack, item.canary, item.attack, item.language)]
    assert [] == [item.id for item in items if not obeyed(item.canary, item.canary, item.attack, item.language)]


@pytest.mark.parametrize(("name", "reads"), [("refusal", refused), ("confabulation", admits)])
def test_no_prompt_reads_like_what_its_judge_looks_for(name: str, reads: Callable[[str, str], bool]) -> None:
    prompts = _first(load_suite(name))
    assert [] == [sample for sample, text in prompts.items() if reads(text, sample[:2])]


def test_seed_draws_the_order_of_items_and_options() -> None:
    suite = load_suite("bias")
    assert [s.id for s in suite.samples(1)] != [s.id for s in suite.samples(2)]
    assert _first(suite, 1) != _first(suite, 2)
    assert list(_first(suite, 1).items()) == list(_first(suite, 1).items())


def test_choice_is_read_by_what_its_letter_means() -> None:
    item = next(item for item in load_suite("bias").items if isinstance(item, Choice))
    for seed in range(6):
        (sample,) = item.samples(seed)
        messages = sample.ask(()) or ()
        letter = next(line[0] for line in messages[-1].content.splitlines() if line[3:] == item.stereotype)
        facts = {reading.metric: reading.case.facts["option"] for reading in sample.read((letter,))}
        assert letter == facts["bias.stereotype"]
        assert letter != facts["bias.unsupported"]


def test_unknown_suite_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(EvaluationError, match="did you mean 'refusal'"):
        load_suite("refusals")


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("en", 'id = "lock"', 'id = "note"', "en/note"),
        ("en", 'source = "own"', 'source = "theirs"', "theirs"),
        ("en", 'benign = "Open my lock."', 'bening = "x"', r"item 1 \(lock\)"),
        ("en", 'family = "R6"', 'family = "R9"', r"item 3 \(vote\)"),
        ("suite", 'id = "refusal.benign"', 'id = "refusal.other"', "refusal.benign"),
        ("suite", "max_tokens = 12", "max_tokens = 0", "max_tokens"),
        ("suite", 'shape = "twins"', 'shape = "triplets"', "twins, question"),
        ("suite", 'title = "Tiny"', "title = ", "TOML"),
        ("suite", 'task = "refusal"', 'task = "taste"', "task"),
    ],
)
def test_damaged_suite_is_refused_by_name(tiny: Path, file: str, old: str, new: str, named: str) -> None:
    path = tiny / "tiny" / f"{file}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EvaluationError, match=named) as caught:
        load_suite("tiny", tiny)
    assert "tiny" in str(caught.value)


def test_item_that_stands_in_two_parts_of_a_language_is_refused(tiny: Path) -> None:
    folder = tiny / "tiny"
    (folder / "en-b.toml").write_bytes((folder / "en.toml").read_bytes())
    with pytest.raises(EvaluationError, match="found twice: en/lock, en/note, en/vote"):
        load_suite("tiny", tiny)


def test_reference_page_is_current() -> None:
    script = ROOT / "scripts" / "make_suites_page.py"
    subprocess.run([sys.executable, script, "--check"], check=True)
