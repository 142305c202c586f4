"""Outsiders count where the verifier named them, and only for the tree that they saw."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.evidence import ArtifactRef, DocumentRecord, Entry, Origin, Record, Ref, UnknownRecord
from accord.ledger import Checkpoint, Policy, SigningKey, leaf_hash, root, sign_checkpoint
from accord.ledger.cosignature import WitnessSigner, add_signatures, cosign
from accord.verify.anchors import Moment, check_anchors, check_dates, check_quorum, describe_gaps
from accord.verify.claims import Result
from accord.verify.history import History
from accord.workspace import Anchor

ORIGIN = "log.example"
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = SigningKey.generate(ORIGIN, entropy=lambda n: b"\x01" * n)
ENTRIES = {index: b"entry %d" % index for index in range(8)}
NAMED = WitnessSigner.generate("named.example", "ed25519", entropy=lambda n: b"\x02" * n)
OTHER = WitnessSigner.generate("other.example", "ml-dsa-44", entropy=lambda n: b"\x03" * n)
POLICY = Policy.parse(f"witness named {NAMED.public.vkey}\nquorum named\n")
NOBODY = Policy.parse(f"witness named {NAMED.public.vkey}\nquorum none\n")

# A time-stamp of the first five entries, made as in tests/ledger/test_ledger_timestamp.py, and its authority's root.
TOKEN = b64decode("""
MIIDAzADAgEAMIIC+gYJKoZIhvcNAQcCoIIC6zCCAucCAQMxDzANBglghkgBZQMEAgEFADB1BgsqhkiG9w0BCRABBKBmBGQwYgIBAQYDKgMEMDEwDQYJYI
ZIAWUDBAIBBQAEIBg96guQmgvHFnjSuSPS51VlrNyf/qsAMbr6YGvcfSEaAgECGA8yMDI2MTEyMzE4MzYzMFowBwIBAYACAfQCCEFBQUFBQUFBoIIBLDCC
ASgwgdugAwIBAgIBBzAFBgMrZXAwDzENMAsGA1UEAwwEUm9vdDAeFw0yMDAxMDEwMDAwMDBaFw00MDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCUF1dGhvcm
l0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLHDIqOcFf2QQxf9QRkUrFvFDE6+ipRWc8CwaQscsquUTJ7ql4eSX7kTcnsp5Ux6IQYoL7Oe3d3dImlD
tfyEqUOjKDAmMAwGA1UdEwEB/wQCMAAwFgYDVR0lAQH/BAwwCgYIKwYBBQUHAwgwBQYDK2VwA0EA2/W4pPFwudbASHYXM6Fw1xUT6o4EQoMS9L0PNuLSwN
eAt8IVO9C+yj1nb7lM8yJSKM1Knfh60Yly8+2q/FSqBTGCASgwggEkAgEBMBQwDzENMAsGA1UEAwwEUm9vdAIBBzANBglghkgBZQMEAgEFAKCBpDAaBgkq
hkiG9w0BCQMxDQYLKoZIhvcNAQkQAQQwHAYJKoZIhvcNAQkFMQ8XDTI2MTEyMzE4MzYzMFowLwYJKoZIhvcNAQkEMSIEIOdYKnq3V33gDGuCWfWbM1wWpo
J9Lqd6de4vompMwtjlMDcGCyqGSIb3DQEJEAIvMSgwJjAkMCIEIIbgJWQBLzYpZ2PTrAmnVCgpYv8HH7yYPnF2I4LclWRwMAoGCCqGSM49BAMCBEcwRQIg
FgBP0oKLbpXKngV4E/ejNSFyeLQR73hBJ1hFHful37YCIQC7a13nSakG41KxGbXjpevMQ08F0pI9J0t9kuCSlkL15Q==
""")
ROOT = b64decode("""
MIHfMIGSoAMCAQICAQQwBQYDK2VwMA8xDTALBgNVBAMMBFJvb3QwHhcNMjAwMTAxMDAwMDAwWhcNNDAwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARSb290MC
owBQYDK2VwAyEAfuqAhttjuh5I2rsXU+jn2Qlkt0hT/ugAViQ2A+naalWjEzARMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAArMT7BtVfHryuBNN1c+e
VJvWI4MqZnRoo+8MN9edbY2AZnHb24ZuXIc/xuzRuH5saD5XnQXvVSs7UgBk23NTAw==
""")
# As the test above makes them: the root of another authority.
OTHER_ROOT = b64decode("""
MIHfMIGSoAMCAQICAQQwBQYDK2VwMA8xDTALBgNVBAMMBFJvb3QwHhcNMjAwMTAxMDAwMDAwWhcNNDAwMTAxMDAwMDAwWjAPMQ0wCwYDVQQDDARSb290MC
owBQYDK2VwAyEAW9hhb2u1YBOPbmsZ7PlB5HsZ0OAR4qdSmM4rRZ++sh+jEzARMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAiUDv6OvfNIHPXq2Sdj17
CxYiIAuW5Wl5Doax3++ZAgKVTij/LKmzxSMURfHa3L3jxYt/+Q11oRba+vkbJk39DA==
""")
STAMPED = Moment(5, datetime(2026, 11, 23, 18, 36, 30, tzinfo=UTC), "CN=Authority")


def signed(size: int, *by: WitnessSigner, origin: str = ORIGIN, first: bytes = ENTRIES[0]) -> bytes:
    """Return the checkpoint of the first entries, cosigned by these witnesses."""
    entries = [first, *(ENTRIES[index] for index in range(1, size))]
    checkpoint = Checkpoint(origin, size, root([leaf_hash(entry) for entry in entries]))
    return add_signatures(sign_checkpoint(checkpoint, KEY), [cosign(checkpoint.text, each, AT) for each in by])


def bent(note: bytes) -> bytes:
    """Return a note whose last signature is of another text."""
    head, _, line = note.rstrip(b"\n").rpartition(b"\n")
    place = len(line) - 20
    return head + b"\n" + line[:place] + (b"A" if line[place : place + 1] != b"A" else b"B") + line[place + 1 :] + b"\n"


def history(*by: WitnessSigner, size: int = 8) -> History:
    note = signed(size, *by)
    leaves = [leaf_hash(ENTRIES[index]) for index in range(size)]
    return History(note, None, Checkpoint(ORIGIN, size, root(leaves)), {i: ENTRIES[i] for i in range(size)})


def results(
    anchor: Anchor, policy: Policy | None = POLICY, roots: Sequence[bytes] = ()
) -> tuple[Result, tuple[Moment, ...]]:
    (claim,), moments = check_anchors(history(), [anchor], policy, roots)
    assert f"anchor.{anchor.size}" == claim.id
    return claim.result, moments


def record(made: datetime, index: int = 4, origin: Origin = Origin.SELF) -> Entry[Record]:
    artifact = ArtifactRef(sha256="00" * 32, size=0, media_type="text/plain")
    return Entry(Ref(index=index, leaf="00" * 32), origin, DocumentRecord(made=made, id="x", document=artifact))


def dates(made: datetime, *moments: Moment, index: int = 4) -> Result:
    claim = check_dates([record(made, index)], moments)
    assert claim
    return claim.result


def test_quorum_is_verified() -> None:
    assert Result.VERIFIED == check_quorum(signed(8, NAMED, OTHER), POLICY).result


def test_quorum_says_who_is_missing() -> None:
    claim = check_quorum(signed(8, OTHER), POLICY)
    assert (Result.CONTRADICTED, "not cosigned by 'named'") == (claim.result, claim.reason)


@pytest.mark.parametrize("note", [bent(signed(8, NAMED)), b"", b"\xff"])
def test_quorum_of_what_does_not_verify_is_contradicted(note: bytes) -> None:
    assert Result.CONTRADICTED == check_quorum(note, POLICY).result


def test_anchor_with_a_named_witness_gives_its_moment() -> None:
    anchor = Anchor(5, signed(5, NAMED, OTHER))
    assert (Result.VERIFIED, (Moment(5, AT, "named.example"),)) == results(anchor)


@pytest.mark.parametrize("policy", [POLICY, None])
def test_anchor_by_nobody_who_was_named_cannot_be_told(policy: Policy | None) -> None:
    assert (Result.CANNOT_TELL, ()) == results(Anchor(5, signed(5, OTHER), TOKEN), policy)


@pytest.mark.parametrize(
    "anchor",
    [
        Anchor(5, signed(5, NAMED, first=b"rewritten")),
        Anchor(5, signed(5, NAMED, origin="other.example")),
        Anchor(5, signed(6, NAMED)),
        Anchor(5, bent(signed(5, NAMED))),
        Anchor(5, b"\xff"),
    ],
)
def test_anchor_that_is_not_of_this_log_is_contradicted(anchor: Anchor) -> None:
    assert (Result.CONTRADICTED, ()) == results(anchor)


def test_anchor_beyond_the_log_is_contradicted() -> None:
    (claim,), moments = check_anchors(history(size=4), [Anchor(5, signed(5, NAMED))], POLICY, ())
    assert (Result.CONTRADICTED, ()) == (claim.result, moments)


def test_anchor_with_a_time_stamp_gives_its_moment() -> None:
    assert (Result.VERIFIED, (STAMPED,)) == results(Anchor(5, signed(5), TOKEN), None, [ROOT])


def test_time_stamp_by_an_authority_that_was_not_named_cannot_be_told() -> None:
    assert (Result.CANNOT_TELL, ()) == results(Anchor(5, signed(5), TOKEN), None, [OTHER_ROOT])


@pytest.mark.parametrize("token", [b"", TOKEN[:-3] + bytes([TOKEN[-3] ^ 1]) + TOKEN[-2:]])
def test_time_stamp_that_does_not_verify_is_contradicted(token: bytes) -> None:
    assert (Result.CONTRADICTED, ()) == results(Anchor(5, signed(5, NAMED), token), POLICY, [ROOT])


def test_time_stamp_of_another_checkpoint_is_contradicted() -> None:
    assert (Result.CONTRADICTED, ()) == results(Anchor(6, signed(6), TOKEN), None, [ROOT])


def test_checkpoint_of_the_log_itself_gives_moments_and_no_claim() -> None:
    assert ((), (Moment(8, AT, "named.example"),)) == check_anchors(history(NAMED), [], POLICY, ())


def test_checkpoint_that_its_entries_do_not_give_fixes_nothing() -> None:
    forged = replace(history(NAMED), entries={**ENTRIES, 0: b"rewritten"})
    assert ((), ()) == check_anchors(forged, [], POLICY, ())


def test_history_without_a_checkpoint_contradicts_every_anchor() -> None:
    (claim,), moments = check_anchors(History(b"", None, None, {}), [Anchor(5, signed(5, NAMED))], POLICY, ())
    assert (Result.CONTRADICTED, ()) == (claim.result, moments)


def test_dates_without_a_moment_are_not_claimed() -> None:
    assert check_dates([record(AT)], ()) is None


@pytest.mark.parametrize(
    ("made", "size", "result"),
    [
        (AT - HOUR, 4, Result.VERIFIED),
        (AT - HOUR - timedelta(seconds=1), 4, Result.CONTRADICTED),
        (AT - HOUR - timedelta(seconds=1), 5, Result.VERIFIED),
        (AT + HOUR, 5, Result.VERIFIED),
        (AT + HOUR + timedelta(seconds=1), 5, Result.CONTRADICTED),
        (AT + HOUR + timedelta(seconds=1), 4, Result.VERIFIED),
        (datetime.min.replace(tzinfo=UTC), 4, Result.CONTRADICTED),
        (datetime.max.replace(tzinfo=UTC), 5, Result.CONTRADICTED),
    ],
)
def test_date_of_a_record_lies_between_the_moments(made: datetime, size: int, result: Result) -> None:
    assert result == dates(made, Moment(size, AT, "x"))


def test_date_is_not_judged_by_an_old_checkpoint_that_was_stamped_late() -> None:
    late, seen = Moment(2, AT, "x"), Moment(5, AT - 9 * HOUR, "x")
    assert Result.VERIFIED == dates(AT - 9 * HOUR, late, seen)
    assert Result.CONTRADICTED == dates(AT - 9 * HOUR, late)


def test_dates_name_at_most_five_records() -> None:
    claim = check_dates([record(AT - 2 * HOUR, index) for index in range(9)], [Moment(0, AT, "x")])
    assert claim
    assert [f"Record {index}" in claim.reason for index in range(9)] == [True] * 5 + [False] * 4
    assert claim.reason.endswith("And 4 more.")


def test_dates_of_others_and_of_unknown_records_are_passed_over() -> None:
    unknown = UnknownRecord(made=AT - 9 * HOUR, predicate_type="x")
    entries = [record(AT - 9 * HOUR, origin=Origin.INDEPENDENT), replace(record(AT), record=unknown)]
    claim = check_dates(entries, [Moment(0, AT, "x")])
    assert claim
    assert Result.VERIFIED == claim.result


MOMENTS = st.lists(st.builds(Moment, st.integers(0, 6), st.integers(0, 9).map(lambda n: AT + n * HOUR), st.just("x")))


@given(MOMENTS.filter(bool), st.integers(0, 6), st.integers(0, 9))
def test_dates_are_judged_as_each_moment_says(moments: list[Moment], index: int, hours: int) -> None:
    made = AT + hours * HOUR
    late = any(m.size > index and made - m.time > HOUR for m in moments)
    ends = [m for m in moments if all(o.time > m.time for o in moments if o.size > m.size)]
    early = any(m.size <= index and m.time - made > HOUR for m in ends)
    assert (Result.CONTRADICTED if late or early else Result.VERIFIED) == dates(made, *moments, index=index)


@pytest.mark.parametrize(
    ("by", "policy", "words"),
    [
        ((), None, "No independent witness"),
        ((OTHER,), None, "you did not name ('other.example')"),
        ((OTHER,), POLICY, "Too few"),
        ((OTHER,), NOBODY, "asks for no witness"),
    ],
)
def test_gap_of_an_unwitnessed_checkpoint(by: tuple[WitnessSigner, ...], policy: Policy | None, words: str) -> None:
    gaps = {gap.id: gap.text for gap in describe_gaps(history(*by), policy, ())}
    assert words in gaps["unwitnessed-log"]


def test_gap_of_a_cosignature_that_does_not_verify() -> None:
    broken = replace(history(), signed=bent(signed(8, NAMED)))
    assert "did not sign" in next(iter(describe_gaps(broken, POLICY, ()))).text


def test_gaps_are_closed_by_named_witnesses() -> None:
    assert [] == list(describe_gaps(history(NAMED), POLICY, [Moment(8, AT, "x")]))


@pytest.mark.parametrize(
    ("moments", "words"), [((), "of any record"), ([Moment(5, AT, "x"), Moment(3, AT, "x")], "records 5 to 7")]
)
def test_gap_of_records_after_the_last_moment(moments: Sequence[Moment], words: str) -> None:
    gaps = {gap.id: gap.text for gap in describe_gaps(history(), None, moments)}
    assert words in gaps["unanchored-time"]


def test_gaps_of_a_history_without_a_checkpoint() -> None:
    assert ["unwitnessed-log"] == [gap.id for gap in describe_gaps(History(b"", None, None, {}), None, ())]
