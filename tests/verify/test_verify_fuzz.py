"""One byte changed anywhere is refused or contradicted, never verified."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.errors import VerificationError
from accord.verify import Result, Trust, verify

# Each example puts the byte back, so that they may share one workspace.
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def outcome(lab: Any, target: Path) -> Result:
    try:
        return Result(lab.verify(target).worst)
    except VerificationError:
        return Result.CONTRADICTED


def flip(lab: Any, target: Path, path: Path, data: st.DataObject) -> Result:
    """Return what verifying `target` comes to after one byte of `path`, below or equal to it, was changed."""
    good = path.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1), label=path.name)
    new = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[at]))
    path.write_bytes(good[:at] + bytes([new]) + good[at + 1 :])
    try:
        return outcome(lab, target)
    finally:
        path.write_bytes(good)


@shared
@given(st.data())
def test_byte_changed_in_a_log_is_contradicted(lab: Any, data: st.DataObject) -> None:
    files = sorted(p for p in lab.space.ledger.rglob("*") if p.is_file() and not p.name.startswith("."))
    path = data.draw(st.sampled_from(files), label="file")
    assert Result.CONTRADICTED == flip(lab, lab.space.ledger, path, data)


@shared
@given(st.data())
def test_byte_changed_in_an_artifact_is_contradicted(lab: Any, data: st.DataObject) -> None:
    files = sorted(p for p in lab.space.artifacts.folder.rglob("*") if p.is_file())
    path = data.draw(st.sampled_from(files), label="file")
    assert Result.CONTRADICTED == flip(lab, lab.space.root, path, data)


@shared
@given(st.data())
def test_byte_changed_in_a_bundle_is_refused(lab: Any, data: st.DataObject) -> None:
    path = lab.folder / "bundle.zip"
    assert Result.CONTRADICTED == flip(lab, path, path if path.exists() else lab.bundle(), data)


@pytest.mark.parametrize("form", ["json", "html"])
@shared
@given(data=st.data())
def test_byte_changed_in_a_report_is_contradicted(lab: Any, form: str, data: st.DataObject) -> None:
    path = lab.folder / f"report.{form}"
    assert Result.CONTRADICTED == flip(lab, path, path if path.exists() else lab.report(form), data)


@shared
@given(st.data())
def test_report_with_one_value_changed_is_contradicted(lab: Any, data: st.DataObject) -> None:
    """Text edits that keep the JSON well formed reach further in than flipped bytes do."""
    path = lab.report()
    good = path.read_bytes()
    at = data.draw(st.sampled_from([i for i, byte in enumerate(good) if chr(byte).isalnum()]))
    new = data.draw(st.sampled_from("0123456789abcdefABCDEF").filter(lambda c: ord(c) != good[at]))
    path.write_bytes(good[:at] + new.encode() + good[at + 1 :])
    assert Result.CONTRADICTED == outcome(lab, path)


@settings(max_examples=200)
@given(data=st.binary(max_size=400), magic=st.sampled_from([b"PK\x03\x04", b"{", b"<", b""]))
def test_any_bytes_are_refused(
    tmp_path_factory: pytest.TempPathFactory, now: datetime, data: bytes, magic: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(magic + data)
    with pytest.raises(VerificationError):
        verify(path, trust=Trust(), now=now, renderers={})
