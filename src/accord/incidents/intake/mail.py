"""Reports by mail: one message, or a mailbox's export, through the standard library and within bounds.

The older, lenient way of reading headers is used: it raises nothing on headers that nobody should write.
"""

import mailbox
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from accord.errors import IntakeError
from accord.incidents.intake.report import Attachment, Report, cut

FORMAT = "e-mail"
LARGEST = 32 << 20
"""The most bytes of one message."""
_PARTS = 200
_NESTED = 100
_LINES = 10_000
"""The most lines that may begin a part: each would become an object."""
_SHOWN = 1 << 20
_HEADER = 1_000
_CHUNK = 1 << 20
# The parameters of a header are parsed in quadratic time.
_LONG = re.compile(rb"^content-[a-z-]{1,40}:(?:[^\n]|\n[ \t]){2000}", re.IGNORECASE | re.MULTILINE)
# Of the encodings that Python knows some are no charsets, and some take quadratic time.
_CHARSET = re.compile(
    r"utf-?(8|16)|(us-)?ascii|iso-?(8859|2022)-[a-z0-9-]+|windows-\d+|cp\d+|koi8-[ru]|euc-\w+|gb\w+|big5\w*|shift_jis\w*"
)


def read_mail(data: bytes) -> Report:
    """Return the report that a message holds; raise IntakeError for one that is made to be hard to read."""
    lowered = data.lower()
    nested = lowered.count(b"multipart/") + lowered.count(b"message/")
    if nested > _NESTED or data.count(b"\n--") > _LINES or _LONG.search(data):
        raise IntakeError("This message is made to be hard to read.", expected=f"at most {_NESTED} parts within parts")
    try:
        return _read(BytesParser().parsebytes(data), data)
    except (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        # Of what nobody should write the library may trip over anything; the message itself is at fault.
        raise IntakeError("This message cannot be read.", found=type(error).__name__) from error


def _read(message: Message, data: bytes) -> Report:
    parts = list(_walk(message))
    text = next((_text(part) for part in parts if _is_text(part, "text/plain")), "")
    notes = [] if text else ["It has no plain text: what it says is kept, and is not shown."]
    attachments = tuple(_attachment(part) for part in parts if not _is_text(part, "text/plain"))
    if len(parts) >= _PARTS:
        notes.append(f"It has more than {_PARTS} parts, of which the rest was not counted.")
    return Report(
        FORMAT,
        data,
        "message/rfc822",
        cut(_header(message, "Subject")),
        cut(text),
        _dated(message),
        attachments=attachments,
        notes=tuple(notes),
    )


def read_mailbox(path: Path, most: int) -> Iterator[Report]:
    """Yield the report of each message of a mailbox in the mbox form; raise IntakeError where it is too much."""
    if (count := _count(path)) > most:
        found = f"about {count:,}"
        raise IntakeError("This mailbox is too large.", where=str(path), expected=f"at most {most}", found=found)
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            data = box.get_bytes(key)
            if len(data) > LARGEST:
                bound = f"at most {LARGEST:,} bytes"
                raise IntakeError("A message is too large.", where=f"{path}, message {key}", expected=bound)
            yield read_mail(data)
    finally:
        box.close()


def _count(path: Path) -> int:
    """Return how many messages a mailbox holds, or a few more, without an object for each."""
    count, tail = 1, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            count += (tail + chunk).count(b"\nFrom ")
            tail = chunk[-5:]
    return count


def _walk(message: Message) -> Iterator[Message]:
    """Yield the parts that hold no others, up to a bound; messages within a message are one part."""
    waiting, count = [message], 0
    while waiting and count < _PARTS:
        part = waiting.pop(0)
        held = part.get_payload()
        if isinstance(held, list) and part.get_content_type() != "message/rfc822":
            waiting[:0] = [inner for inner in held if isinstance(inner, Message)]
        else:
            count += 1
            yield part


def _is_text(part: Message, kind: str) -> bool:
    return part.get_content_type() == kind and not _header(part, "Content-Disposition").startswith("attachment")


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = (part.get_content_charset() or "utf-8").lower()
    try:
        known = charset if _CHARSET.fullmatch(charset) else "latin-1"
        return data[:_SHOWN].decode(known, errors="replace")
    except LookupError:
        return data[:_SHOWN].decode("latin-1")


def _attachment(part: Message) -> Attachment:
    held = part.get_payload()
    size = len(held) if isinstance(held, str) else 0
    return Attachment(part.get_content_type()[:100], size)


def _header(message: Message, name: str) -> str:
    raw = message.get(name, "")
    try:
        return str(make_header(decode_header(str(raw)[:_HEADER])))
    except (ValueError, LookupError, MessageError):
        return str(raw)[:_HEADER]


def _dated(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(message.get("Date", "")))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
