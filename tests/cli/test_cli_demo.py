"""The demo's parts: what it declares, and that verify rejects the copy that it forges. `make demo` is the whole."""

# ruff: noqa: ANN401 - importlib mode cannot import a class of conftest into a test

from pathlib import Path
from typing import Any

import pytest

from accord.cli.demo import _forge, _prepare, _refuse
from accord.errors import VerificationError
from accord.evals import demo_weights
from accord.manifest import load_system
from accord.verify import Trust
from accord.workspace import key_spans


def test_forged_bundle_is_rejected_with_a_reason(finished: Any, tmp_path: Path, now: Any) -> None:
    trust = Trust((finished.space.public_key().vkey,))
    sound = finished.space.root / "bundle.zip"
    forged = _forge(sound, tmp_path / "forged.zip")
    assert any(reason.startswith("report.json") for reason in _refuse(forged, trust, now))
    with pytest.raises(VerificationError, match="not rejected"):
        _refuse(sound, trust, now)


def test_forged_bundle_differs_in_the_report_alone(finished: Any, tmp_path: Path) -> None:
    sound = finished.space.root / "bundle.zip"
    assert sound.read_bytes() != _forge(sound, tmp_path / "forged.zip").read_bytes()


@pytest.mark.model
def test_demo_declares_the_packaged_model(tmp_path: Path) -> None:
    system = load_system(_prepare(tmp_path / "demo", None, None).manifest)
    assert (str(demo_weights()), 1) == (system.model.weights, system.evaluation.seed)


def test_options_change_the_declaration_and_keep_the_log(tmp_path: Path) -> None:
    weights = tmp_path / 'we "ights.gguf'
    weights.write_bytes(b"GGUF")
    first = _prepare(tmp_path / "demo", weights, None)
    checkpoint = (first.ledger / "checkpoint").read_bytes()
    again = load_system(_prepare(tmp_path / "demo", weights, 7).manifest)
    assert (str(weights), 7) == (again.model.weights, again.evaluation.seed)
    assert checkpoint == (first.ledger / "checkpoint").read_bytes()


def test_seed_zero_is_a_seed(tmp_path: Path) -> None:
    weights = tmp_path / "w.gguf"
    weights.write_bytes(b"GGUF")
    _prepare(tmp_path / "demo", weights, 5)
    assert 0 == load_system(_prepare(tmp_path / "demo", weights, 0).manifest).evaluation.seed


def test_demo_begins_its_log_as_init_does(tmp_path: Path) -> None:
    weights = tmp_path / "w.gguf"
    weights.write_bytes(b"GGUF")
    spans = key_spans(_prepare(tmp_path / "demo", weights, None))
    assert ["first"] == [span.record.reason for span in spans if span.record]
