from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import AccordError, SignatureError, VerificationError
from accord.ledger import EMPTY_ROOT, Checkpoint, SigningKey, sign_checkpoint
from accord.ledger.cosignature import Algorithm, WitnessSigner, add_signatures, cosign
from accord.ledger.policy import MAX_POLICY, Group, KnownLog, KnownWitness, Policy

AT = datetime(2026, 11, 23, tzinfo=UTC)
KEY = SigningKey.generate("log.example", entropy=lambda n: b"\x01" * n)
OTHER = SigningKey.generate("other.example", entropy=lambda n: b"\x02" * n)
CHECKPOINT = Checkpoint("log.example", 7, EMPTY_ROOT)
NOTE = sign_checkpoint(CHECKPOINT, KEY)


def make(name: str) -> WitnessSigner:
    kind: Algorithm = "ml-dsa-44" if name == "Y3" else "ed25519"
    return WitnessSigner.generate(f"witness.example/{name}", kind, entropy=lambda n: name.encode().ljust(n))


SIGNERS = {name: make(name) for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")}
KEYS = {name: signer.public.vkey for name, signer in SIGNERS.items()}
LOG = f"log {KEY.public.vkey} https://log.example/\n"
WITNESSES = "".join(f"witness {name} {vkey}\n" for name, vkey in KEYS.items())
# The example of the specification, with keys.
EXAMPLE = f"""\
# Two organisations
{LOG}
{WITNESSES}
group X-witnesses 2 X1 X2 X3
  group\tY-witnesses any Y1 Y2 Y3\t
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def cosigned(*names: str) -> bytes:
    return add_signatures(NOTE, [cosign(CHECKPOINT.text, SIGNERS[name], AT) for name in names])


def test_policy_of_the_specification() -> None:
    policy = Policy.parse(EXAMPLE)
    assert policy.logs == (KnownLog(KEY.public, "https://log.example/"),)
    assert [KnownWitness(name, signer.public, "") for name, signer in SIGNERS.items()] == list(policy.witnesses)
    assert policy.groups[0] == Group("X-witnesses", 2, ("X1", "X2", "X3"))
    assert [2, 1, 2] == [group.threshold for group in policy.groups]
    assert policy.quorum == "X-and-Y"


@pytest.mark.parametrize("names", [("X1", "X2", "Y1"), ("X1", "X3", "Y3"), tuple(SIGNERS)])
def test_quorum_is_met(names: tuple[str, ...]) -> None:
    quorum = Policy.parse(EXAMPLE).check(cosigned(*names))
    assert (True, "") == (quorum.satisfied, quorum.missing)
    assert {SIGNERS[name].public for name in names} == {each.key for each in quorum.cosignatures}


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (
            (),
            (
                "'X-and-Y' has 0 of 2: not 'X-witnesses', 'Y-witnesses'; "
                "'Y-witnesses' has 0 of 1: not 'Y1', 'Y2', 'Y3'; "
                "'X-witnesses' has 0 of 2: not 'X1', 'X2', 'X3'"
            ),
        ),
        (("X1", "X2"), "'X-and-Y' has 1 of 2: not 'Y-witnesses'; 'Y-witnesses' has 0 of 1: not 'Y1', 'Y2', 'Y3'"),
        (("X2", "Y1"), "'X-and-Y' has 1 of 2: not 'X-witnesses'; 'X-witnesses' has 1 of 2: not 'X1', 'X3'"),
    ],
)
def test_quorum_is_not_met(names: tuple[str, ...], missing: str) -> None:
    quorum = Policy.parse(EXAMPLE).check(cosigned(*names))
    assert (False, missing) == (quorum.satisfied, quorum.missing)


def test_quorum_of_one_witness() -> None:
    policy = Policy.parse(f"{LOG}{WITNESSES}quorum X1\n")
    assert policy.check(cosigned("X1")).satisfied
    assert policy.check(cosigned("X2")).missing == "not cosigned by 'X1'"


def test_quorum_none() -> None:
    assert Policy.parse("quorum none\n").check(NOTE).satisfied


def test_witness_does_not_count_twice() -> None:
    twice = cosigned("X1") + cosign(CHECKPOINT.text, SIGNERS["X1"], AT.replace(year=2027)).encode()
    quorum = Policy.parse(EXAMPLE).check(twice)
    assert (2, False) == (len(quorum.cosignatures), quorum.satisfied)


def test_check_of_another_log() -> None:
    policy = Policy.parse(f"log {OTHER.public.vkey}\nquorum none\n")
    with pytest.raises(SignatureError, match="not signed by the log"):
        policy.check(NOTE)


def test_check_of_one_of_two_logs() -> None:
    assert Policy.parse(f"log {OTHER.public.vkey}\n{LOG}quorum none\n").check(NOTE).satisfied


def test_check_of_a_bad_cosignature() -> None:
    older = cosign(Checkpoint("log.example", 6, EMPTY_ROOT).text, SIGNERS["Y1"], AT)
    with pytest.raises(SignatureError):
        Policy.parse(EXAMPLE).check(cosigned("X1", "X2", "Y2") + older.encode())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("log\n", 1),
        (f"{LOG}{LOG}", 2),
        (f"log {KEYS['X1']}\n", 1),
        (f"log {KEY.public.vkey} a b\n", 1),
        ("\n\nwitness X1\n", 3),
        (f"witness X1 {KEY.public.vkey}\n", 1),
        (f"witness none {KEYS['X1']}\n", 1),
        (f"witness X1 {KEYS['X1']}\nwitness X1 {KEYS['X2']}\n", 2),
        (f"witness X1 {KEYS['X1']}\nwitness X2 {KEYS['X1']}\n", 2),
        (f"{WITNESSES}group G any\n", 7),
        (f"{WITNESSES}group G some X1\n", 7),
        (f"{WITNESSES}group G 0 X1\n", 7),
        (f"{WITNESSES}group G 2 X1\n", 7),
        (f"{WITNESSES}group G 01 X1\n", 7),
        (f"{WITNESSES}group G -1 X1\n", 7),
        (f"{WITNESSES}group G \N{ARABIC-INDIC DIGIT ONE} X1\n", 7),
        (f"{WITNESSES}group G any X1 X1\n", 7),
        (f"{WITNESSES}group G any G\n", 7),
        (f"{WITNESSES}group G any none\n", 7),
        (f"{WITNESSES}group none any X1\n", 7),
        (f"{WITNESSES}group X1 any X2\n", 7),
        (f"{WITNESSES}group G any X1\ngroup H any X1\n", 8),
        (f"{WITNESSES}group G any H\ngroup H any X1\n", 7),
        ("quorum\n", 1),
        ("quorum X1\n", 1),
        ("quorum none none\n", 1),
        ("quorum none\nquorum none\n", 2),
        (f"quorum X1\nwitness X1 {KEYS['X1']}\n", 1),
        ("Quorum none\n", 1),
        ("quorum none # so far\n", 1),
    ],
)
def test_policy_malformed_names_the_line(text: str, line: int) -> None:
    with pytest.raises(VerificationError, match=f"where: policy line {line}\n|where: policy line {line}$"):
        Policy.parse(text if "quorum" in text else f"{text}quorum none\n")


@pytest.mark.parametrize(
    "text",
    ["", "\n", "# quorum none\n", LOG, "quorum none", "quorum none\r\n", "quorum none\x00\n", "quorum none\x7f\n"],
)
def test_policy_malformed(text: str) -> None:
    with pytest.raises(VerificationError):
        Policy.parse(text)


def test_policy_names_are_opaque_bytes() -> None:
    kelvin = b"witness \xe2\x84\xaa " + KEYS["X1"].encode()
    plain = b"witness K " + KEYS["X2"].encode()
    broken = b"witness \xff\xe3\x80\x80 " + KEYS["X3"].encode()
    policy = Policy.parse(b"\n".join([b"# \xff", kelvin, plain, broken, b"quorum \xff\xe3\x80\x80", b""]))
    assert ["\N{KELVIN SIGN}", "K", "\udcff\u3000"] == [witness.name for witness in policy.witnesses]
    assert policy.check(cosigned("X3")).satisfied
    assert policy.check(NOTE).missing.isascii()


def test_policy_of_many() -> None:
    makers = [make(f"{number}") for number in range(100)]
    lines = [LOG, *(f"log {SigningKey.generate(f'{number}').public.vkey}\n" for number in range(99))]
    lines += [f"witness {number} {signer.public.vkey}\n" for number, signer in enumerate(makers)]
    lines += ["group g0 all 0\n", *(f"group g{number} all {number} g{number - 1}\n" for number in range(1, 100))]
    policy = Policy.parse("".join([*lines, "quorum g99\n"]))
    note = add_signatures(NOTE, [cosign(CHECKPOINT.text, signer, AT) for signer in makers[1:]])
    assert policy.check(note).missing.endswith("'g0' has 0 of 1: not '0'")


def test_policy_of_too_many() -> None:
    lines = [f"witness {number} {make(f'{number}').public.vkey}\n" for number in range(1_001)]
    with pytest.raises(VerificationError, match="too many"):
        Policy.parse("".join([*lines, "quorum none\n"]))


def test_policy_too_long() -> None:
    with pytest.raises(VerificationError, match="too long"):
        Policy.parse("#" * MAX_POLICY + "\nquorum none\n")


WORDS = st.sampled_from([*KEYS, *KEYS.values(), "none", "all", "any", "1", "2", "G", "H", "#", KEY.public.vkey])
LINES = st.builds(
    lambda first, rest: " ".join([first, *rest]) + "\n",
    st.sampled_from(["log", "witness", "group", "quorum", "#", ""]),
    st.lists(WORDS, max_size=4),
)


@given(st.one_of(st.binary(), st.text(), st.lists(LINES, max_size=8).map("".join)))
def test_policy_of_anything(text: bytes | str) -> None:
    try:
        policy = Policy.parse(text)
    except AccordError as error:
        assert str(error).encode()  # noqa: PT017 - most texts are refused
    else:
        names = {witness.name for witness in policy.witnesses} | {group.name for group in policy.groups}
        assert policy.quorum in names | {"none"}
