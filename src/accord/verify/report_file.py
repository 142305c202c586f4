"""The proof inside a report file: report.json, or the data block of report.html that holds the same JSON."""

import re
from typing import Any

from accord.errors import VerificationError
from accord.ledger import format_json, parse_json
from accord.verify.dossier import Proof, parse_proof

SCHEMA = "https://w3id.org/accord-code/report/v1"

MAX_REPORT = 64 * 2**20
"""The most bytes of a report that are read."""

_LANGUAGE = re.compile(rb'<html lang="([a-z]{2})">')
_HEAD = 100
"""Within how many bytes a page says its language."""
_MASTHEAD = b'<header class="masthead">'
_OPEN = b'<script type="application/json" id="accord-report">'
_CLOSE = b"</script>"

SITE_NAV = (
    b'<nav class="site" lang="en" aria-label="This site"><div class="wrap"><a href="../../index.html">All releases</a> '
    b'<a href="index.html">This release</a> <a href="../../records/index.html">Evidence</a></div></nav>\n'
)
"""What a published site adds to a report's page, before its head: the ways to its other pages."""


def strip_site(page: bytes) -> bytes:
    """Return a report's page without what a site added to it, which is the same in every page."""
    return page.replace(SITE_NAV + _MASTHEAD, _MASTHEAD, 1)


def add_site(page: bytes) -> bytes:
    """Return a report's page with the ways to the other pages of its site."""
    return page.replace(_MASTHEAD, SITE_NAV + _MASTHEAD, 1)


def parse_report(data: bytes) -> Proof:
    """Return the proof that a report carries; nothing of it is checked yet.

    Raises VerificationError where the bytes are not such a report, or could be read in two ways.
    """
    value = parse_json(_data_block(data) if find_format(data) == "html" else data, where="report")
    if not isinstance(value, dict) or set(value) != {"schema", "content", "proof"} or value["schema"] != SCHEMA:
        raise VerificationError("This is not a report of a known schema.", expected=SCHEMA, found=_found(value))
    return parse_proof(value["proof"])


def find_format(data: bytes) -> str:
    """Return "html" or "json", judged by the first byte; raise VerificationError for anything else."""
    formats = {b"<": "html", b"{": "json"}
    if data[:1] not in formats:
        raise VerificationError(
            "This is nothing that Accord can verify.",
            expected="a workspace, a log's folder, a bundle, report.html or report.json",
            found=f"a file that begins with {data[:16]!r}",
        )
    return formats[data[:1]]


def find_name(data: bytes) -> str:
    """Return what a report's file is called: `report.json`, `report.html`, or `report.fr.html` of a page in French."""
    form, found = find_format(data), _LANGUAGE.search(data[:_HEAD])
    return f"report.{found[1].decode()}.{form}" if form == "html" and found and found[1] != b"en" else f"report.{form}"


def _data_block(page: bytes) -> bytes:
    if page.count(_OPEN) != 1:
        raise VerificationError(
            "A report has exactly one data block.", expected=_OPEN.decode(), found=f"{page.count(_OPEN)} of them"
        )
    block, close, _ = page.partition(_OPEN)[2].partition(_CLOSE)
    if not close or b"<" in block or format_json(parse_json(block)).replace(b"<", rb"\u003c") != block:
        raise VerificationError("The report's data block is not canonical.", expected="RFC 8785 JSON with < escaped")
    return block


def _found(value: Any) -> str:  # noqa: ANN401 - what a strict JSON parser returned
    return repr(value.get("schema"))[:200] if isinstance(value, dict) else type(value).__name__
