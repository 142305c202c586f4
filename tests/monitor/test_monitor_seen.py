"""Spans that were seen are known again, whatever the batches; those that could not be kept are not."""

from hypothesis import given
from hypothesis import strategies as st

from accord.monitor.storing.seen import Seen

_IDS = st.integers(0, 30)
_BATCHES = st.lists(st.lists(st.tuples(_IDS, _IDS), max_size=8), max_size=12)


def _fresh(seen: Seen, ids: list[tuple[int, int]]) -> list[bool]:
    return seen.fresh([t.to_bytes(16, "big") for t, _ in ids], [s.to_bytes(8, "little") for _, s in ids])


@given(_BATCHES)
def test_seen_is_a_set(batches: list[list[tuple[int, int]]]) -> None:
    seen, model = Seen(), set[tuple[int, int]]()
    for n, batch in enumerate(batches):
        expected = []
        for ids in batch:
            expected.append(ids not in model)
            model.add(ids)
        assert expected == _fresh(seen, batch)
        if n % 2:
            seen.settle()
    seen.settle()
    assert len(model) == len(seen)


def test_what_could_not_be_kept_is_fresh_again() -> None:
    seen = Seen()
    assert [True] == _fresh(seen, [(1, 1)])
    seen.settle()
    assert [True, False] == _fresh(seen, [(2, 2), (1, 1)])
    seen.forget()
    assert [True, False] == _fresh(seen, [(2, 2), (1, 1)])


def test_memory_is_bounded_and_the_newest_stay() -> None:
    seen = Seen(most=100)
    for n in range(50):
        _fresh(seen, [(n, i) for i in range(20)])
        seen.settle()
        assert len(seen) < 220
    assert [False] * 20 == _fresh(seen, [(49, i) for i in range(20)])
    assert [True] == _fresh(seen, [(0, 0)])
