"""Asking an authority for a time-stamp over HTTP (RFC 3161, 3.4). Its answer is a stranger's."""

import os
from collections.abc import Callable
from email.message import Message
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from accord import __version__
from accord.errors import LedgerError, VerificationError
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
        reply = _post(url, format_request(text, nonce), timeout)
        unverified_time(reply, text, nonce)
    except (OSError, HTTPException, ValueError) as error:
        raise LedgerError("The time-stamp authority cannot be asked.", where=url, found=_shown(error)) from error
    except VerificationError as error:
        raise LedgerError(
            "The time-stamp authority's answer cannot be used.",
            where=url,
            expected=error.expected,
            found=f"{error.problem} {error.found}",
        ) from error
    return reply


class _NoRedirect(HTTPRedirectHandler):
    """Leaves a redirect the error that its status is: the text goes nowhere but where it was sent."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str) -> None:
        """Follow nothing."""


def _post(url: str, query: bytes, timeout: float) -> bytes:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError("the address does not begin with http:// or https://")
    headers = {"Content-Type": _QUERY, "User-Agent": f"accord/{__version__}"}
    asked = Request(url, query, headers, method="POST")  # noqa: S310 - see above
    try:
        with build_opener(_NoRedirect).open(asked, timeout=timeout) as answer:
            data: bytes = answer.read(MAX_TOKEN + 1)
            return data
    except HTTPError as error:
        error.close()  # the error holds the connection
        raise


def _positive(nonce: bytes) -> bytes:
    """Make the first byte 64 to 127, so that the nonce is a positive INTEGER of a fixed length."""
    return bytes([nonce[0] & 0x7F | 0x40]) + nonce[1:]


def _shown(error: Exception) -> str:
    return repr(str(error) or type(error).__name__)[:200]
