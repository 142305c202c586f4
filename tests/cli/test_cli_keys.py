"""Keys at the command line: set aside, changed, encrypted; whatever a change stops at, doing it again finishes it."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accord.evidence import DocumentRecord
from accord.ledger import PublicKey, SigningKey
from accord.ledger.fsck import fsck
from accord.ledger.keys import is_encrypted
from accord.workspace import Workspace, commitment, key_spans, rotate

ACCORD = str(Path(sys.executable).with_name("accord"))
FLAGS = (
    "--organisation=Acme", "--role=deployer", "--system=Helpdesk", "--version=1", "--model-inspect=mockllm/m", "--yes",
)  # fmt: skip
SECRET = "correct horse battery"  # noqa: S105 - of a key that lives as long as this test
ORIGIN = "acme/helpdesk"

# Changes keys in copies of a workspace, each killed before another of the operations that change its files; then shows
# the keys and does it again. Prints the exit codes of both for each copy, and of the first that was not killed.
KILLS = """
import json, os, shutil, signal, sys
import accord.cli.key
from accord.cli import main

source, folder, *args = sys.argv[1:]

def kill_before(root, number):
    count = 0
    def hook(event, found):
        nonlocal count
        writes = event == "open" and found[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (writes or event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}) and str(found[0]).startswith(root):
            count += 1
            if count > number:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

def run(line, root, number=None):
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if number is not None:
            kill_before(root, number)
        main([*line, root])
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

done = []
for number in range(1000):
    root = shutil.copytree(source, f"{folder}/{number}")
    code = run(args, root, number)
    if code != -signal.SIGKILL:
        break
    done.append([run(["key", "show"], root), run(args, root)])
print(json.dumps([code, done]))
"""


@pytest.fixture
def space(accord: Any, tmp_path: Path) -> Workspace:
    """Return a workspace as `accord init` leaves it."""
    root = tmp_path / "space"
    assert 0 == accord("init", root, *FLAGS).code
    return Workspace(root)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a file with the passphrase, ended by a line break as an editor ends it."""
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    return path


def _key(path: Path) -> SigningKey:
    return SigningKey.load(path, ORIGIN, SECRET.encode)


def _names(space: Workspace) -> set[str]:
    return {path.name for path in space.keys.iterdir() if path.suffix != ".tmp"}  # a crash may leave a scratch file


def _assert_settled(space: Workspace, spans: int, aside: Collection[str] = ("next.key",)) -> None:
    """Show that so many keys were in force, that the last one signs, and that the one committed to is set aside."""
    held = key_spans(space)
    last = held[-1].record
    assert last is not None
    assert spans == len(held)
    assert held[-1].key == space.public_key() == _key(space.keys / "accord.key").public
    following = PublicKey.parse((space.keys / "next.pub").read_text(encoding="utf-8").strip())
    assert last.following == commitment(following)
    assert [following] * len(aside) == [_key(space.keys / name).public for name in aside]
    assert {"accord.key", "accord.pub", "next.pub", "checkpoint", *aside} == _names(space)
    assert fsck(space.ledger, space.public_key()).ok


def test_init_begins_the_log_with_its_key_and_sets_the_next_aside(space: Workspace) -> None:
    _assert_settled(space, 1)
    assert 0o600 == stat.S_IMODE((space.keys / "next.key").stat().st_mode)


def test_init_says_where_the_next_key_lies(accord: Any, tmp_path: Path) -> None:
    done = accord("init", tmp_path / "w", *FLAGS)
    assert f"{tmp_path}/w/.accord/keys/next.key: move it to another place" in done.out
    assert {"key", "next_key"} <= set(accord("init", tmp_path / "v", *FLAGS, "--json").json)


def test_init_with_a_passphrase_encrypts_both_keys(accord: Any, tmp_path: Path, secret: Path) -> None:
    done = accord("init", tmp_path / "w", *FLAGS, "--passphrase-file", secret)
    assert [True, True] == [is_encrypted(Workspace(tmp_path / "w").keys / f"{n}.key") for n in ("accord", "next")]
    assert SECRET not in done.out + done.err


def test_init_takes_a_following_key_that_is_kept_elsewhere(accord: Any, tmp_path: Path) -> None:
    after = SigningKey.generate(ORIGIN).public
    (tmp_path / "after.pem").write_text(after.pem, encoding="utf-8")
    assert 0 == accord("init", tmp_path / "w", *FLAGS, "--following", tmp_path / "after.pem").code
    space = Workspace(tmp_path / "w")
    assert [commitment(after)] == [span.record.following for span in key_spans(space) if span.record]
    assert "next.key" not in _names(space)


def test_init_refuses_a_key_that_follows_itself(accord: Any, tmp_path: Path) -> None:
    key = SigningKey.generate(ORIGIN)
    key.save(tmp_path / "my.key")
    (tmp_path / "my.pub").write_text(key.public.vkey, encoding="utf-8")
    line = ("--key", tmp_path / "my.key", "--following", tmp_path / "my.pub")
    assert 2 == accord("init", tmp_path / "w", *FLAGS, *line).code
    assert not (tmp_path / "w").exists()


def test_signer_elsewhere_signs_and_is_followed(accord: Any, tmp_path: Path, secret: Path) -> None:
    key, after = SigningKey.generate(ORIGIN), SigningKey.generate(ORIGIN)
    key.save(tmp_path / "far.key", SECRET.encode())
    for name, public in (("far", key.public), ("after", after.public)):
        (tmp_path / f"{name}.pub").write_text(public.vkey, encoding="utf-8")
    given = ("--signer", f"file2:{tmp_path}/far.key", "--public-key", tmp_path / "far.pub")
    told = ("--following", tmp_path / "after.pub", "--passphrase-file", secret)
    assert 0 == accord("init", tmp_path / "w", *FLAGS, *given, *told).code
    space = Workspace(tmp_path / "w", SECRET.encode)
    assert {"accord.uri", "accord.pub", "next.pub", "checkpoint"} == _names(space)
    assert key.public == space.signing_key().public
    after.save(tmp_path / "after.key")
    assert 0 == accord("key", "rotate", space.root, "--reason", "lost", "--next-key", tmp_path / "after.key").code
    _assert_settled(space, 2)


@pytest.mark.parametrize(
    "wrong",
    [("--signer", "file2:/x"), ("--public-key", __file__), ("--signer", "file2:/x", "--public-key", __file__)],
)
def test_signer_without_its_companions_is_a_usage_error(accord: Any, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    assert 2 == accord("init", tmp_path / "w", *FLAGS, *wrong).code
    assert not (tmp_path / "w").exists()


def test_public_key_of_another_name_is_named(accord: Any, tmp_path: Path) -> None:
    (tmp_path / "other.pub").write_text(SigningKey.generate("other").public.vkey, encoding="utf-8")
    done = accord("init", tmp_path / "w", *FLAGS, "--following", tmp_path / "other.pub")
    assert 2 == done.code
    assert "This key has another name." in done.err


def test_rotate_puts_the_next_key_into_force_and_sets_another_aside(accord: Any, space: Workspace) -> None:
    promised = _key(space.keys / "next.key").public
    done = accord("key", "rotate", space.root, "--reason", "scheduled")
    assert (0, "") == (done.code, done.err)
    assert promised == space.public_key()
    assert promised.vkey in done.out
    _assert_settled(space, 2)


def test_rotate_replaces_a_lost_key_by_one_that_lay_elsewhere(accord: Any, space: Workspace, tmp_path: Path) -> None:
    (space.keys / "next.key").rename(tmp_path / "safe.key")
    for name in ("accord.key", "next.pub"):
        (space.keys / name).unlink()
    done = accord("key", "rotate", space.root, "--reason", "lost", "--next-key", tmp_path / "safe.key")
    assert 0 == done.code
    assert f"A second copy of the key in force is in {tmp_path / 'safe.key'}" in done.out
    _assert_settled(space, 2)


def test_rotate_says_from_where_a_stolen_key_is_not_believed(accord: Any, space: Workspace) -> None:
    done = accord("key", "rotate", space.root, "--reason", "compromised", "--since", "1", "--json")
    assert ("compromised", 1) == (done.json["reason"], done.json["revoked_since"])


@pytest.mark.parametrize("reason", ["scheduled", "lost"])
def test_since_is_for_a_stolen_key_alone(accord: Any, space: Workspace, reason: str) -> None:
    assert 2 == accord("key", "rotate", space.root, "--reason", reason, "--since", "1").code
    _assert_settled(space, 1)


def test_rotate_refuses_a_key_that_was_not_committed_to(accord: Any, space: Workspace, tmp_path: Path) -> None:
    SigningKey.generate(ORIGIN).save(tmp_path / "thief.key")
    done = accord("key", "rotate", space.root, "--reason", "lost", "--next-key", tmp_path / "thief.key")
    assert 4 == done.code
    assert "The log commits to another key than this one." in done.err
    assert 0 == accord("key", "rotate", space.root, "--reason", "scheduled").code
    _assert_settled(space, 2)


def test_rotate_takes_a_following_key_and_leaves_no_spent_one(accord: Any, space: Workspace, tmp_path: Path) -> None:
    after = SigningKey.generate(ORIGIN).public
    (tmp_path / "after.pub").write_text(after.vkey, encoding="utf-8")
    line = ("key", "rotate", space.root, "--reason", "scheduled", "--following", tmp_path / "after.pub")
    assert 0 == accord(*line).code
    assert f"{after.vkey}\n" == (space.keys / "next.pub").read_text(encoding="utf-8")
    _assert_settled(space, 2, ())


def test_rotate_refuses_a_key_that_follows_itself(accord: Any, space: Workspace, tmp_path: Path) -> None:
    (tmp_path / "next.pub").write_bytes((space.keys / "next.pub").read_bytes())
    line = ("key", "rotate", space.root, "--reason", "scheduled")
    assert 2 == accord(*line, "--following", tmp_path / "next.pub").code
    assert 0 == accord(*line).code
    _assert_settled(space, 2)


def test_interrupted_change_is_not_finished_with_another_following_key(
    accord: Any, space: Workspace, tmp_path: Path
) -> None:
    line = ("key", "rotate", space.root, "--reason", "scheduled")
    (tmp_path / "after.pub").write_text(SigningKey.generate(ORIGIN).public.vkey, encoding="utf-8")
    (space.keys / "next.key").rename(tmp_path / "safe.key")
    rotate(space, _key(tmp_path / "safe.key"), _set_aside(space), "scheduled", datetime.now(UTC))
    done = accord(*line, "--following", tmp_path / "after.pub")
    assert (4, True) == (done.code, "without --following" in done.err)
    assert "unfinished" in accord("key", "show", space.root, "--json").out
    assert 0 == accord(*line).code
    _assert_settled(space, 2)


def _set_aside(space: Workspace) -> PublicKey:
    """Write a draft as a change of keys does before anything else."""
    draft = SigningKey.generate(ORIGIN)
    draft.save(space.keys / "following.key")
    (space.keys / "following.pub").write_text(draft.public.vkey, encoding="utf-8")
    return draft.public


def test_rotate_with_a_passphrase_leaves_nothing_readable(accord: Any, tmp_path: Path, secret: Path) -> None:
    root = tmp_path / "w"
    accord("init", root, *FLAGS, "--passphrase-file", secret)
    done = accord("key", "rotate", root, "--reason", "scheduled", "--passphrase-file", secret)
    assert 0 == done.code
    assert [True, True] == [is_encrypted(Workspace(root).keys / f"{name}.key") for name in ("accord", "next")]
    assert SECRET not in done.out + done.err
    _assert_settled(Workspace(root), 2)


def test_encrypted_key_without_a_terminal_names_the_option(accord: Any, tmp_path: Path, secret: Path) -> None:
    accord("init", tmp_path / "w", *FLAGS, "--passphrase-file", secret)
    done = accord("key", "rotate", tmp_path / "w", "--reason", "scheduled")
    assert 4 == done.code
    assert "--passphrase-file" in done.err


@pytest.mark.parametrize("following", [False, True])
def test_rotation_killed_anywhere_is_finished_by_doing_it_again(
    space: Workspace, tmp_path: Path, *, following: bool
) -> None:
    line: list[object] = ["key", "rotate", "--reason", "scheduled"]
    (tmp_path / "copies").mkdir()
    if following:
        (tmp_path / "after.pub").write_text(SigningKey.generate(ORIGIN).public.vkey, encoding="utf-8")
        line += ["--following", tmp_path / "after.pub"]
    command = [sys.executable, "-c", KILLS, str(space.root), f"{tmp_path}/copies", *map(str, line)]
    code, done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert 0 == code
    assert len(done) > 20
    assert [[0, 0]] * len(done) == done
    for number in range(len(done)):
        copy = Workspace(tmp_path / "copies" / str(number))
        _assert_settled(copy, 2, set() if following else {"next.key"})


def test_show_lists_the_keys_that_were_in_force(accord: Any, space: Workspace) -> None:
    first = space.public_key()
    accord("key", "rotate", space.root, "--reason", "scheduled")
    told = accord("key", "show", space.root, "--json").json
    rows = [(row["from"], row["reason"], row["fingerprint"]) for row in told["keys"]]
    assert [(0, "first", first.fingerprint), (1, "scheduled", space.public_key().fingerprint)] == rows
    assert all(fingerprint in accord("key", "show", space.root).out for _, _, fingerprint in rows)


def test_passphrase_is_set_changed_and_removed(accord: Any, space: Workspace, tmp_path: Path, secret: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"two\r\n")
    accord("key", "passphrase", space.root, "--new-passphrase-file", secret)
    assert [True, True] == [is_encrypted(space.keys / f"{name}.key") for name in ("accord", "next")]
    accord("key", "passphrase", space.root, "--passphrase-file", secret, "--new-passphrase-file", other)
    assert space.public_key() == SigningKey.load(space.keys / "accord.key", ORIGIN, lambda: b"two").public
    done = accord("key", "passphrase", space.root, "--passphrase-file", other, "--remove", "--json")
    assert (2, False) == (len(done.json["changed"]), done.json["encrypted"])
    _assert_settled(space, 1)


def test_passphrase_that_is_set_already_changes_nothing(accord: Any, space: Workspace, secret: Path) -> None:
    line = ("key", "passphrase", space.root, "--new-passphrase-file", secret)
    accord(*line)
    before = (space.keys / "accord.key").read_bytes()
    assert "it is so already" in accord(*line).out
    assert before == (space.keys / "accord.key").read_bytes()


def test_wrong_passphrase_is_refused_and_not_shown(accord: Any, space: Workspace, tmp_path: Path, secret: Path) -> None:
    accord("key", "passphrase", space.root, "--new-passphrase-file", secret)
    (tmp_path / "wrong").write_text("a wrong secret", encoding="utf-8")
    done = accord("key", "passphrase", space.root, "--passphrase-file", tmp_path / "wrong", "--remove")
    assert 4 == done.code
    assert "does not open with this passphrase" in done.err
    assert "a wrong secret" not in done.err


def test_only_one_line_break_is_taken_off_a_passphrase(accord: Any, space: Workspace, tmp_path: Path) -> None:
    (tmp_path / "two").write_text("word\n\n", encoding="utf-8")
    done = accord("key", "passphrase", space.root, "--new-passphrase-file", tmp_path / "two")
    assert (4, True) == (done.code, "This is not a passphrase." in done.err)


def test_passphrase_comes_through_a_pipe(space: Workspace) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, f"{SECRET}\n".encode())
    os.close(theirs)
    command = [ACCORD, "key", "passphrase", str(space.root), "--new-passphrase-file", f"/dev/fd/{ours}"]
    subprocess.run(command, check=True, pass_fds=[ours], stdout=subprocess.DEVNULL)
    os.close(ours)
    assert space.public_key() == _key(space.keys / "accord.key").public


def test_passphrase_comes_through_standard_input(space: Workspace) -> None:
    command = [ACCORD, "key", "passphrase", str(space.root), "--new-passphrase-file", "-"]
    subprocess.run(command, check=True, input=SECRET.encode(), stdout=subprocess.DEVNULL)
    assert space.public_key() == _key(space.keys / "accord.key").public


def test_passphrase_is_asked_for_once_on_a_terminal_and_not_shown(accord: Any, space: Workspace, secret: Path) -> None:
    accord("key", "passphrase", space.root, "--new-passphrase-file", secret)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(ACCORD, [ACCORD, "key", "rotate", str(space.root), "--reason", "scheduled"])  # noqa: S606 - ours
    shown = os.read(terminal, 1024)
    os.write(terminal, f"{SECRET}\n".encode())
    shown += _rest(terminal)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert 1 == shown.count(b"Passphrase of the key")
    assert SECRET.encode() not in shown
    _assert_settled(space, 2)


def test_assess_asks_before_it_draws_bars(accord: Any, make: Any, endpoint: Any, tmp_path: Path, secret: Path) -> None:
    root = make(tmp_path / "asked", endpoint.url).root
    accord("key", "passphrase", root, "--new-passphrase-file", secret)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(ACCORD, [ACCORD, "assess", str(root)])  # noqa: S606 - ours
    shown = os.read(terminal, 1024)
    os.write(terminal, f"{SECRET}\n".encode())
    shown += _rest(terminal)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert b"36/36" in shown.partition(b"Passphrase of the key: ")[2]
    assert SECRET.encode() not in shown


def _rest(terminal: int) -> bytes:
    shown = b""
    try:
        while part := os.read(terminal, 65_536):
            shown += part
    except OSError:  # a closed terminal reads as an input/output error on Linux
        pass
    finally:
        os.close(terminal)
    return shown


def test_unlocked_workspace_signs_what_is_appended(
    accord: Any, space: Workspace, secret: Path, document: Callable[..., DocumentRecord], now: datetime
) -> None:
    accord("key", "passphrase", space.root, "--new-passphrase-file", secret)
    Workspace(space.root, SECRET.encode).append([document("a")])
    assert 2 == len(space.records(now))
