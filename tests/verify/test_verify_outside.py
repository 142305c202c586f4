"""With one witness, or a memory of one's own, a log that is rewritten, cut or shown in two versions is found."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.evidence import DocumentRecord
from accord.ledger import Log, Policy, SigningKey, WitnessSigner, add_signatures, cosign, unverified_checkpoint
from accord.verify import Memory, Result

WITNESS = WitnessSigner.generate("witness.example/w1", "ed25519", entropy=lambda size: bytes([7]) * size)
POLICY = Policy.parse(f"witness w1 {WITNESS.public.vkey}\nquorum w1\n")


def witness(lab: Any, after: timedelta = timedelta(0)) -> None:
    """Have the witness cosign the log as it is now."""
    note = lab.space.log().signed_checkpoint
    line = cosign(unverified_checkpoint(note).text, WITNESS, lab.now + after)
    lab.space.keep_checkpoint(add_signatures(note, [line]))


def add(lab: Any, name: str, **change: Any) -> None:
    document = lab.space.keep(name.encode(), "text/plain")
    lab.space.append([DocumentRecord(**{"made": lab.now, "id": name, "document": document} | change)])


@pytest.mark.parametrize("form", ["bundle", "report", "workspace"])
def test_quorum_of_witnesses_is_verified(lab: Any, form: str) -> None:
    lab.relog(lab.entries()[:4])  # up to the assessment, so that its report carries the cosigned checkpoint
    witness(lab)
    target = {"bundle": lab.bundle, "report": lab.report, "workspace": lambda: lab.space.root}[form]()
    done = lab.verify(target, policy=POLICY)
    assert Result.VERIFIED == lab.claim(done, "witnesses.quorum").result
    assert not {"unwitnessed-log", "unanchored-time"} & {gap.id for gap in done.gaps}


def test_checkpoint_without_its_quorum_is_contradicted(lab: Any) -> None:
    done = lab.verify(lab.bundle(), policy=POLICY)
    assert {"witnesses.quorum"} == lab.contradicted(done)


def test_log_that_grew_since_it_was_witnessed_is_not_witnessed(lab: Any) -> None:
    witness(lab)
    add(lab, "later")
    done = lab.verify(lab.space.root, policy=POLICY)
    assert {"witnesses.quorum"} == lab.contradicted(done)
    assert Result.VERIFIED == lab.claim(done, "anchor.5").result


def test_log_rewritten_since_it_was_witnessed_is_contradicted(lab: Any) -> None:
    witness(lab)
    lab.relog(lab.entries()[:4])
    add(lab, "another")
    done = lab.verify(lab.space.root, policy=POLICY)
    assert {"anchor.5", "witnesses.quorum"} <= lab.contradicted(done)


def test_record_that_is_dated_back_is_contradicted(lab: Any) -> None:
    witness(lab)
    add(lab, "early", made=lab.now - timedelta(days=3))
    done = lab.verify(lab.space.root, policy=POLICY)
    assert "Record 5 says" in lab.claim(done, "log.dates").reason


def test_memory_finds_a_log_that_was_cut(lab: Any, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    assert Result.VERIFIED == lab.verify(lab.bundle(include=("logs", "documents")), memory=memory).worst
    lab.relog(lab.entries()[:4])
    done = lab.verify(lab.bundle({}), memory=memory)
    assert {"memory.extends"} == lab.contradicted(done)


def test_memory_finds_a_log_that_was_rewritten(lab: Any, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    lab.verify(lab.bundle(), memory=memory)
    lab.relog(lab.entries()[:4])
    add(lab, "another")
    assert {"memory.extends"} == lab.contradicted(lab.verify(lab.space.root, memory=memory))


def test_memory_follows_a_log_that_grows(lab: Any, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    lab.verify(lab.space.root, memory=memory)
    add(lab, "later")
    done = lab.verify(lab.space.root, memory=memory)
    assert Result.VERIFIED == lab.claim(done, "memory.extends").result
    seen = memory.recall(lab.space.log().origin, lab.space.public_key())
    assert seen is not None
    assert 6 == seen.size


@pytest.mark.parametrize("keys", ["", "pinned"])
def test_memory_keeps_nothing_that_does_not_hold(lab: Any, tmp_path: Path, keys: str) -> None:
    memory = Memory(tmp_path / "memory")
    if keys:
        next(lab.space.artifacts.folder.glob("sha256/*/*")).write_bytes(b"changed")
    lab.verify(lab.space.root, *([""] if not keys else []), memory=memory)
    assert memory.recall(lab.space.log().origin, lab.space.public_key()) is None


def test_memory_that_cannot_be_written_takes_nothing_from_the_result(lab: Any) -> None:
    done = lab.verify(lab.space.root, memory=Memory(Path("/proc/nowhere")))
    assert Result.VERIFIED == done.worst
    assert "not-remembered" in {gap.id for gap in done.gaps}


def test_entries_verified_before_are_read_again_and_not_believed_if_changed(lab: Any, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    lab.verify(lab.space.root, memory=memory)
    bundle = next((lab.space.ledger / "tile" / "entries").rglob("5"))
    bundle.write_bytes(bundle.read_bytes().replace(b"keyid", b"KEYID", 1))
    assert {"memory.extends", "record.0", "log.tree"} <= lab.contradicted(lab.verify(lab.space.root, memory=memory))


def test_log_that_was_never_seen_is_named_and_so_is_one_of_a_new_name(lab: Any, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    first = lab.verify(lab.space.root, memory=memory)
    assert "first-seen" in {gap.id for gap in first.gaps}
    key = SigningKey.generate("acme.example/another", entropy=lambda size: bytes([1]) * size)
    renamed = tmp_path / "renamed"
    Log.create(renamed, key, key.name)
    with Log.writer(renamed, key) as writer:
        writer.append(lab.entries()[:2])
    done = lab.verify(renamed, key.public.pem, memory=memory)
    assert "acme.example/helpdesk" in next(gap.text for gap in done.gaps if gap.id == "first-seen")


def test_two_witnesses_that_answer_at_once_are_both_kept(lab: Any) -> None:
    other = WitnessSigner.generate("witness.example/w2", "ed25519", entropy=lambda size: bytes([8]) * size)
    note = lab.space.log().signed_checkpoint
    for signer in (WITNESS, other):
        line = cosign(unverified_checkpoint(note).text, signer, lab.now)
        lab.space.keep_checkpoint(add_signatures(note, [line]))
    both = Policy.parse(f"witness a {WITNESS.public.vkey}\nwitness b {other.public.vkey}\ngroup g all a b\nquorum g\n")
    assert Result.VERIFIED == lab.claim(lab.verify(lab.space.root, policy=both), "witnesses.quorum").result
