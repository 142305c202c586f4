"""The ways of an alert: a file of JSON lines, a webhook, a mail server. None exists that accord.toml does not name."""

import base64
import hashlib
import hmac
import json
import os
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException
from pathlib import Path
from typing import IO

from accord.errors import MonitorError
from accord.manifest import Alerts, Email, Webhook
from accord.monitor.delivery import Channel, Message

_TIMEOUT = 20.0
_LONGEST = 4_096
_PREFIX = "whsec_"


def open_channels(alerts: Alerts, root: Path) -> tuple[Channel, ...]:
    """Return the channels that accord.toml names; files in it start from `root`."""
    return tuple(_channels(alerts, root))


def _channels(alerts: Alerts, root: Path) -> Iterator[Channel]:
    if alerts.file:
        yield FileChannel(root / alerts.file)
    if alerts.webhook:
        yield WebhookChannel(alerts.webhook, root)
    if alerts.email:
        yield EmailChannel(alerts.email, root)


@dataclass(frozen=True)
class FileChannel:
    """Adds a line of JSON to a file; it is durable on return."""

    path: Path
    name: str = "file"

    def send(self, message: Message, _now: datetime) -> None:
        """Add the message; raise MonitorError where the file cannot be written."""
        try:
            with self.path.open("ab") as file:
                file.write(message.to_bytes() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise MonitorError("The file of alerts cannot be written.", found=error.strerror or "") from error


@dataclass(frozen=True)
class WebhookChannel:
    """Posts JSON, signed with HMAC-SHA256 as Standard Webhooks 1.0.0 asks."""

    target: Webhook
    root: Path
    name: str = "webhook"

    def send(self, message: Message, now: datetime) -> None:
        """Post the message; raise MonitorError for anything but an answer of 2xx. No redirect is followed."""
        body = message.to_bytes()
        headers = {"Content-Type": "application/json", "User-Agent": "accord", **self._headers(message.id, body, now)}
        request = urllib.request.Request(self.target.endpoint, data=body, headers=headers, method="POST")  # noqa: S310 - the manifest takes https, and http of this machine
        try:
            with _OPENER.open(request, timeout=_TIMEOUT):
                pass
        except urllib.error.HTTPError as error:
            error.close()
            raise MonitorError("The webhook refused the alert.", found=f"HTTP {error.code}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise MonitorError("The webhook cannot be reached.", found=type(error).__name__) from error

    def _headers(self, id: str, body: bytes, now: datetime) -> dict[str, str]:  # noqa: A002 - the standard's word
        secret = _read_secret(self.root / self.target.secret_file)
        moment = int(now.timestamp())
        signature = sign_webhook(secret, f"msg_{id}", moment, body)
        return {"webhook-id": f"msg_{id}", "webhook-timestamp": str(moment), "webhook-signature": signature}


def sign_webhook(secret: str, id: str, moment: int, body: bytes) -> str:  # noqa: A002 - as above
    """Return the signature of a message (Standard Webhooks, v1): of a secret `whsec_...`, or of any other text."""
    key = _decode(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()
    signed = hmac.digest(key, f"{id}.{moment}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


@dataclass(frozen=True)
class EmailChannel:
    """Hands a mail to a server; encrypted, unless the server is this machine."""

    target: Email
    root: Path
    name: str = "email"

    def send(self, message: Message, now: datetime) -> None:
        """Send the message to all who are named; raise MonitorError unless the server took it for every one."""
        mail = self._write(message, now)
        try:
            with self._connect() as server:
                if self.target.user and self.target.password_file:
                    server.login(self.target.user, _read_secret(self.root / self.target.password_file))
                refused = server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            raise MonitorError("The mail server refused the alert.", found=f"SMTP {error.smtp_code}") from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MonitorError("The mail server cannot be used.", found=type(error).__name__) from error
        if refused:
            raise MonitorError("The mail server did not take the alert for all.", found=f"{len(refused)} refused")

    def _connect(self) -> smtplib.SMTP:
        target = self.target
        if target.security == "none":
            return smtplib.SMTP(target.host, target.port, timeout=_TIMEOUT)
        context = ssl.create_default_context(cafile=str(self.root / target.ca_file) if target.ca_file else None)
        if target.security == "tls":
            return smtplib.SMTP_SSL(target.host, target.port, timeout=_TIMEOUT, context=context)
        server = smtplib.SMTP(target.host, target.port, timeout=_TIMEOUT)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _write(self, message: Message, now: datetime) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self.target.sender, ", ".join(self.target.to)
        mail["Subject"], mail["Date"] = f"[accord] {message.title}", format_datetime(now)
        mail["Message-ID"] = f"<{message.id}@{self.target.sender.rpartition('@')[2]}>"
        shown = json.dumps(dict(message.fields), indent=2)
        mail.set_content(f"{message.title}.\n\nRecord {message.index} of the log ({message.id}) says:\n\n{shown}\n")
        return mail


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: object,
        newurl: str,
    ) -> None:
        """Follow none: whoever may answer there decides not where alerts go."""


_OPENER = urllib.request.build_opener(_NoRedirects)


def _read_secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST).decode().strip()
    except (OSError, ValueError) as error:
        raise MonitorError(
            "A secret cannot be read.", where=str(path), expected="a file of one line of text"
        ) from error
    if not text:
        raise MonitorError("A secret is empty.", where=str(path))
    return text


def _decode(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except ValueError as error:
        raise MonitorError("The webhook's secret is damaged.", expected="whsec_ and base64") from error
