"""What a verification could not show, whatever its claims say. A gap is no fault: it is named so that it is known."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from accord.evidence import (
    AssessmentRecord,
    ClosedRecord,
    EvaluationRecord,
    Origin,
    Records,
    is_current,
    open_plans,
    planned,
    unplanned,
)
from accord.verify.claims import UNPINNED, Claim, Gap, Result
from accord.verify.history import Opened

STALE_DAYS = 90
"""A log whose newest record is older than this may have been left behind."""

_NAMED = 5

MEMORY = "checkpoint.memory"
"""The claim that the signer's own last checkpoint is not newer than the log."""


def find_gaps(opened: Opened, claims: Sequence[Claim], now: datetime) -> Iterator[Gap]:
    """Yield the gaps of a target whose log was `opened` and of which `claims` were checked, at the moment `now`."""
    if not opened.standing.pinned:
        text = "No key was pinned, so nothing here shows who signed it: name a key that you have from elsewhere."
        yield Gap(id=UNPINNED, text=text)
    if all(claim.id != MEMORY for claim in claims):
        text = "Nothing here shows that the log has no later entries: compare its checkpoint with the published one."
        yield Gap(id="later-entries", text=text)
    records = Records(opened.entries.values(), now)
    yield from _find_time(records)
    yield from _find_logs(records, claims)
    yield from _find_plans(records)
    yield from _find_closed(records)
    yield from _find_evaluators(records, claims)


def _find_time(records: Records) -> Iterator[Gap]:
    newest = max((entry.record.made for entry in records), default=records.at)
    if newest < records.at - timedelta(days=STALE_DAYS):
        text = f"The newest record was made on {newest:%Y-%m-%d}, over {STALE_DAYS} days ago."
        yield Gap(id="stale-checkpoint", text=text)
    if newest > records.at:
        yield Gap(id="future-record", text=f"A record is dated {newest:%Y-%m-%d %H:%M} UTC, which is yet to come.")
    assessment = records.latest(AssessmentRecord)
    if assessment and not is_current(assessment.record, records.at):
        text = f"Evidence of the newest assessment expired on {assessment.record.expires:%Y-%m-%d}."
        yield Gap(id="expired-evidence", text=text)


def _find_logs(records: Records, claims: Sequence[Claim]) -> Iterator[Gap]:
    withheld = {claim.id for claim in claims if claim.result == Result.WITHHELD}
    runs = records.of(EvaluationRecord)
    without = sum(f"artifact.{run.record.log.sha256}" in withheld for run in runs)
    if without:
        text = f"{without} of {len(runs)} evaluation logs are not included, so nobody can compare scores with answers."
        yield Gap(id="logs-not-included", text=text)


def _find_plans(records: Records) -> Iterator[Gap]:
    if waiting := open_plans(records):
        named = ", ".join(f"{planned(e)[0]} (record {e.ref.index})" for e in waiting[:_NAMED])
        text = f"{len(waiting)} evaluations were announced, and no complete result of them was recorded: {named}."
        yield Gap(id="open-plans", text=text)
    if bare := unplanned(records):
        named = ", ".join(f"{e.record.suite.id} (record {e.ref.index})" for e in bare[:_NAMED])
        text = f"{len(bare)} evaluations were not announced before they were run: {named}."
        yield Gap(id="unplanned-evaluations", text=text)


def _find_closed(records: Records) -> Iterator[Gap]:
    if hidden := [e for e in records if e.withheld]:
        fields = sum(len(e.withheld) for e in hidden)
        yield Gap(id="withheld-fields", text=f"{fields} fields of {len(hidden)} records are withheld.")
    revoked = [e for e in records.of(ClosedRecord) if e.record.why == "revoked"]
    if revoked:
        named = ", ".join(str(e.ref.index) for e in revoked[:_NAMED])
        text = f"{len(revoked)} records were signed by a key after it was stolen, as its owner says: {named}."
        yield Gap(id="revoked-records", text=text)


def _find_evaluators(records: Records, claims: Sequence[Claim]) -> Iterator[Gap]:
    known = {claim.id for claim in claims if claim.result == Result.VERIFIED}
    unnamed = [e for e in records if e.origin != Origin.SELF and f"record.{e.ref.index}" not in known]
    if unnamed:
        named = ", ".join(str(e.ref.index) for e in unnamed[:_NAMED])
        text = (
            f"{len(unnamed)} records are by evaluators whose keys you did not name: {named}. That they are independent "
            "is the organisation's word."
        )
        yield Gap(id="unnamed-evaluators", text=text)
