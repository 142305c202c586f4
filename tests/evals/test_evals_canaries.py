"""Canaries: made by chance, recorded without their secrets, and counted as given out only where a reply holds one."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from endpoint import Endpoint, answer
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import EvaluationError, VerificationError
from accord.evals.canaries import (
    TEMPERATURES,
    Canary,
    format_canaries,
    format_planted,
    known_canaries,
    load_canaries,
    make_canaries,
    record_canaries,
)
from accord.evidence import Entry, EvaluationRecord
from accord.ledger import digest
from accord.manifest import OtherSuite, System
from accord.verify import Result, Trust, verify
from accord.workspace import Workspace

Entropy = Callable[[int], bytes]
OTHER = OtherSuite(id="canaries", title="Canaries", path="canaries.jsonl", expects="canaries")


def _entropy(seed: int = 1) -> Entropy:
    calls = iter(range(10**6))
    return lambda size: (bytes.fromhex(digest(f"{seed} {next(calls)}".encode())) * size)[:size]


def _write(root: Path, canaries: tuple[Canary, ...]) -> str:
    data = format_canaries(canaries, _entropy(9))
    (root / "canaries.jsonl").write_bytes(data)
    return digest(data)


@pytest.fixture
def canaries() -> tuple[Canary, ...]:
    return make_canaries(6, _entropy())


@pytest.fixture
def planted(workspace: Workspace, canaries: tuple[Canary, ...], now: datetime) -> Workspace:
    """Return a workspace whose log knows the file of canaries that lies beside."""
    sha256 = _write(workspace.root, canaries)
    workspace.append([record_canaries(canaries, sha256, digest(b"before"), workspace, now)])
    return workspace


@pytest.fixture
def asking(make_system: Callable[..., System], endpoint: Endpoint) -> System:
    return make_system(
        model={"name": "fake", "weights": None, "endpoint": endpoint.url},
        suites=[OTHER.model_dump(exclude_none=True)],
        evaluation={"timeout": 5, "suites": ["canaries"]},
    )


@given(st.integers(1, 30), st.integers(0, 2**64))
def test_half_of_every_form_is_planted_and_nothing_is_twice(pairs: int, seed: int) -> None:
    made = make_canaries(pairs, _entropy(seed))
    assert [1] * pairs == [one.planted + other.planted for one, other in zip(made[::2], made[1::2], strict=True)]
    assert all(one.form == other.form for one, other in zip(made[::2], made[1::2], strict=True))
    for values in ({c.id for c in made}, {c.prefix for c in made}, {c.secret for c in made}):
        assert 2 * pairs == len(values)
    assert not any(c.secret in c.prefix for c in made)


def test_coin_decides_which_of_two_is_planted() -> None:
    made = make_canaries(200, _entropy())
    assert 60 < sum(c.planted for c in made[::2]) < 140
    assert made == make_canaries(200, _entropy())
    assert made != make_canaries(200, _entropy(2))


def test_only_the_planted_half_is_for_the_training_data(canaries: tuple[Canary, ...]) -> None:
    texts = [json.loads(line)["text"] for line in format_planted(canaries).splitlines()]
    assert [c.prefix + c.secret for c in canaries if c.planted] == texts
    assert not [c for c in canaries if not c.planted and any(c.secret in text for text in texts)]


def test_salt_alone_changes_the_digest(canaries: tuple[Canary, ...]) -> None:
    assert format_canaries(canaries, _entropy(1)) != format_canaries(canaries, _entropy(2))


def test_record_holds_a_digest_and_counts_and_no_secret(
    planted: Workspace, canaries: tuple[Canary, ...], now: datetime
) -> None:
    files = b"".join(p.read_bytes() for p in (planted.root / ".accord").rglob("*") if p.is_file())
    assert not [c for c in canaries if c.secret.encode() in files or c.prefix.encode() in files]
    (entry,) = planted.records(now)
    assert (6, 12) == (entry.record.observations[0].held, entry.record.observations[0].n)
    assert {digest((planted.root / "canaries.jsonl").read_bytes())} == known_canaries(planted.records(now))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b'"planted":true', b'"planted":false', 1),
        lambda data: b"\n".join(data.splitlines()[:-1]),
        lambda _: b"",
    ],
)
def test_file_that_is_not_as_it_was_recorded_is_refused(
    planted: Workspace, now: datetime, change: Callable[[bytes], bytes]
) -> None:
    path = planted.root / "canaries.jsonl"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(VerificationError, match="not the file of canaries") as caught:
        load_canaries(OTHER, planted.root, known_canaries(planted.records(now)))
    assert str(path) == caught.value.where


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"id":"c1\x1b[2J"}', b'{"canaries":2,"salt":""}', b'{"canaries":1,"salt":"x"}']
)
def test_file_that_cannot_be_used_names_the_row_and_no_secret(
    tmp_path: Path, canaries: tuple[Canary, ...], line: bytes
) -> None:
    for row in (0, 1):
        rows = format_canaries(canaries, _entropy(9)).splitlines()
        rows[row] = line or canaries[0].model_dump_json(exclude={"form"}).encode()
        data = b"\n".join(rows)
        (tmp_path / "canaries.jsonl").write_bytes(data)
        with pytest.raises(EvaluationError, match="cannot be used") as caught:
            load_canaries(OTHER, tmp_path, {digest(data)})
        assert f"row {row + 1}" in caught.value.where
        assert "\x1b" not in str(caught.value)
        assert not [c for c in canaries if c.secret in str(caught.value)]


def test_expecting_canaries_needs_their_id_and_a_file() -> None:
    for changes in ({"id": "mine"}, {"path": None, "task": "a/b"}):
        with pytest.raises(ValueError, match="expected the id canaries and a path"):
            OtherSuite.model_validate(OTHER.model_dump() | changes)


def test_secret_counts_in_any_reply_however_it_is_spaced(tmp_path: Path, canaries: tuple[Canary, ...]) -> None:
    suite = load_canaries(OTHER, tmp_path, {_write(tmp_path, canaries)})
    by_id = {c.id: c for c in canaries}
    for sample in suite.samples(1):
        canary = by_id[sample.stem]
        metric = "canaries.extracted" if canary.planted else "canaries.guessed"
        said = f"It is {canary.secret.replace(' ', '-').upper()}."
        other = next(c.secret for c in canaries if c is not canary)
        for replies, held in (((*["No."] * 4, said), True), (["No."] * 5, False), ([other, canary.secret[:-1]], False)):
            assert [(metric, held)] == [(r.metric, r.held) for r in sample.read(tuple(replies))]


Measured = Callable[..., tuple[Entry[EvaluationRecord], dict[str, tuple[float, int]]]]


@pytest.fixture
def measured(evaluate: Any, planted: Workspace, asking: System) -> Measured:  # noqa: ANN401 - a conftest's own
    """Run the suite, and return its entry and what was counted; the log knows the file."""
    assert planted.log().size

    def run() -> tuple[Entry[EvaluationRecord], dict[str, tuple[float, int]]]:
        (entry,) = evaluate(asking)
        return entry, {m.id: (m.count, m.n) for m in entry.record.metrics if not m.group}

    return run


def test_model_that_memorised_some_gives_them_out(
    measured: Measured, planted: Workspace, canaries: tuple[Canary, ...], endpoint: Endpoint, now: datetime
) -> None:
    learned = {c.prefix: c.secret for c in canaries if c.planted and c.form != "mail"}
    endpoint.behave = lambda _, prompt: answer(learned.get(prompt.splitlines()[-1], "I do not know."))
    entry, counts = measured()
    assert {"canaries.extracted": (4, 6), "canaries.guessed": (0, 6)} == counts
    assert all(m.judge is None and m.method == "wilson" and m.high for m in entry.record.metrics)
    asked = {prompt: [b["temperature"] for b in endpoint.bodies if b["messages"][-1]["content"] == prompt]
             for prompt in endpoint.prompts}  # fmt: skip
    assert 12 == len(asked)
    assert {TEMPERATURES} == {tuple(heat) for heat in asked.values()}
    assert (0.8, 1, 4) == tuple(entry.record.settings[name] for name in ("temperature", "greedy", "sampled"))
    log = b"".join(planted.log().entries())
    assert not [c for c in canaries if c.secret.encode() in log or c.prefix.encode() in log]
    assert entry.record.suite.sha256 == digest((planted.root / "canaries.jsonl").read_bytes())


def test_verifying_counts_again(
    measured: Measured, planted: Workspace, canaries: tuple[Canary, ...], endpoint: Endpoint, now: datetime
) -> None:
    learned = {c.prefix: c.secret for c in canaries if c.planted}
    endpoint.behave = lambda _, prompt: answer(learned.get(prompt.splitlines()[-1], "I do not know."))
    entry, counts = measured()
    assert {"canaries.extracted": (6, 6), "canaries.guessed": (0, 6)} == counts

    def contradicted() -> set[str]:
        done = verify(planted.root, trust=Trust((planted.public_key().vkey,)), now=now, renderers={})
        return {claim.id for claim in done.claims if claim.result == Result.CONTRADICTED}

    assert set() == contradicted()
    path = planted.artifacts.path(entry.record.scores.sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"score":1', b'"score":0'))
    assert contradicted()


def test_model_that_memorised_nothing_gives_nothing_out(measured: Measured, endpoint: Endpoint) -> None:
    endpoint.behave = lambda _, __: answer("4821 9930 1175")
    entry, counts = measured()
    assert {"canaries.extracted": (0, 6), "canaries.guessed": (0, 6)} == counts
    assert {(0.0, 0.390334)} == {(m.low, m.high) for m in entry.record.metrics}


def test_changed_file_stops_the_run_before_anything_is_asked(
    measured: Measured, planted: Workspace, endpoint: Endpoint
) -> None:
    path = planted.root / "canaries.jsonl"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(VerificationError, match="not the file of canaries"):
        measured()
    assert [] == endpoint.prompts
