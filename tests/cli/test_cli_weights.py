import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class Shell:
    """Runs a command when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("id",)


@pytest.fixture
def run(accord: Callable[..., Any]) -> Callable[..., str]:
    def call(*args: object, code: int = 0) -> str:
        done = accord("weights", *args)
        assert done.code == code, done.out + done.err
        return str(done.out + done.err)

    return call


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "weights.bin").write_bytes(bytes(5000))
    return folder


def test_a_model_is_signed_verified_and_found_changed(run: Callable[..., str], model: Path, tmp_path: Path) -> None:
    key, public = tmp_path / "k", tmp_path / "k.pub"
    run("key", key)
    assert "Signed 2 files" in run("sign", model, "--key", key)
    assert "All 2 files are as they were signed." in run("verify", model, "--key", public)
    (model / "config.json").rename(model / "c\x1b[2J.json")
    (model / "weights.bin").write_bytes(bytes(4999) + b"x")
    shown = run("verify", model, "--key", public, code=3)
    assert "changed: weights.bin" in shown
    assert "renamed: config.json is now c\\x1b[2J.json" in shown
    found = json.loads(run("verify", model, "--key", public, "--json", code=3))
    assert not found["agrees"]
    assert found["changed"] == ["weights.bin"]


def test_a_missing_signature_and_a_wrong_key(run: Callable[..., str], model: Path, tmp_path: Path) -> None:
    run("key", tmp_path / "k")
    run("key", tmp_path / "other")
    assert "model.sig" in run("verify", model, "--key", tmp_path / "k.pub", code=4)
    run("sign", model, "--key", tmp_path / "k")
    assert "another key" in run("verify", model, "--key", tmp_path / "other.pub", code=3)
    assert "not written over" in run("key", tmp_path / "k", code=4)
    assert "either --key or --roots" in run("verify", model, code=2)
    (model / "model.sig").write_text("{}")
    assert "not a model signature" in run("verify", model, "--key", tmp_path / "k.pub", code=3)


def test_a_scan_names_what_would_run(run: Callable[..., str], model: Path) -> None:
    (model / "weights.bin").unlink()
    assert "1 safe" in run("scan", model)
    (model / "m.pkl").write_bytes(pickle.dumps(Shell()))
    shown = run("scan", model, code=1)
    assert "suspicious: m.pkl (pickle)" in shown
    assert "posix.system at byte" in shown
    files = json.loads(run("scan", model, "--json", code=1))["files"]
    assert [(f["name"], f["verdict"]) for f in files] == [("config.json", "safe"), ("m.pkl", "suspicious")]


def test_a_scan_shows_where_a_second_opinion_disagrees(run: Callable[..., str], model: Path) -> None:
    asked = ("--second-opinion", "picklescan", "--second-opinion", "fickling")
    (model / "weights.bin").unlink()
    (model / "safe.pkl").write_bytes(pickle.dumps([1]))
    assert "disagrees" not in run("scan", model, *asked)
    (model / "broken\x1b[2J.pkl").write_bytes(b"\x80\x04K\x01")
    shown = run("scan", model, *asked, code=1)
    assert "disagrees: safe: broken\\x1b[2J.pkl" in shown
    found = json.loads(run("scan", model, *asked, "--json", code=1))
    opinions = next(f for f in found["files"] if f["name"] == "safe.pkl")["opinions"]
    assert [("picklescan", "safe"), ("fickling", "safe")] == [(o["tool"], o["verdict"]) for o in opinions]
