"""Crosswalks: whole lists of items, links to clauses that exist, each with a reason, and none called reviewed."""

from pathlib import Path

import pytest

from accord.codes import crosswalk, crosswalks, load_code, load_crosswalk
from accord.errors import CodeError

COUNTS = {
    "nist-ai-rmf-1-0": 72, "nist-ai-600-1": 12, "iso-42001": 38, "eu-gpai-cop": 40, "seoul": 8, "fmti": 19,
    "ailuminate": 14, "mit-ai-risk": 24, "ai-verify": 11, "haip-v1": 45,
}  # fmt: skip


def test_every_framework_has_all_of_its_items() -> None:
    assert COUNTS == {name: len(load_crosswalk(name).items) for name in crosswalks()}


@pytest.mark.parametrize("name", COUNTS)
def test_links_are_drafts_with_a_reason_and_none_stands_twice(name: str) -> None:
    held = load_crosswalk(name)
    pairs = [(link.item, link.clause) for link in held.links]
    assert len(set(pairs)) == len(pairs)
    assert {"draft"} == {link.state for link in held.links}
    assert all(link.rationale for link in held.links)


@pytest.mark.parametrize("name", COUNTS)
def test_both_ways_hold_the_same_links(name: str) -> None:
    held = load_crosswalk(name)
    by_clause = [link for clause in load_code().clauses for link in held.of_clause(clause.id)]
    by_item = [link for item in held.items for link in held.of_item(item)]
    assert set(held.links) == set(by_clause) == set(by_item)
    assert len(held.links) == len(by_clause) == len(by_item)


def test_the_strongest_link_stands_first() -> None:
    links = load_crosswalk("nist-ai-rmf-1-0").of_item("MEASURE 2.7")
    assert ["strong", "partial"] == [link.strength for link in links]


def test_the_seven_families_of_haip_questions_reach_every_action_of_the_code() -> None:
    assert set(range(1, 12)) == {int(link.clause.split(".")[0]) for link in load_crosswalk("haip-v1").links}


def test_an_unknown_framework_names_those_that_there_are() -> None:
    with pytest.raises(CodeError, match="no such crosswalk") as caught:
        load_crosswalk("../code")
    assert "iso-42001" in caught.value.expected


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("item,clause\n", "other columns"),
        ("item,clause,strength,rationale,state\nX,1.1,strong,why,draft\n", "damaged"),
        ("item,clause,strength,rationale,state\nI,1.1,very,why,draft\n", "damaged"),
        ("item,clause,strength,rationale,state\nI,1.1,strong,,draft\n", "damaged"),
        ("item,clause,strength,rationale,state\nI,1.99,strong,why,draft\n", "1.99"),
        ("item,clause,strength,rationale,state\nI,1.1,strong,why,approved\n", "damaged"),
        ("item,clause,strength,rationale,state\nI,1.1,strong\n", "damaged"),
        ('item,clause,strength,rationale,state\nI,1.1,strong,"why\n', "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: str, problem: str) -> None:
    (tmp_path / "frameworks.toml").write_text('[x]\nfile = "x"\ntitle = "X"\nurl = ""\nsource = ""\n')
    (tmp_path / "x.items.csv").write_text("item,title\nI,one\n")
    (tmp_path / "x.csv").write_text(rows)
    monkeypatch.setattr(crosswalk, "_folder", lambda: tmp_path)
    crosswalk._frameworks.cache_clear()
    load_crosswalk.cache_clear()
    try:
        with pytest.raises(CodeError) as caught:
            load_crosswalk("x")
        assert problem in str(caught.value)
    finally:
        crosswalk._frameworks.cache_clear()
        load_crosswalk.cache_clear()
