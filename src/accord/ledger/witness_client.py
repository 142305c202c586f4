"""Asking witnesses over HTTP for their cosignatures (C2SP tlog-witness); nothing that they answer is believed."""

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Protocol

from accord.errors import LedgerError, VerificationError
from accord.ledger.checkpoint import unverified_checkpoint
from accord.ledger.cosignature import WitnessKey, add_signatures, find_cosignatures
from accord.ledger.note import Note, format_note, parse_note, parse_signatures
from accord.ledger.policy import KnownWitness, Policy
from accord.ledger.post import FAILURES, Answer, post
from accord.ledger.witness import SIZE_TYPE, Submission

MAX_ANSWER = 65_536
"""The most bytes of an answer that are read."""

_AT_ONCE = 8
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class Growing(Protocol):
    """What is asked of a log: the proof that its tree extends that of an older size."""

    def consistency(self, old: int) -> list[bytes]:
        """Return the hashes of the consistency proof (RFC 6962, 2.1.2)."""


def ask(
    url: str, note: bytes, old: int, prove: Callable[[int], Sequence[bytes]], key: WitnessKey, timeout: float
) -> str:
    """Return one witness's verified signature line, with its line break, for a signed checkpoint.

    `url` is its submission prefix; `old` the size that it is thought to have seen (0 when unknown: its answer
    tells), `prove` gives the proof from a size; `timeout` is in seconds, for each wait for the network and for the
    whole of an answer's body, in at most two requests.
    Raises LedgerError naming the URL: it cannot be reached, it refuses, it has seen a longer log or another
    history, or its answer does not verify.
    """
    size = unverified_checkpoint(note).size
    answer = _post(url, _submit(note, old, size, prove), timeout)
    if answer.status == HTTPStatus.CONFLICT:
        seen = _read_size(url, answer)
        if seen > size:
            raise LedgerError(
                "The witness has seen a longer log: this one is behind, or a fork.",
                where=url,
                expected=f"a size of at most {size}",
                found=str(seen),
                fix="ask with the newest checkpoint; if this is the newest, keep both as evidence",
            )
        answer = _post(url, _submit(note, seen, size, prove), timeout)
    if answer.status != HTTPStatus.OK:
        raise _refusal(url, answer)
    return _verify(url, answer, note, key)


def ask_all(
    policy: Policy, note: bytes, log: Growing, timeout: float, *, seen: Mapping[str, int] | None = None
) -> tuple[bytes, tuple[LedgerError, ...]]:
    """Ask every witness of a policy at once; return the note with the cosignatures, and what went wrong.

    `seen` may hold, by the witness's name in the policy, the size that it is thought to have seen. Witnesses
    whose URL the policy does not give are among the failures. Raises VerificationError when the note is not a
    signed checkpoint.
    """
    unverified_checkpoint(note)

    def answer(witness: KnownWitness) -> str | LedgerError:
        if not witness.url:
            return LedgerError("The policy gives no URL for this witness.", where=ascii(witness.name))
        try:
            return ask(witness.url, note, (seen or {}).get(witness.name, 0), log.consistency, witness.key, timeout)
        except LedgerError as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(answer, policy.witnesses))
    lines = [line for line in answers if isinstance(line, str)]
    return add_signatures(note, lines), tuple(error for error in answers if isinstance(error, LedgerError))


def _submit(note: bytes, old: int, size: int, prove: Callable[[int], Sequence[bytes]]) -> bytes:
    # Every tree extends the empty one and itself: neither takes a proof.
    return Submission(old, tuple(prove(old)) if 0 < old < size else (), note).body


def _post(url: str, body: bytes, timeout: float) -> Answer:
    place = f"{url.rstrip('/')}/add-checkpoint"
    try:
        return post(place, body, "text/plain; charset=utf-8", timeout=timeout, limit=MAX_ANSWER)
    except FAILURES as error:
        raise LedgerError(
            "The witness cannot be reached.", where=ascii(url)[1:-1], found=ascii(str(error)[:200])
        ) from error


def _read_size(url: str, answer: Answer) -> int:
    size = _SIZE.fullmatch(answer.body)
    if answer.content_type != SIZE_TYPE or not size:
        raise LedgerError(
            "The witness does not say which size it has seen.",
            where=url,
            expected=f"a size, as {SIZE_TYPE}",
            found=repr(answer.body[:100]),
        )
    return int(size[1])


def _refusal(url: str, answer: Answer) -> LedgerError:
    problem = {
        403: "The witness does not trust the key that signed this checkpoint.",
        404: "The witness does not know this log.",
        409: "The witness saw the log grow meanwhile, or contradicts itself.",
        422: "The witness holds another history of this log.",
    }.get(answer.status, "The witness refused.")
    return LedgerError(problem, where=url, found=f"{answer.status} {answer.body[:200]!r}")


def _verify(url: str, answer: Answer, note: bytes, key: WitnessKey) -> str:
    """Return the line of an answer that is the witness's cosignature of this very note."""
    try:
        signatures = parse_signatures(answer.body.decode())
        own = [each for each in signatures if (each.name, each.key_hash) == (key.name, key.note_hash)][:1]
        found = own and find_cosignatures(format_note(Note(parse_note(note).text, tuple(own))), [key])
    except (VerificationError, UnicodeDecodeError) as error:
        raise LedgerError("The witness's answer does not verify.", where=url, found=str(error)[:500]) from error
    if not found:
        raise LedgerError(
            "The witness's answer is without its cosignature.", where=url, expected=f"a signature by {key.name}"
        )
    return own[0].line
