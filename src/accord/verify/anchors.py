"""Claims that rest on outsiders: witnesses that cosigned a checkpoint, and authorities that time-stamped it.

Only those whom the verifier named count. What they saw is a tree; that it is this log's is computed here. Pure.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain
from typing import Any

from accord.errors import SignatureError, VerificationError
from accord.evidence import Entry, Origin, UnknownRecord
from accord.ledger import Policy, find_cosignatures, unverified_checkpoint
from accord.ledger.note import parse_note
from accord.ledger.timestamp import verify_token
from accord.verify.claims import Claim, Gap, Result, explain
from accord.verify.history import History, check_earlier
from accord.workspace import Anchor

_TOLERANCE = timedelta(hours=1)  # clocks differ, and a record is appended some time after it is made
_NAMED = 5
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
_COSIGNATURES = {8 + 64, 8 + 2_420}  # C2SP tlog-cosignature: a time, and a signature of Ed25519 or of ML-DSA-44
_UNNAMED = "The checkpoint has cosignatures, by witnesses that you did not name"
_NO_CHAIN = "certificate verify error"  # what OpenSSL says where a chain does not end at one of the roots


@dataclass(frozen=True)
class Moment:
    """An outsider's word, by whom the verifier named, that the log's first `size` entries were there at `time`."""

    size: int
    time: datetime
    by: str


def check_quorum(signed: bytes, policy: Policy) -> Claim:
    """Check that as many of the witnesses cosigned a signed checkpoint as the policy asks (C2SP tlog-policy)."""
    text = "The checkpoint is cosigned as your policy asks."
    try:
        reason = policy.check(signed).missing
    except VerificationError as error:
        reason = explain(error)
    result = Result.CONTRADICTED if reason else Result.VERIFIED
    return Claim(id="witnesses.quorum", text=text, result=result, reason=reason)


def check_anchors(
    history: History, anchors: Iterable[Anchor], policy: Policy | None, roots: Sequence[bytes]
) -> tuple[tuple[Claim, ...], tuple[Moment, ...]]:
    """Return a claim for each anchor, and every moment that one of the policy's witnesses or a time-stamp fixed.

    `roots` are the certificates of time-stamp authorities, as of `accord.ledger.timestamp.verify_token`. The log's
    own checkpoint gives moments too, and no claim: what is wrong with it, other claims say. Raises MissingExtraError
    where there are roots and the library that reads time-stamps is not installed.
    """
    checked = [_check_anchor(history, anchor, policy, roots) for anchor in anchors]
    own = Anchor(history.claimed.size, history.signed) if history.claimed else None
    seen = _check_anchor(history, own, policy, ())[1] if own else ()
    moments = dict.fromkeys(chain(seen, *(found for _, found in checked)))
    return tuple(claim for claim, _ in checked), tuple(moments)


def check_dates(entries: Iterable[Entry[Any]], moments: Sequence[Moment]) -> Claim | None:
    """Compare what records say of their age with the moments; None where there are none.

    A record is contradicted where it says it was made over an hour after it was seen, or over an hour before a moment
    at which the log ended before it. A moment that came when the log is known to have been longer shows only the
    first: somebody may have an old checkpoint time-stamped for the sake of what stands before it.
    """
    if not moments:
        return None
    bounds = _find_bounds(moments)
    own = (e for e in entries if e.origin == Origin.SELF and not isinstance(e.record, UnknownRecord))
    faults = [fault for entry in own if (fault := _find_fault(entry, *bounds(entry.ref.index)))]
    more = [f"And {len(faults) - _NAMED} more."] if len(faults) > _NAMED else []
    return Claim(
        id="log.dates",
        text="Records are as old as they say, where outsiders fixed the log in time.",
        result=Result.CONTRADICTED if faults else Result.VERIFIED,
        reason=" ".join([*faults[:_NAMED], *more]),
    )


def describe_gaps(history: History, policy: Policy | None, moments: Iterable[Moment]) -> Iterator[Gap]:
    """Yield what no outsider vouches for: that there is one log (`unwitnessed-log`), and dates (`unanchored-time`)."""
    if text := _find_unwitnessed(history, policy):
        yield Gap(id="unwitnessed-log", text=f"{text}: its owner could show other people another log.")
    size = history.claimed.size if history.claimed else 0
    fixed = max((moment.size for moment in moments), default=0)
    if fixed < size:
        since = f"of records {fixed} to {size - 1}" if fixed else "of any record"
        yield Gap(id="unanchored-time", text=f"Nobody whom you named fixed the date {since}: it is its owner's word.")


def _check_anchor(
    history: History, anchor: Anchor, policy: Policy | None, roots: Sequence[bytes]
) -> tuple[Claim, tuple[Moment, ...]]:
    text = f"An outsider saw the log when it had {anchor.size} entries, and they are these."
    claim = Claim(id=f"anchor.{anchor.size}", text=text, result=Result.VERIFIED)
    try:
        _require_earlier(history, anchor)
        moments = (*_find_witnessed(anchor, policy), *_find_stamped(anchor, roots))
    except VerificationError as error:
        return claim.model_copy(update={"result": Result.CONTRADICTED, "reason": explain(error)}), ()
    if moments:
        return claim, moments
    reason = "Nobody whom you named vouches for it."
    return claim.model_copy(update={"result": Result.CANNOT_TELL, "reason": reason}), ()


def _require_earlier(history: History, anchor: Anchor) -> None:
    checkpoint = unverified_checkpoint(anchor.note)
    reason = check_earlier(history, checkpoint)
    if checkpoint.size != anchor.size:
        reason = f"It covers {checkpoint.size} entries."
    if reason:
        raise VerificationError(reason)


def _find_witnessed(anchor: Anchor, policy: Policy | None) -> Iterator[Moment]:
    keys = [witness.key for witness in policy.witnesses] if policy else []
    for cosignature in find_cosignatures(anchor.note, keys):
        yield Moment(anchor.size, cosignature.time, cosignature.key.name)


def _find_stamped(anchor: Anchor, roots: Sequence[bytes]) -> Iterator[Moment]:
    if anchor.token is None or not roots:
        return
    try:
        # Over the canonical text, which a note may follow with lines of its own.
        stamp = verify_token(anchor.token, unverified_checkpoint(anchor.note).text.encode(), roots)
    except SignatureError as error:
        # An authority that was not named is no fault of the log, whoever it is: it only vouches for nothing.
        if _NO_CHAIN not in error.found:
            raise
    else:
        yield Moment(anchor.size, stamp.time, stamp.authority)


def _find_bounds(moments: Iterable[Moment]) -> Callable[[int], tuple[datetime, datetime]]:
    """Return what gives, for an index, the moment after which its record came and the one before which it was there."""
    ordered = sorted(moments, key=lambda moment: moment.size)
    sizes = [moment.size for moment in ordered]
    seen = [*accumulate((m.time for m in reversed(ordered)), min, initial=_NEVER)][::-1]
    # Where a longer log was seen earlier, the log did not end here at this moment.
    ends = [m.time if m.time < seen[bisect_right(sizes, m.size)] else _ALWAYS for m in ordered]
    since = [*accumulate(ends, max, initial=_ALWAYS)]
    return lambda index: (since[bisect_right(sizes, index)], seen[bisect_right(sizes, index)])


def _find_fault(entry: Entry[Any], since: datetime, seen: datetime) -> str:
    made, index = entry.record.made, entry.ref.index
    # Differences, because a moment an hour before the year 1 cannot be said.
    if since - made > _TOLERANCE:
        return f"Record {index} says {made.isoformat()}, and was not there at {since.isoformat()}."
    if made - seen > _TOLERANCE:
        return f"Record {index} says {made.isoformat()}, and was there at {seen.isoformat()}."
    return ""


def _find_unwitnessed(history: History, policy: Policy | None) -> str:
    """Return why nobody whom the verifier named watches over the checkpoint, or ""."""
    if policy is None:
        names = _find_cosigners(history)
        return f"{_UNNAMED} ({', '.join(names[:_NAMED])})" if names else "No independent witness signed the checkpoint"
    try:
        quorum = policy.check(history.signed)
    except VerificationError:
        return "The witnesses that you named did not sign this checkpoint"
    if quorum.satisfied and not quorum.cosignatures:
        return "Your policy asks for no witness, and none that it names signed the checkpoint"
    return "" if quorum.satisfied else "Too few of the witnesses that you named signed the checkpoint"


def _find_cosigners(history: History) -> list[str]:
    """Return the names under which something of a cosignature's form stands, spelled in ASCII."""
    if history.claimed is None:
        return []
    return [ascii(each.name) for each in parse_note(history.signed).signatures if len(each.signature) in _COSIGNATURES]
