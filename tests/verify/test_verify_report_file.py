"""A report's proof is read from one place, in one way."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

from typing import Any

import pytest

from accord.errors import VerificationError
from accord.ledger import format_json, parse_json
from accord.verify import parse_report, target

OPEN = b'<script type="application/json" id="accord-report">'


@pytest.mark.parametrize("form", ["json", "html"])
def test_proof_is_read_as_it_was_written(lab: Any, form: str) -> None:
    assert lab.proof() == parse_report(lab.report(form).read_bytes())


@pytest.mark.parametrize("again", [OPEN + b"{}</script>", OPEN])
def test_page_with_two_data_blocks_is_refused(lab: Any, again: bytes) -> None:
    with pytest.raises(VerificationError, match="exactly one data block"):
        parse_report(lab.report("html").read_bytes() + again)


def test_page_without_a_data_block_is_refused() -> None:
    with pytest.raises(VerificationError, match="exactly one data block"):
        parse_report(b"<html></html>")


@pytest.mark.parametrize("block", [b'{"schema": 1}', rb'{"schema":"\u0041"}', b'{"a":"<"}', b"{}", b"{", b""])
def test_page_with_a_data_block_of_another_form_is_refused(block: bytes) -> None:
    with pytest.raises(VerificationError):
        parse_report(b"<html>" + OPEN + block + b"</script>")


def test_page_with_an_open_data_block_is_refused(lab: Any) -> None:
    data = lab.report("html").read_bytes()
    with pytest.raises(VerificationError, match="not canonical"):
        parse_report(data[: data.index(b"</script>")])


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b'{"a":1,"a":2}',
        b'{"content":{},"proof":{},"schema":"https://example.org/other"}',
        b'{"content":{},"proof":{},"schema":"https://w3id.org/accord-code/report/v1"}',
        b'{"content":{},"proof":[],"schema":"https://w3id.org/accord-code/report/v1"}',
        b'{"content":' * 5000,
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
    ],
)
def test_json_that_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(VerificationError):
        parse_report(data)


@pytest.mark.parametrize(
    "change",
    [
        {"checkpoint": ""},
        {"vkey": "\x00"},
        {"entries": []},
        {"entries": [{"index": 0, "leaf": "00" * 32, "envelope": "é", "inclusion": []}]},
        {"entries": [{"index": 7, "leaf": "00" * 32, "envelope": "AAAA", "inclusion": ["00" * 32] * 99}]},
    ],
)
def test_proof_that_proves_nothing_is_contradicted(lab: Any, change: dict[str, Any]) -> None:
    report = parse_json(lab.report().read_bytes())
    report["proof"].update(change)
    lab.report_path.write_bytes(format_json(report))
    assert "contradicted" == lab.verify(lab.report_path).worst


def test_report_that_is_too_large_is_refused(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lab.report()
    monkeypatch.setattr(target, "MAX_REPORT", 1000)
    with pytest.raises(VerificationError, match="too large"):
        lab.verify(path)
