"""What a verification says, and how it adds up."""

from accord.errors import VerificationError
from accord.verify import Claim, Gap, Result, Verification
from accord.verify.claims import UNPINNED, explain, rest_on


def claim(name: str, result: Result) -> Claim:
    return Claim(id=name, text="It holds.", result=result)


def verification(*claims: Claim, gaps: tuple[Gap, ...] = ()) -> Verification:
    return Verification(target="t", key=None, claims=claims, gaps=gaps)


def test_worst_is_the_worst_of_all() -> None:
    results = [Result.CANNOT_TELL, Result.CONTRADICTED, Result.WITHHELD, Result.VERIFIED]
    assert Result.CONTRADICTED == verification(*(claim("a", r) for r in results)).worst


def test_nothing_claimed_cannot_be_told() -> None:
    assert Result.CANNOT_TELL == verification().worst


def test_unpinned_gap_means_not_pinned() -> None:
    assert verification().pinned
    assert not verification(gaps=(Gap(id=UNPINNED, text=""),)).pinned


def test_rest_on_takes_back_what_was_verified_and_nothing_else() -> None:
    claims = [claim(r.value, r) for r in Result]
    expected = [Result.CANNOT_TELL, Result.WITHHELD, Result.ERASED, Result.CANNOT_TELL, Result.CONTRADICTED]
    assert expected == [c.result for c in rest_on({"base"}, claims, "why")]


def test_rest_on_leaves_the_base_itself() -> None:
    assert [Result.VERIFIED] == [c.result for c in rest_on({"a"}, [claim("a", Result.VERIFIED)], "why")]


def test_explain_is_one_line_without_a_fix() -> None:
    error = VerificationError("It differs.", where="here", expected="a", found="b", fix="mend it")
    assert "It differs. (at here; expected a; found b)" == explain(error)
