"""Was this made by that system? For a program, and over HTTP for users (clause 7.3)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from importlib.resources import files
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cryptography import x509

from accord.provenance.credentials import TYPES, Credential, Verdict, check_content

LARGEST = 1 << 26
"""Bytes of content that a request may hold."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = [
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
_PAGES = {
    "/": ("check.html", "text/html; charset=utf-8"),
    "/check.js": ("check.js", "text/javascript; charset=utf-8"),
    "/check.css": ("check.css", "text/css; charset=utf-8"),
}


@dataclass(frozen=True)
class Origin:
    """The answer: true or false where the credential tells, none where nothing can be told."""

    made_by_system: bool | None
    system: str
    reason: str
    credential: Credential


def find_origin(content: bytes, kind: str, system: str, anchors: Sequence[x509.Certificate]) -> Origin:
    """Tell whether a system made some content, by the credential in it; without one, nothing can be told."""
    found = check_content(content, kind, anchors)
    made, reason = _judge(found, system)
    return Origin(made, system, reason, found)


def _judge(found: Credential, system: str) -> tuple[bool | None, str]:
    if found.verdict == Verdict.TRUSTED:
        if found.system == system:
            return True, "Its credential is trusted, is as it was signed, and names this system."
        return False, "Its credential is trusted, is as it was signed, and does not name this system."
    return None, {
        Verdict.UNTRUSTED: "Its credential is by somebody who is not on the trust list: anyone can write such a one.",
        Verdict.INVALID: "It was changed since it was signed, so its credential tells nothing.",
        Verdict.NONE: "It has no credential. It may be of this system all the same: a credential is easily removed.",
        Verdict.ELSEWHERE: "Its credential lies at an address on a network, which is not asked.",
        Verdict.UNREADABLE: "It cannot be read as content of this type.",
    }[found.verdict]


def origin_app(system: str, anchors: Sequence[x509.Certificate]) -> WSGIApplication:
    """Return a WSGI application: `POST /check` with content and its media type, and a page that does so at `/`."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, kind, body = _route(environ, system, anchors)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *_HEADERS]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    return app


def _route(environ: WSGIEnvironment, system: str, anchors: Sequence[x509.Certificate]) -> tuple[HTTPStatus, str, bytes]:
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    if path in _PAGES and method in {"GET", "HEAD"}:
        name, kind = _PAGES[path]
        return HTTPStatus.OK, kind, files("accord.provenance").joinpath("page", name).read_bytes()
    if path != "/check":
        return _json(HTTPStatus.NOT_FOUND, {"error": "There is nothing here: POST content to /check."})
    if method != "POST":
        return _json(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "POST content to /check."})
    return _check(environ, system, anchors)


def _check(environ: WSGIEnvironment, system: str, anchors: Sequence[x509.Certificate]) -> tuple[HTTPStatus, str, bytes]:
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind not in TYPES.values():
        known = ", ".join(sorted(set(TYPES.values())))
        return _json(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": f"Say which type the content has: {known}."})
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdecimal()):
        return _json(HTTPStatus.LENGTH_REQUIRED, {"error": "A request states the length of its content."})
    if len(length) > len(str(LARGEST)) or int(length) > LARGEST:
        return _json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"At most {LARGEST} bytes."})
    content = environ["wsgi.input"].read(int(length))
    if len(content) < int(length):
        return _json(HTTPStatus.BAD_REQUEST, {"error": "The content was cut off."})
    return _json(HTTPStatus.OK, asdict(find_origin(content, kind, system, anchors)))


def _json(status: HTTPStatus, value: object) -> tuple[HTTPStatus, str, bytes]:
    return status, "application/json", json.dumps(value, indent=2).encode() + b"\n"
