"""security.txt (RFC 9116): written from the manifest's channels, signed with OpenPGP, and looked at (clause 6.4)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accord.errors import AccordError, MissingExtraError
from accord.evidence import Sighting
from accord.manifest import System

LONGEST = timedelta(days=366)
"""RFC 9116, 2.5.5: Expires should lie less than a year ahead."""
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t](.+)")
_URI = re.compile(r"(https://|mailto:|tel:)\S+")
_WEB = frozenset({"acknowledgments", "canonical", "hiring", "policy"})


def write_security_txt(system: System, now: datetime, days: int = 180) -> str:
    """Return the text for the channels that take reports of vulnerabilities; raise AccordError where there are none."""
    channels = [channel for channel in system.channels if channel.kind == "vulnerability"]
    if not channels:
        raise AccordError(
            "The manifest names no channel for vulnerabilities.",
            expected='a [[channels]] of kind = "vulnerability"',
            fix="add one to accord.toml",
        )
    policies = [d.url for d in system.documents if d.kind == "vulnerability-process" and d.url]
    languages = sorted({language for channel in channels for language in channel.languages})
    lines = [
        *(f"Contact: {channel.address}" for channel in channels),
        f"Expires: {(now + timedelta(days=days)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(languages)}",
        *(f"Policy: {url}" for url in policies),
    ]
    if system.organisation.url:
        host = re.sub(r"^https://([^/?#]+).*", r"\1", system.organisation.url)
        lines.append(f"Canonical: https://{host}/.well-known/security.txt")
    return "\n".join(lines) + "\n"


def sign_text(text: str, key: bytes, passphrase: str | None = None) -> str:
    """Return a text in the cleartext signature framework of OpenPGP (RFC 9580).

    Raises AccordError for a key that cannot sign, MissingExtraError.
    """
    try:
        from pysequoia import SignatureMode, Tsk, sign  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError("OpenPGP is not installed.", fix="pip install 'accord[controls]'") from error
    try:
        signer = Tsk.from_bytes(key).signer(passphrase) if passphrase else Tsk.from_bytes(key).signer()
        signed: bytes = sign(signer, text.encode(), mode=SignatureMode.CLEAR)
    except (RuntimeError, ValueError, TypeError) as error:
        raise AccordError("This key cannot sign.", expected="an OpenPGP private key", found=_first(error)) from error
    return signed.decode()


def look_at_security_txt(data: bytes, certificate: bytes | None, now: datetime) -> Iterator[Sighting]:
    """Yield what RFC 9116 asks and whether it holds; a signature is checked against the certificate."""

    def seen(subject: str, note: str = "", *, holds: bool | None) -> Sighting:
        return Sighting(observation="security-txt.valid", subject=subject, holds=holds, note=note)

    try:
        text = data.decode()
    except UnicodeDecodeError:
        yield seen("it is UTF-8", holds=False)
        return
    fields = _fields(text)
    contacts = fields.get("contact", [])
    yield seen("it names a contact", holds=bool(contacts) and all(_URI.fullmatch(c) for c in contacts))
    note = _expiry(fields.get("expires", []), now)
    yield seen("it says until when it holds", note, holds=not note)
    yield seen("it names languages at most once", holds=len(fields.get("preferred-languages", [])) <= 1)
    web = [value for name in _WEB for value in fields.get(name, [])]
    yield seen("its addresses are https", holds=all(value.startswith("https://") for value in web))
    yield seen("it says where it belongs", holds=bool(fields.get("canonical")))
    yield seen("it is signed", holds=text.startswith(_SIGNED))
    if text.startswith(_SIGNED):
        yield _signature(data, certificate)


def _fields(text: str) -> dict[str, list[str]]:
    body = text
    if text.startswith(_SIGNED):
        body = text.partition("\n\n")[2].partition("-----BEGIN PGP SIGNATURE-----")[0]
    found: dict[str, list[str]] = {}
    for line in body.splitlines():
        if match := _FIELD.fullmatch(line.strip()):
            found.setdefault(match[1].lower(), []).append(match[2].strip())
    return found


def _expiry(values: list[str], now: datetime) -> str:
    """Return what is wrong with the field Expires, or nothing."""
    if len(values) != 1:
        return f"Expires stands there {len(values)} times"
    try:
        until = datetime.fromisoformat(values[0])
    except ValueError:
        return "Expires is no time"
    if until.tzinfo is None:
        return "Expires has no zone"
    if until <= now:
        return f"it expired on {until:%Y-%m-%d}"
    return f"it holds for over a year, until {until:%Y-%m-%d}" if until - now > LONGEST else ""


def _signature(data: bytes, certificate: bytes | None) -> Sighting:
    subject = "its signature verifies"
    if certificate is None:
        note = "no certificate was named to check it against"
        return Sighting(observation="security-txt.valid", subject=subject, note=note)
    try:
        from pysequoia import Cert, verify  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError("OpenPGP is not installed.", fix="pip install 'accord[controls]'") from error
    try:
        held = Cert.from_bytes(certificate)
        verify(data, lambda _ids: [held])
    except (RuntimeError, ValueError) as error:
        return Sighting(observation="security-txt.valid", subject=subject, holds=False, note=_first(error))
    return Sighting(observation="security-txt.valid", subject=subject, holds=True)


def read_file(path: Path) -> bytes:
    """Return the bytes of a file; raise AccordError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise AccordError("This file cannot be read.", where=str(path), found=error.strerror or "") from error


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
