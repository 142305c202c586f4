"""Erasing at the command line: not before its time, not without a ground, and with the log as it was."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
from pathlib import Path
from typing import Any

import pytest

from accord.assess import declare
from accord.codes import load_code
from accord.evidence import DocumentRecord, ErasureRecord
from accord.ledger import SigningKey, digest
from accord.ledger.fsck import fsck
from accord.manifest import load_system
from accord.workspace import Workspace

TEXT = b"We take few risks.\n"
LINE = ("--reason", "data-subject-request")


@pytest.fixture
def declared(workspace: Workspace, now: Any) -> Workspace:
    """Return a workspace that recorded its declaration and the document that this names, just now."""
    _declare(workspace, now)
    return workspace


def _declare(space: Workspace, now: Any) -> None:

    system = load_system(space.manifest)
    declare(space, system, load_code(system.edition), now)


def _keep_for(space: Workspace, days: int) -> None:
    text = space.manifest.read_text(encoding="utf-8")
    head = text.partition("\n[retention]")[0]
    space.manifest.write_text(f"{head}\n[retention]\ndocument = {days}\n", encoding="utf-8")


def _erasures(space: Workspace, now: Any) -> list[str]:
    return [entry.record.erased.sha256 for entry in space.records(now).of(ErasureRecord)]


@pytest.mark.parametrize("what", ["risk", digest(TEXT)])
def test_document_is_erased_by_its_id_or_digest(accord: Any, declared: Workspace, now: Any, what: str) -> None:
    done = accord("erase", what, declared.root, *LINE)
    assert (0, "") == (done.code, done.err)
    assert digest(TEXT) not in declared.artifacts
    assert [digest(TEXT)] == _erasures(declared, now)
    assert fsck(declared.ledger, declared.public_key()).ok


def test_erase_names_the_records_and_what_is_out_of_reach(accord: Any, declared: Workspace, now: Any) -> None:
    index = declared.records(now).of(DocumentRecord)[0].ref.index
    out = accord("erase", "risk", declared.root, *LINE).out
    assert f"named by the records {index}," in out
    assert "Copies that were handed out before" in out


def test_erase_tells_programs_what_it_did(accord: Any, declared: Workspace) -> None:
    told = accord("erase", "risk", declared.root, *LINE, "--json").json
    assert (digest(TEXT), "data-subject-request", 1) == (
        told["erased"]["sha256"],
        told["reason"],
        len(told["records"]),
    )


def test_erase_again_records_nothing_more(accord: Any, declared: Workspace, now: Any) -> None:
    assert [0, 0] == [accord("erase", "risk", declared.root, *LINE).code for _ in range(2)]
    assert 1 == len(_erasures(declared, now))


@pytest.mark.parametrize(("before", "after"), [(0, 3000), (3000, 0), (3000, 3000)])
def test_erase_before_its_time_is_refused_by_the_longer_of_manifest_and_declaration(
    accord: Any, workspace: Workspace, now: Any, before: int, after: int
) -> None:
    _keep_for(workspace, before)
    _declare(workspace, now)
    _keep_for(workspace, after)
    done = accord("erase", "risk", workspace.root, *LINE)
    assert 4 == done.code
    assert "3000 days" in done.err
    assert digest(TEXT) in workspace.artifacts
    assert [] == _erasures(workspace, now)


def test_shorter_time_counts_once_it_was_declared(accord: Any, workspace: Workspace, now: Any) -> None:
    for days in (3000, 0):
        _keep_for(workspace, days)
        _declare(workspace, now)
    assert 0 == accord("erase", "risk", workspace.root, *LINE).code


def test_erased_declaration_no_longer_says_how_long_things_are_kept(accord: Any, declared: Workspace, now: Any) -> None:
    sha256 = json.loads(accord("log", "show", declared.root, "--entry", "0").out)["predicate"]["declaration"]["sha256"]
    assert 0 == accord("erase", sha256, declared.root, *LINE).code
    text = declared.manifest.read_text(encoding="utf-8")
    declared.manifest.write_text(f"{text}\n[retention]\nlog = 1\n", encoding="utf-8")
    done = accord("erase", "risk", declared.root, *LINE)
    assert 4 == done.code
    assert "declare it anew with: accord assess" in done.err
    assert [sha256] == _erasures(declared, now)


def test_erased_declaration_that_accord_toml_still_says_is_known(accord: Any, declared: Workspace) -> None:
    sha256 = json.loads(accord("log", "show", declared.root, "--entry", "0").out)["predicate"]["declaration"]["sha256"]
    assert 0 == accord("erase", sha256, declared.root, *LINE).code
    assert 0 == accord("erase", "risk", declared.root, *LINE).code


def test_document_of_several_versions_is_erased_by_digest(accord: Any, declared: Workspace, now: Any) -> None:
    (declared.root / "risk.md").write_bytes(b"We take none.\n")
    _declare(declared, now)
    done = accord("erase", "risk", declared.root, *LINE)
    assert 2 == done.code
    assert digest(TEXT) in done.err
    assert 0 == accord("erase", digest(TEXT), declared.root, *LINE).code
    assert digest(b"We take none.\n") in declared.artifacts


@pytest.mark.parametrize(("what", "code"), [("nothing", 2), (digest(b"nothing"), 4)])
def test_what_no_record_names_is_not_erased(accord: Any, declared: Workspace, what: str, code: int) -> None:
    assert code == accord("erase", what, declared.root, *LINE).code


def test_ground_is_one_of_a_list(accord: Any, declared: Workspace) -> None:
    done = accord("erase", "risk", declared.root, "--reason", "because Jo Doe asked")
    assert 2 == done.code
    assert "retention-ended" in done.err


def test_erase_with_an_encrypted_key_asks_for_its_passphrase(
    accord: Any, declared: Workspace, key: SigningKey, tmp_path: Path
) -> None:
    key.save(declared.keys / "accord.key", b"s3cret", replace=True)
    (tmp_path / "secret").write_text("s3cret", encoding="utf-8")
    assert "--passphrase-file" in accord("erase", "risk", declared.root, *LINE).err
    done = accord("erase", "risk", declared.root, *LINE, "--passphrase-file", tmp_path / "secret")
    assert 0 == done.code
    assert "s3cret" not in done.out + done.err
