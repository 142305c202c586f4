"""Whatever bytes the ledger's parsers are given, they end, raise only our own errors, and keep memory in proportion.

Longer: `ACCORD_FUZZ=20000 pytest tests/ledger/test_ledger_fuzz.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import get_args

import mutations
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import VerificationError
from accord.evidence import ArtifactRef, DocumentRecord, read_entry, sign_record
from accord.ledger import (
    Checkpoint,
    PublicKey,
    SigningKey,
    Statement,
    Subject,
    Tile,
    digest,
    format_bundle,
    format_statement,
    leaf_hash,
    open_checkpoint,
    open_envelope,
    parse_bundle,
    parse_hashes,
    parse_json,
    parse_path,
    parse_statement,
    root,
    sign_checkpoint,
    sign_envelope,
    unverified_checkpoint,
    unverified_payload,
)
from accord.ledger.canonical import _unique
from accord.ledger.cosignature import Algorithm, WitnessKey, WitnessSigner, add_signatures, cosign, find_cosignatures
from accord.ledger.note import parse_note
from accord.ledger.policy import Policy
from accord.ledger.witness import Submission, Witness

FUZZ = mutations.FUZZ

KEY = SigningKey.generate("log.example", entropy=lambda size: b"\x01" * size)
SIGNERS = [
    WitnessSigner.generate(f"{kind}.example", kind, entropy=lambda size: b"\x02" * size) for kind in get_args(Algorithm)
]
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
LEAVES = [leaf_hash(bytes([number])) for number in range(5)]
CHECKPOINT = Checkpoint("log.example", 5, root(LEAVES))
SIGNED = sign_checkpoint(CHECKPOINT, KEY)
COSIGNED = add_signatures(SIGNED, [cosign(CHECKPOINT.text, signer, NOW) for signer in SIGNERS])
NOTES = [SIGNED, COSIGNED]

DOCUMENT = ArtifactRef(sha256=digest(b"policy"), size=6, media_type="text/plain")
RECORD = DocumentRecord(made=NOW, expires=NOW, id="policy", document=DOCUMENT)
ENVELOPE = sign_record(RECORD, KEY)
STATEMENTS = [
    unverified_payload(ENVELOPE),
    format_statement(
        Statement((Subject("a", "ab" * 32),), "https://example.org/unknown/v1", {"made": NOW.isoformat()})
    ),
]
JSON = [*STATEMENTS, b'{"a":[1,-0.5,1e3,"\\u00e9",true,false,null,{}],"":[[[]]]}', b"[0]", b'"text"', b"12"]

POLICY = f"""\
# trusted
log {KEY.public.vkey} https://log.example/
witness one {SIGNERS[0].public.vkey} https://one.example/
witness two {SIGNERS[1].public.vkey}
group both 2 one two
group all any both
quorum both
""".encode()
REQUESTS = [Submission(0, (), SIGNED).body, Submission(3, tuple(LEAVES[:3]), COSIGNED).body]


@dataclass(frozen=True)
class Parser:
    """A parser of bytes, what it accepts, and how many bytes of memory it may take for each byte it is given."""

    parse: Callable[[bytes], object]
    seeds: list[bytes]
    factor: int


def as_text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """Give a parser of text any text at all, lone surrogates among it."""
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


PARSERS = {
    "note": Parser(parse_note, NOTES, 30),
    "checkpoint": Parser(partial(open_checkpoint, key=KEY.public), NOTES, 30),
    "unverified checkpoint": Parser(unverified_checkpoint, NOTES, 30),
    "cosignatures": Parser(partial(find_cosignatures, keys=[signer.public for signer in SIGNERS]), [COSIGNED], 30),
    "signature lines": Parser(
        lambda data: add_signatures(SIGNED, [data.decode("utf-8", "replace")]), [COSIGNED.partition(b"\n\n")[2]], 30
    ),
    "bundle": Parser(partial(parse_bundle, width=3), [format_bundle([b"a", b"b" * 300, b"c"])], 30),
    "hashes": Parser(partial(parse_hashes, width=5), [b"".join(LEAVES)], 30),
    "path": Parser(as_text(parse_path), [Tile(0, 1234067, 5).path.encode(), b"tile/entries/000"], 30),
    "json": Parser(parse_json, JSON, 60),
    "envelope": Parser(partial(open_envelope, keys=[KEY.public]), [ENVELOPE], 60),
    "unverified payload": Parser(unverified_payload, [ENVELOPE], 60),
    "statement": Parser(parse_statement, STATEMENTS, 60),
    "record": Parser(partial(read_entry, 0, keys=[KEY.public]), [ENVELOPE], 60),
    # The signer is who can reach furthest: what is signed here is the damaged statement.
    "signed record": Parser(lambda data: read_entry(0, sign_envelope(data, KEY), [KEY.public]), STATEMENTS, 60),
    "verifier key": Parser(as_text(PublicKey.parse), [KEY.public.vkey.encode()], 30),
    "PEM key": Parser(as_text(partial(PublicKey.parse, name="a")), [KEY.public.pem.encode()], 30),
    "witness key": Parser(as_text(WitnessKey.parse), [signer.public.vkey.encode() for signer in SIGNERS], 30),
    "policy": Parser(Policy.parse, [POLICY], 100),
    "policy text": Parser(as_text(Policy.parse), [POLICY], 100),
    "policy check": Parser(Policy.parse(POLICY).check, NOTES, 30),
    "witness request": Parser(Submission.parse, REQUESTS, 30),
}


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Witness:
    folder = tmp_path_factory.mktemp("witness")
    Witness.create(folder, SIGNERS[0])
    return Witness(folder, SIGNERS[0], {"log.example": (KEY.public,)}, lambda: NOW)


@pytest.mark.parametrize("name", PARSERS)
def test_seed_is_accepted(name: str) -> None:
    for seed in PARSERS[name].seeds:
        PARSERS[name].parse(seed)


@pytest.mark.parametrize("name", PARSERS)
@FUZZ
@given(data=st.data())
def test_parser_does_its_duty(name: str, data: st.DataObject) -> None:
    parser = PARSERS[name]
    mutations.check(parser.parse, data.draw(mutations.mutated(parser.seeds)), factor=parser.factor)


@FUZZ
@given(data=st.data())
def test_witness_answers_any_request(witness: Witness, data: st.DataObject) -> None:
    body = data.draw(mutations.mutated(REQUESTS))
    answer = witness.add_checkpoint(body)
    assert answer.status in {200, 400, 403, 404, 409, 422}
    mutations.check(witness.add_checkpoint, body, factor=30)


@pytest.mark.parametrize("name", ["json", "envelope", "statement", "record"])
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" * 100_000, id="deep list"),
        pytest.param(b'{"a":' * 100_000, id="deep object"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep and closed"),
        pytest.param(b'{"payload":1,"payload":2}', id="key twice"),
        pytest.param(b'{"a":NaN}', id="NaN"),
        pytest.param(b"-Infinity", id="Infinity"),
        pytest.param(b"9" * 100_000, id="large integer"),
        pytest.param(b"1e999", id="overflow"),
        pytest.param(b'"\\ud800"', id="lone surrogate"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte order mark"),
        pytest.param("{}".encode("utf-16"), id="another encoding"),
    ],
)
def test_trick_of_json_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(VerificationError, match="not strict JSON"):
        PARSERS[name].parse(data)


def test_key_that_is_twice_is_found_without_comparing_each_with_each() -> None:
    class Key(str):
        compared = 0

        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            Key.compared += 1
            return str.__eq__(self, other)

    names = [*range(2_000), 1_999]
    with pytest.raises(ValueError, match="'1999' appears twice"):
        _unique([(Key(name), 0) for name in names])
    assert Key.compared < 10 * len(names)
