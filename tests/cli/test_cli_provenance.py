import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from small_manifest import SMALL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "accord.toml").write_text(SMALL)
    Image.effect_noise((96, 64), 40).convert("RGB").save(tmp_path / "made.png")
    return tmp_path


@pytest.fixture
def run(accord: Callable[..., Any], folder: Path) -> Callable[..., str]:
    def call(command: str, *args: object, code: int = 0) -> str:
        done = accord("provenance", command, *args)
        assert code == done.code, done.out + done.err
        return str(done.out + done.err)

    call("key", folder / "keys", "--workspace", folder)
    signer = ("--key", folder / "keys" / "signer.key", "--certificates", folder / "keys" / "signer.pem")
    call("sign", folder / "made.png", folder / "signed.png", *signer, "--workspace", folder)
    return call


def test_content_is_signed_checked_and_found_changed(run: Callable[..., str], folder: Path) -> None:
    trusted = ("--anchors", folder / "keys" / "root.pem")
    shown = run("check", folder / "signed.png", *trusted)
    assert "trusted: " in shown
    assert "system: Helpdesk" in shown
    assert "untrusted: " in run("check", folder / "signed.png", code=1)
    assert "no-credential: " in run("check", folder / "made.png", *trusted, code=1)
    data = bytearray((folder / "signed.png").read_bytes())
    data[-100] ^= 1
    (folder / "changed\x1b[2J.png").write_bytes(data)
    shown = run("check", folder / "changed\x1b[2J.png", *trusted, code=3)
    assert "assertion.dataHash.mismatch" in shown
    assert "\x1b" not in shown
    found = json.loads(run("check", folder / "signed.png", *trusted, "--json"))
    assert "trusted" == found["files"][0]["verdict"]


def test_what_survives_is_said_with_its_interval(run: Callable[..., str], folder: Path) -> None:
    trusted = ("--anchors", folder / "keys" / "root.pem")
    shown = run("attack", folder / "signed.png", *trusted)
    assert "a copy of the same bytes: 1 of 1 (95 % interval 21% to 100%)" in shown
    assert "saved as JPEG of quality 50: 0 of 1 (95 % interval 0% to 79%)" in shown
    assert "no credential to attack" in run("attack", folder / "made.png", *trusted, code=4)


def test_keys_are_not_written_over(run: Callable[..., str], folder: Path) -> None:
    assert "not written over" in run("key", folder / "keys", "--workspace", folder, code=4)
