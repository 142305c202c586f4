"""What was announced, withheld and erased is told, by record; and so are keys that changed and outsiders who signed."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

import pytest

from accord.evidence import ArtifactRef, ClosedRecord, DocumentRecord, Entry, EvaluationRecord, Origin, Records, Ref
from accord.ledger import PublicKey, SigningKey
from accord.reports import Content
from accord.reports.custody import make_anchors, make_custody, make_keys
from accord.reports.html import format_page
from accord.reports.limits import find_limits
from accord.reports.models import AnchorReport, Closed, Custody
from accord.reports.rows import describe, make_rows
from accord.verify import Proof, open_proof
from accord.verify.dossier import CARRIED
from accord.workspace import Anchor, Workspace, first_key, rotate

NOTHING = Custody(pending=(), unplanned=(), closed=(), erased=(), elsewhere=())


def test_plan_without_a_result_is_told(content: Content) -> None:
    assert [(7, "privacy", "tiny-1")] == [(p.index, p.suite, p.model) for p in content.custody.pending]


def test_evaluations_that_nothing_announced_are_told(content: Content) -> None:
    assert [3, 4, 5, 6, 11] == [u.index for u in content.custody.unplanned]


def test_withheld_fields_are_told_by_record(content: Content) -> None:
    fields = ("log", "metrics", "scores")
    hidden = ("description", "role", "source", "title")
    assert (
        Closed(of="evaluation", why="withheld", fields=fields, records=(9,)),
        Closed(of="incident", why="withheld", fields=hidden, records=(40,)),
    ) == content.custody.closed


def test_field_withheld_from_a_record_that_stays_open_is_told(
    evaluation: Callable[..., EvaluationRecord], now: datetime
) -> None:
    entry = Entry(Ref(index=0, leaf="00" * 32), Origin.SELF, evaluation(), ("problem",))
    told = Closed(of="evaluation", why="withheld", fields=("problem",), records=(0,))
    assert (told,) == make_custody(Records([entry], now)).closed


def test_scores_too_large_for_the_file_are_told(evaluation: Callable[..., EvaluationRecord], now: datetime) -> None:
    kinds = (CARRIED, 1, CARRIED - 1, CARRIED + 1)
    refs = [ArtifactRef(sha256=f"{i:064x}", size=size, media_type="application/json") for i, size in enumerate(kinds)]
    entries = [
        Entry(Ref(index=i, leaf="00" * 32), Origin.SELF, evaluation(scores=ref), ()) for i, ref in enumerate(refs)
    ]
    assert (0, 3) == make_custody(Records(entries, now)).elsewhere


def test_report_names_records_whose_scores_are_elsewhere(content: Content) -> None:
    custody = content.custody.model_copy(update={"elsewhere": (4, 9)})
    limits = find_limits(content.model_copy(update={"custody": custody}))
    assert any("scores of 2 records: 4, 9 are too large" in limit for limit in limits)


def test_erased_text_is_told_by_record_field_and_ground(content: Content) -> None:
    told = [(e.index, e.fields, e.records, str(e.reason)) for e in content.custody.erased]
    assert [(8, ("document",), (0,), "retention-ended")] == told


def test_outsiders_are_told_by_the_name_that_they_claim(content: Content) -> None:
    assert (AnchorReport(size=7, signers=("witness.example/w1",), stamped=False),) == content.log.anchors


def test_time_stamp_is_told(proof: Proof) -> None:
    dossier = open_proof(proof, PublicKey.parse(proof.vkey))
    stamped = dataclasses.replace(dossier, anchors=(Anchor(11, dossier.signed_checkpoint, b"token"),))
    assert (AnchorReport(size=11, signers=(), stamped=True),) == make_anchors(stamped)


@pytest.mark.parametrize(
    "words",
    [
        "No result is recorded of 1 announced evaluation: privacy (record 7).",
        "Nothing here rests on fields that are withheld in 2 records: 9, 40.",
        "1 text beside the log can no longer be looked at: erased, see record 8.",
    ],
)
def test_limits_name_what_is_open_withheld_and_erased(content: Content, words: str) -> None:
    assert 1 == content.limits.count(words)


@pytest.mark.parametrize(("signers", "words"), [((), ["No witness has signed"]), (("w.example",), [])])
def test_limits_say_where_no_witness_signed(content: Content, signers: tuple[str, ...], words: list[str]) -> None:
    anchor = AnchorReport(size=7, signers=signers, stamped=True)
    log = content.log.model_copy(update={"anchors": (anchor,)})
    limits = find_limits(content.model_copy(update={"log": log}))
    assert words == [limit[:21] for limit in limits if "witness" in limit or "in time" in limit]


def test_limits_say_that_nobody_fixed_the_dates(content: Content) -> None:
    bare = content.model_copy(update={"log": content.log.model_copy(update={"anchors": ()})})
    assert 1 == sum("every date in it" in limit for limit in find_limits(bare))


def test_log_without_any_of_it_has_no_limit_of_it(content: Content) -> None:
    limits = find_limits(content.model_copy(update={"custody": NOTHING}))
    assert [] == [limit for limit in limits if "announced" in limit or "withheld" in limit or "erased" in limit]


def test_closed_run_is_in_no_list_of_runs(content: Content) -> None:
    assert 9 not in [r.index for r in (*content.runs, *content.others, *content.incomplete)]


def test_closed_plan_tells_no_more_than_its_sequence(now: datetime, records: Callable[..., Records]) -> None:
    assert NOTHING == make_custody(records())
    closed = ClosedRecord(made=now, of="plan", why="withheld", fields=("settings",))
    assert "plan, which supports nothing here; withheld: settings" == describe(closed)


def test_page_says_where_nothing_was_announced_withheld_or_erased(content: Content, proof: Proof) -> None:
    page = format_page(content.model_copy(update={"custody": NOTHING}), proof)
    section = page.partition('<section id="custody"')[2].partition("</section>")[0]
    assert (4, 1) == (section.count("<dd>None."), section.count("<dd>Nothing."))


def test_run_leads_to_the_record_that_announced_it(content: Content, proof: Proof) -> None:
    evaluation = content.runs[0].evaluation.model_copy(update={"plan": content.findings[0].evidence[0]})
    runs = (content.runs[0].model_copy(update={"evaluation": evaluation}), *content.runs[1:])
    page = format_page(content.model_copy(update={"runs": runs}), proof)
    assert 'announced in <a class="record" href="#record-4">' in page


@pytest.fixture
def rotated(
    tmp_path_factory: pytest.TempPathFactory, key: SigningKey, now: datetime, document: Callable[..., DocumentRecord]
) -> Records:
    """Return a log whose key was stolen at its second record."""
    new = SigningKey.generate(key.name, entropy=lambda size: bytes(range(40, 40 + size)))
    third = SigningKey.generate(key.name, entropy=lambda size: bytes(range(80, 80 + size)))
    space = Workspace.create(tmp_path_factory.mktemp("rotated"), key, key.name)
    space.append([first_key(key.public, new.public, now), document("a"), document("b")])
    rotate(space, new, third.public, "compromised", now, revoked_since=2)
    return space.records(now)


def test_keys_are_told_with_what_they_revoke(rotated: Records) -> None:
    told = [(k.index, k.reason, k.revoked_since) for k in make_keys(rotated)]
    assert [(0, "first", None), (3, "compromised", 2)] == told


def test_records_of_a_revoked_key_are_told(rotated: Records) -> None:
    assert (Closed(of="document", why="revoked", fields=(), records=(2,)),) == make_custody(rotated).closed


def test_rows_describe_keys_and_what_they_closed(rotated: Records) -> None:
    rows = [row.about for row in make_rows(rotated)]
    assert "document, which supports nothing here; its key was revoked" == rows[2]
    assert [True, True] == [rows[i].startswith("Key ") for i in (0, 3)]


def test_limits_name_the_records_of_a_revoked_key(content: Content, rotated: Records) -> None:
    limits = find_limits(content.model_copy(update={"custody": make_custody(rotated)}))
    assert "Nothing here rests on what a revoked key signed in 1 record: 2." in limits
