"""The shipped edition says what the reference says: nothing missing or invented, no register dropped."""

import pytest

from accord.codes import Code, Force, editions, load_code

CLAUSES_OF = {
    1: ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "1.10", "1.11"],
    2: ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6"],
    3: ["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8"],
    4: ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6"],
    5: ["5.1", "5.2", "5.3", "5.4", "5.5", "5.6"],
    6: ["6.1", "6.2", "6.3", "6.4", "6.5"],
    7: ["7.1", "7.2", "7.3", "7.4", "7.5"],
    8: ["8.1", "8.2", "8.3", "8.4"],
    9: ["9.1", "9.2", "9.3", "9.4", "9.5"],
    10: ["10.1", "10.2"],
    11: ["11.1", "11.2", "11.3", "11.4"],
}
CLAUSES = [clause_id for ids in CLAUSES_OF.values() for clause_id in ids]

FORCES: dict[Force, list[str]] = {
    "commit": ["1.9", "1.10", "8.2", "8.3"],
    "expected": ["5.3"],
    "encouraged": ["2.3", "2.4", "2.5", "7.5", "8.4", "10.1", "10.2", "11.1", "11.3"],
    "includes": ["1.1", "1.2", "4.1", "5.2", "6.2", "6.4", "6.5", "7.1", "8.1"],
    "may-include": ["6.1", "11.2"],
}

# The word in a text by which its force is heard.
WORDS: dict[Force, str] = {
    "commit": "commit",
    "should": "should",
    "expected": "are expected to",
    "encouraged": "are encouraged to",
    "includes": "This includes",
    "may-include": "include",
}

QUALIFIERS = {
    "1.9": "as appropriate",
    "2.1": "commensurate to the risk",
    "2.6": "where appropriate",
    "3.2": "as appropriate",
    "4.1": "as appropriate",
    "4.5": "as appropriate",
    "5.1": "where feasible",
    "5.2": "where appropriate",
    "7.1": "where appropriate and technically feasible",
    "7.5": "where possible",
    "10.1": "where appropriate",
}

PAGES = {
    1: (2, 3),
    2: (3, 4),
    3: (4,),
    4: (4, 5),
    5: (5,),
    6: (6,),
    7: (6,),
    8: (7,),
    9: (7,),
    10: (7, 8),
    11: (8,),
}


@pytest.fixture
def code() -> Code:
    return load_code()


def test_editions_has_the_shipped_one() -> None:
    assert editions() == ["g7-2023"]


def test_clauses_are_those_of_the_reference(code: Code) -> None:
    assert [clause.id for clause in code.clauses] == CLAUSES


@pytest.mark.parametrize("number", CLAUSES_OF)
def test_clauses_lie_under_their_action(code: Code, number: int) -> None:
    assert CLAUSES_OF[number] == [clause.id for clause in code.clauses_of(number)]


def test_actions_are_eleven(code: Code) -> None:
    assert list(range(1, 12)) == [action.number for action in code.actions]


def test_facts_are_thirteen(code: Code) -> None:
    assert [f"P{number}" for number in range(1, 14)] == [fact.id for fact in code.facts]


def test_risk_families_are_seven(code: Code) -> None:
    assert [f"R{number}" for number in range(1, 8)] == [family.id for family in code.risk_families]


def test_red_lines_are_five_of_the_preamble(code: Code) -> None:
    assert [(line.id, line.fact) for line in code.red_lines] == [(letter, "P11") for letter in "abcde"]


@pytest.mark.parametrize("force", FORCES)
def test_force_is_that_of_the_reference(code: Code, force: Force) -> None:
    assert FORCES[force] == [clause.id for clause in code.clauses if clause.force == force]


def test_every_other_clause_is_should(code: Code) -> None:
    graded = {clause_id for ids in FORCES.values() for clause_id in ids}
    assert {"should"} == {clause.force for clause in code.clauses if clause.id not in graded}


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_text_speaks_its_force(code: Code, clause_id: str) -> None:
    clause = code.clause(clause_id)
    assert WORDS[clause.force] in clause.text


def test_examples_are_those_of_the_reference(code: Code) -> None:
    examples = [clause.id for clause in code.clauses if clause.example]
    assert examples == ["1.3", "2.3", "3.3", "3.4", "3.5", "3.6"]


def test_example_says_so_in_its_text(code: Code) -> None:
    assert [clause.id for clause in code.clauses if clause.example and "example" not in clause.text] == []


def test_qualifiers_are_those_of_the_reference(code: Code) -> None:
    assert {clause.id: clause.qualifier for clause in code.clauses if clause.qualifier} == QUALIFIERS


@pytest.mark.parametrize("number", PAGES)
def test_pages_are_the_span_of_the_action(code: Code, number: int) -> None:
    spans = {code.action(number).pages} | {clause.pages for clause in code.clauses_of(number)}
    assert {PAGES[number]} == spans


def test_confirmed_clauses_are_those_of_the_reference(code: Code) -> None:
    confirmed = [clause.id for clause in code.clauses if clause.confidence != "M"]
    assert confirmed == ["1.9", "5.1", "5.6", "6.5", "8.2", "11.3"]


def test_confidence_of_facts_is_that_of_the_reference(code: Code) -> None:
    assert [fact.confidence for fact in code.facts] == ["S"] * 8 + ["M"] * 2 + ["S2"] * 2 + ["M"]


def test_edition_is_marked_as_paraphrase(code: Code) -> None:
    assert code.wording == "paraphrase"


def test_edition_speaks_to_developers_alone(code: Code) -> None:
    assert {("developer",)} == {clause.roles for clause in code.clauses}


def test_grade_shows_force_qualifier_and_example(code: Code) -> None:
    grades = [code.clause(clause_id).grade for clause_id in ("1.9", "3.3", "5.3")]
    assert grades == ["commit, as appropriate", "should, example only", "expected"]
