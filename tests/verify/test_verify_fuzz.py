"""Whatever is changed is refused or contradicted, never verified; and no bytes break the reader or fill its memory."""

# ruff: noqa: ANN401 - the class of `lab` lives in conftest, which importlib mode cannot import

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mutations
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.errors import AccordError, RecordError, VerificationError
from accord.evidence import read_entry
from accord.ledger import SigningKey, sign_envelope, unverified_payload
from accord.verify import Result, Trust, read_bundle, verify
from accord.verify.dossier import open_proof
from accord.verify.report_file import SCHEMA, parse_report

FUZZ = mutations.FUZZ

KEY = SigningKey.generate("log.example", entropy=lambda size: b"\x01" * size)

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


def unpack(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        path.write_bytes(data)
        read_bundle(path, Path(folder) / "out")


def paged(data: bytes) -> None:
    """Read a report's JSON as it stands in a page."""
    opening = b'<!doctype html><script type="application/json" id="accord-report">'
    parse_report(opening + data.replace(b"<", rb"\u003c") + b"</script>")


def resigned(data: bytes) -> None:
    """Read a statement as a record of whoever holds the key: the signer reaches furthest."""
    read_entry(0, sign_envelope(data, KEY), [KEY.public])


@pytest.fixture
def seeds(lab: Any) -> dict[Callable[[bytes], object], list[bytes]]:
    """Return what each parser accepts."""
    page, report = (lab.report(form).read_bytes() for form in ("html", "json"))
    return {
        unpack: [lab.bundle().read_bytes()],
        parse_report: [page, report],
        paged: [report],
        resigned: [unverified_payload(entry) for entry in lab.entries()],
    }


# A bundle is read by chunks of 1 MiB. JSON's smallest values take 25 bytes of memory for each of their own, first as
# JSON and then as a proof. A record has at most 64 KiB, and pydantic keeps a kilobyte for each mistake in it.
@pytest.mark.parametrize(
    ("parse", "factor", "fixed"),
    [(unpack, 10, 4_000_000), (parse_report, 60, 400_000), (paged, 60, 400_000), (resigned, 2_000, 400_000)],
)
@FUZZ
@given(data=st.data())
def test_parser_does_its_duty(
    seeds: dict[Any, list[bytes]], parse: Callable[[bytes], object], factor: int, fixed: int, data: st.DataObject
) -> None:
    mutations.check(parse, data.draw(mutations.mutated(seeds[parse])), factor=factor, fixed=fixed)


@pytest.mark.parametrize("entries", ["{}", "0", '""', '{"inclusion":["",""]}'])
def test_report_of_many_mistakes_is_refused_at_the_first(entries: str) -> None:
    proof = f'{{"artifacts":{{}},"checkpoint":"","entries":[{",".join([entries] * 5_000)}],"vkey":""}}'
    data = f'{{"content":{{}},"proof":{proof},"schema":"{SCHEMA}"}}'.encode()
    with pytest.raises(VerificationError, match="malformed"):
        parse_report(data)
    mutations.check(parse_report, data, factor=60, fixed=400_000)


def test_report_of_many_mistaken_artifacts_is_refused_at_the_first() -> None:
    artifacts = ",".join(f'"{number:064}":0' for number in range(5_000))
    proof = f'{{"artifacts":{{{artifacts}}},"checkpoint":"","entries":[],"vkey":""}}'
    data = f'{{"content":{{}},"proof":{proof},"schema":"{SCHEMA}"}}'.encode()
    mutations.check(parse_report, data, factor=10, fixed=400_000)


def test_record_of_many_mistakes_is_refused_in_few_words(lab: Any) -> None:
    evaluation = json.loads(unverified_payload(lab.entries()[2]))
    evaluation["predicate"]["metrics"] = [{}] * 5_000
    with pytest.raises(RecordError, match="metrics") as raised:
        resigned(json.dumps(evaluation).encode())
    assert len(str(raised.value)) < mutations.MESSAGE


@FUZZ
@given(data=st.data())
def test_damaged_proof_is_refused_or_says_the_same(lab: Any, data: st.DataObject) -> None:
    good, key = lab.report().read_bytes(), lab.space.public_key()
    try:
        found = open_proof(parse_report(data.draw(mutations.mutated([good]))), key).entries
    except AccordError:
        return
    assert found == open_proof(parse_report(good), key).entries


@FUZZ
@given(data=st.data())
def test_damaged_report_is_never_verified(lab: Any, data: st.DataObject) -> None:
    """It may be one that withholds: a report whose artifacts are taken out is still a report."""
    path = lab.report()
    good = path.read_bytes()
    path.write_bytes(data.draw(mutations.mutated([good]).filter(lambda other: other != good)))
    assert Result.VERIFIED != outcome(lab, path)
