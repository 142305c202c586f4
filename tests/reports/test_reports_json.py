"""report.json: canonical, as its published schema says, and the same however often it is made."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from accord.errors import VerificationError
from accord.ledger import format_json, parse_json
from accord.reports import FORMATS, SCHEMA, Content, render_json
from accord.verify import Proof, parse_report

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Draft202012Validator:
    text = (ROOT / "docs/reference/report.schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text))


@pytest.mark.parametrize("name", FORMATS)
def test_report_is_the_golden_one(proof: Proof, name: str) -> None:
    """Run scripts/make_golden_report.py where a change was meant, and read the difference."""
    assert (Path(__file__).parent / "golden" / f"report.{name}").read_bytes() == FORMATS[name](proof)


@pytest.mark.parametrize("name", FORMATS)
def test_report_carries_its_proof(proof: Proof, name: str) -> None:
    assert proof == parse_report(FORMATS[name](proof))


def test_json_is_canonical(proof: Proof) -> None:
    data = render_json(proof)
    assert data == format_json(parse_json(data))


def test_json_satisfies_its_schema(proof: Proof, schema: jsonschema_rs.Draft202012Validator) -> None:
    schema.validate(json.loads(render_json(proof)))


@pytest.mark.parametrize("part", ["schema", "content", "proof"])
def test_schema_refuses_a_report_without(proof: Proof, schema: jsonschema_rs.Draft202012Validator, part: str) -> None:
    value = json.loads(render_json(proof))
    del value[part]
    assert not schema.is_valid(value)


def test_schema_is_current() -> None:
    script = ROOT / "scripts" / "make_report_schema.py"
    ran = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert (0, "") == (ran.returncode, ran.stderr)


def test_content_reads_back(proof: Proof, content: Content) -> None:
    value = parse_json(render_json(proof))
    assert (SCHEMA, content) == (value["schema"], Content.model_validate(value["content"]))


def test_render_refuses_a_proof_that_is_not_sound(proof: Proof) -> None:
    shorter = proof.model_copy(update={"entries": proof.entries[:-1]})
    with pytest.raises(VerificationError):
        render_json(shorter)
