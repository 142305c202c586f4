"""Asking an authority for a time-stamp over HTTP (RFC 3161, 3.4). Its answer is a stranger's."""

import os
from collections.abc import Callable
from http import HTTPStatus

from accord.errors import LedgerError, VerificationError
from accord.ledger.post import FAILURES, post
from accord.ledger.timestamp import MAX_TOKEN, NONCE_SIZE, format_request, unverified_time

_QUERY = "application/timestamp-query"


def request(url: str, text: bytes, *, timeout: float, entropy: Callable[[int], bytes] = os.urandom) -> bytes:
    """Have a text stamped and return the reply to keep, for `verify_token`; only its SHA-256 and a nonce are sent.

    Whose signature it bears is not yet known: the reply is granted, for this text and for this request. `timeout`
    is in seconds, for each wait. Raises LedgerError where the authority cannot be reached, refuses, or answers
    something else.
    """
    nonce = _positive(entropy(NONCE_SIZE))
    try:
        answer = post(url, format_request(text, nonce), _QUERY, timeout=timeout, limit=MAX_TOKEN)
        if answer.status != HTTPStatus.OK:
            raise ConnectionError(f"HTTP status {answer.status}")
        unverified_time(answer.body, text, nonce)
    except FAILURES as error:
        raise LedgerError("The time-stamp authority cannot be asked.", where=url, found=_shown(error)) from error
    except VerificationError as error:
        raise LedgerError(
            "The time-stamp authority's answer cannot be used.",
            where=url,
            expected=error.expected,
            found=f"{error.problem} {error.found}",
        ) from error
    return answer.body


def _positive(nonce: bytes) -> bytes:
    """Make the first byte 64 to 127, so that the nonce is a positive INTEGER of a fixed length."""
    return bytes([nonce[0] & 0x7F | 0x40]) + nonce[1:]


def _shown(error: Exception) -> str:
    return repr(str(error) or type(error).__name__)[:200]
