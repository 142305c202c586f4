"""The looser patterns for the automaton match wherever the exact ones do, and within the distance that is said."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.errors import ScanError
from accord.scan.patterns import personal_data, secrets, terms
from accord.scan.patterns.gates import CODE, GATES, NUMBER
from accord.scan.patterns.pattern import Pattern, parse_patterns
from accord.scan.patterns.superset import derive, derive_apart
from accord.scan.patterns.tree import CAPITALS, DIGITS, LONGEST, edges, parse

SHIPPED = [pattern for make in (personal_data, secrets, terms) for pattern in make().patterns]


@pytest.mark.parametrize("pattern", SHIPPED, ids=lambda pattern: f"{pattern.label}-{len(pattern.regex)}")
@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_superset_holds_a_match_of_each_match(pattern: Pattern, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(_without_looks(pattern.regex).encode(), fullmatch=True))
    derived = derive(pattern.compiled.pattern)
    looser = re.compile(derived.expression, re.DOTALL).search(text)
    assert looser
    assert looser.end() <= derived.back
    assert len(text) < derived.reach
    assert set(text) <= derived.holds
    assert not derived.gated or any(re.search(gate.expression, text) for gate in GATES)
    apart = derive_apart(pattern.compiled.pattern)
    less_loose = re.compile(apart.expression, re.DOTALL).search(b"\0" + text + b"\0")
    assert less_loose
    assert apart.least <= less_loose.end() - 1 <= apart.back


def _without_looks(regex: str) -> str:
    """Leave out what looks around, which a drawn example would seldom satisfy: only more texts match then."""
    while (found := re.search(r"\(\?<?[=!]", regex)) is not None:
        depth, end = 0, found.start()
        inside = False
        while True:
            character = regex[end]
            if character == "\\":
                end += 2
                continue
            inside = (character == "[" or inside) and character != "]"
            depth += 0 if inside else {"(": 1, ")": -1}.get(character, 0)
            end += 1
            if not depth:
                break
        regex = regex[: found.start()] + regex[end:]
    return regex


@pytest.mark.parametrize(
    ("regex", "before", "after"),
    [
        (rb"(?<![0-9])(?<!ab)[a-z]{3}(?![A-Z]|[.,][0-9])", DIGITS, CAPITALS),
        (rb"^\b(?<!x)ab(?<!b)(?!y)$", {ord("x")}, {ord("y")}),
        (rb"(?i)(?<!x)ab(?!y)", {*b"xX"}, {*b"yY"}),
        (rb"(?<=x)ab(?=y)", (), ()),
        (rb"(?!x)ab(?<!y)", (), ()),
        (rb"ab(?!y?)(?!(?:(?<=x)y))(?!yy)(?!y+)", (), ()),
        (rb"(?:(?<!x)a|b)c(?:(?!y)|d)", (), ()),
    ],
)
def test_what_may_not_stand_beside_a_match(regex: bytes, before: set[int], after: set[int]) -> None:
    assert edges(regex) == (frozenset(before), frozenset(after))


@pytest.mark.parametrize(
    ("regex", "text"),
    [
        (rb"[0-9]{7}", b"1234567"),
        (rb"[0-9]{3}[ -]?[0-9]{4}", b"123-4567"),
        (rb"(?:[0-9]{4}|[0-9] [0-9]{3}) - [0-9]{3}", b"1 234 - 567"),
    ],
)
def test_numbers_are_known(regex: bytes, text: bytes) -> None:
    assert NUMBER.always(parse(regex))
    assert re.search(NUMBER.expression, text)


@pytest.mark.parametrize(
    "regex", [rb"[0-9]{6}", rb"[0-9]{3}x?[0-9]{4}", rb"[0-9a-f]{9}", rb"[0-9]{6}(?:[0-9]|x)", rb"[0-9]{3} {4}[0-9]{4}"]
)
def test_what_may_hold_no_number_is_not_taken_for_one(regex: bytes) -> None:
    assert not NUMBER.always(parse(regex))


def test_codes_are_known() -> None:
    assert CODE.always(parse(rb"[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2}"))
    assert not CODE.always(parse(rb"[A-Z]{9}[0-9]"))


@pytest.mark.parametrize(
    ("regex", "said"),
    [
        ("a+b", "too short or too long"),
        ("a?", "too short or too long"),
        ("x", "too short or too long"),
        (f"ab(?={'c' * 4}{{{LONGEST}}})", "too short or too long"),
        (r"(ab)\1", "cannot be loosened"),
    ],
)
def test_patterns_that_cannot_be_looked_for(regex: str, said: str) -> None:
    with pytest.raises(ScanError, match=said):
        derive(regex.encode())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('label = "a"\nregex = "ab"', "A label has no title"),
        ('label = "a"\ntitle = "an a"\nregex = "ab"\ncolour = 1', "A pattern has unknown keys"),
        ('label = "a"\ntitle = "an a"\nregex = "ab"\ncheck = "smell"', "There is no such rule"),
        ('label = "a"\ntitle = "an a"\nregex = "ab"\ncheck = "stdnum:xx.yy"', "python-stdnum knows no such number"),
        ('label = "a"\ntitle = "an a"\nregex = "a(b"', "cannot be read"),
        ('label = "a b"\ntitle = "an a"\nregex = "ab"', "cannot be read"),
        ('label = "a"\ntitle = "an a"', "cannot be read"),
        ("label = ", "cannot be read"),
    ],
)
def test_patterns_with_mistakes(row: str, said: str) -> None:
    with pytest.raises(ScanError, match=said):
        parse_patterns([f"[[pattern]]\n{row}\n".encode()])
