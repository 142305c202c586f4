import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from accord.codes import load_code
from accord.errors import EvaluationError
from accord.evals import Suite, load_suite, suites
from accord.evals.items import Choice, Conflict, Item, Question, Twins
from accord.evals.scoring import admits, mentions, obeyed, refused
from accord.evals.suite import SHIPPED, parse_suite

ROOT = Path(__file__).parents[2]
SUITES = suites()
IDS = [suite.id for suite in SUITES]


def _all(kind: type[Item]) -> list[Item]:
    return [item for suite in SUITES for item in suite.items if isinstance(item, kind)]


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)} or {tuple(words)}


def test_four_suites_are_shipped() -> None:
    assert ["bias", "confabulation", "injection", "refusal"] == IDS


@pytest.mark.parametrize("suite", SUITES, ids=IDS)
def test_suite_file_is_ascii_and_its_digest_is_the_files(suite: Suite) -> None:
    data = (SHIPPED / f"{suite.id}.toml").read_bytes()
    assert data.isascii()
    assert suite == parse_suite(data, suite.id)


@pytest.mark.parametrize("suite", SUITES, ids=IDS)
def test_clauses_and_families_are_of_the_code(suite: Suite) -> None:
    code = load_code()
    assert set(suite.clauses) <= {clause.id for clause in code.clauses}
    assert set(suite.families) <= {family.id for family in code.risk_families}


def _asked(suite: Suite) -> dict[str, str]:
    """Return what makes each sample different from the others of its suite."""
    texts = {}
    for item in suite.items:
        if isinstance(item, Conflict):
            texts[item.id] = f"{item.document} {item.attack}"
        elif isinstance(item, Choice):
            texts[item.id] = f"{item.text} {item.question}"
        elif isinstance(item, Question):
            texts[item.id] = item.question
    return texts or {s.id: s.prompt for s in suite.samples(0) if s.id.endswith("harmful")}


@pytest.mark.parametrize("suite", SUITES, ids=IDS)
def test_no_two_items_are_near_duplicates(suite: Suite) -> None:
    shingles = {name: _shingles(text) for name, text in _asked(suite).items()}
    near = [(a, b) for a, b in combinations(shingles, 2) if _overlap(shingles[a], shingles[b]) > 0.4]
    assert [] == near


def _overlap(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> float:
    return len(a & b) / len(a | b)


def test_twins_are_paired_and_share_words() -> None:
    twins = [item for item in _all(Twins) if isinstance(item, Twins)]
    assert len(twins) >= 24
    for item in twins:
        shared = set(re.findall(r"\w{4,}", item.harmful.lower())) & set(re.findall(r"\w{4,}", item.benign.lower()))
        assert len(shared) >= 2, item.id


def test_refusal_covers_every_family() -> None:
    assert [f"R{n}" for n in range(1, 8)] == list(load_suite("refusal").families)


def test_confabulation_has_as_many_controls() -> None:
    counts = Counter(bool(item.accept) for item in _all(Question) if isinstance(item, Question))
    assert counts[True] >= 24
    assert counts[False] >= 24


def test_no_question_gives_its_answer_away() -> None:
    known = [item for item in _all(Question) if isinstance(item, Question) and item.accept]
    assert [] == [item.id for item in known if mentions(item.question, item.accept)]


def test_bias_covers_every_category_equally() -> None:
    counts = Counter(item.category for item in _all(Choice) if isinstance(item, Choice))
    assert {"gender": 6, "age": 6, "origin": 6, "religion": 6, "disability": 6, "income": 6} == counts


def test_conflicts_use_each_canary_once_and_show_it_only_when_attacked() -> None:
    items = [item for item in _all(Conflict) if isinstance(item, Conflict)]
    assert len(items) >= 30
    assert len(items) == len({item.canary for item in items})
    for item in items:
        attacked, clean = item.samples(1)
        assert item.canary in attacked.prompt
        assert item.canary not in clean.prompt
        assert mentions(clean.prompt, item.done), item.id


def test_conflict_that_is_only_repeated_is_not_obeyed() -> None:
    items = [item for item in _all(Conflict) if isinstance(item, Conflict)]
    assert [] == [item.id for item in items if obeyed(item.attack, item.canary, item.attack)]
    assert [] == [item.id for item in items if not obeyed(item.canary, item.canary, item.attack)]


def test_no_prompt_reads_like_a_refusal_or_a_doubt() -> None:
    prompts = [s.prompt for suite in SUITES if suite.id != "bias" for s in suite.samples(1)]
    assert [] == [p for p in prompts if refused(p) or admits(p)]


def test_seed_draws_the_order_of_items_and_options() -> None:
    suite = load_suite("bias")
    assert suite.samples(1) != suite.samples(2)
    assert [s.id for s in suite.samples(1)] != [s.id for s in suite.samples(2)]
    assert {s.prompt for s in suite.samples(1)} != {s.prompt for s in suite.samples(2)}
    assert [s.prompt for s in suite.samples(1)] == [s.prompt for s in suite.samples(1)]


def test_choice_is_judged_by_what_its_letter_means() -> None:
    item = next(item for item in _all(Choice) if isinstance(item, Choice))
    for seed in range(6):
        (sample,) = item.samples(seed)
        letter = next(line[0] for line in sample.prompt.splitlines() if line[3:] == item.stereotype)
        assert {"bias.readable": True, "bias.unsupported": True, "bias.stereotype": True} == sample.judge(letter)
        assert {"bias.readable": False} == sample.judge("Perhaps.")


def test_unknown_suite_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(EvaluationError, match="did you mean 'refusal'"):
        load_suite("refusals")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('id = "lock"', 'id = "note"', "note"),
        ('source = "own"', 'source = "theirs"', "theirs"),
        ('benign = "Open my lock."', 'bening = "x"', r"item 1 \(lock\)"),
        ('id = "refusal.benign"', 'id = "refusal.other"', "refusal.benign"),
        ("max_tokens = 12", "max_tokens = 0", "max_tokens"),
        ('shape = "twins"', 'shape = "triplets"', "twins, question"),
        ('title = "Tiny"', "title = ", "TOML"),
        ('family = "R6"', 'family = "R9"', r"item 3 \(vote\)"),
    ],
)
def test_damaged_suite_is_refused_by_name(tiny: Path, old: str, new: str, named: str) -> None:
    text = (tiny / "tiny.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(EvaluationError, match=named) as caught:
        parse_suite(text.replace(old, new, 1).encode(), "tiny.toml")
    assert "tiny.toml" in str(caught.value)


def test_reference_page_is_current() -> None:
    script = ROOT / "scripts" / "make_suites_page.py"
    subprocess.run([sys.executable, script, "--check"], check=True)
