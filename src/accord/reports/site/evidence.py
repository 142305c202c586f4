"""The records that reports lead to, each with what shows that the log has it."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from accord.evidence import Entry, KeyRecord
from accord.ledger import Log, PublicKey, open_envelope, parse_json, unverified_keyid
from accord.reports.rows import describe
from accord.reports.site.models import Evidence, RecordFile, RecordPage
from accord.reports.site.releases import Release
from accord.workspace import Workspace


def find_evidence(
    workspace: Workspace, releases: Sequence[Release], now: datetime
) -> tuple[Evidence, dict[int, RecordFile]]:
    """Return the list of the records that the releases lead to, and each record as it is published."""
    log, key = workspace.log(), workspace.public_key()
    records = {entry.ref.index: entry for entry in workspace.records(now)}
    cited = sorted({index for release in releases for index in release.cited})
    keys = [*_find_keys(records.values(), key), *workspace.evaluators.all()]
    pages = tuple(_page(records[index], releases) for index in cited)
    files = {index: _file(log, index, key, keys, records[index]) for index in cited}
    return Evidence(origin=log.origin, size=log.size, records=pages), files


def _find_keys(entries: Iterable[Entry[Any]], newest: PublicKey) -> tuple[PublicKey, ...]:
    """Return every key that the log had."""
    named = (e.record.key for e in entries if isinstance(e.record, KeyRecord))
    return tuple(dict.fromkeys((newest, *named)))


def _page(entry: Entry[Any], releases: Sequence[Release]) -> RecordPage:
    record = entry.record
    return RecordPage(
        index=entry.ref.index,
        kind=record.signed_as,
        about=describe(record),
        basis=record.basis,
        origin=entry.origin,
        made=record.made,
        expires=record.expires,
        withheld=entry.withheld,
        releases=tuple(r.line for r in releases if entry.ref.index in r.cited),
    )


def _file(log: Log, index: int, key: PublicKey, keys: Sequence[PublicKey], entry: Entry[Any]) -> RecordFile:
    data = log.entry(index)
    signer = next(one for one in keys if one.keyid == unverified_keyid(data))
    payload, _ = open_envelope(data, [signer])
    return RecordFile(
        index=index,
        leaf=entry.ref.leaf,
        entry=b64encode(data).decode(),
        inclusion=tuple(step.hex() for step in log.inclusion(index)),
        checkpoint=log.signed_checkpoint.decode(),
        vkey=key.vkey,
        signer=signer.vkey,
        statement=parse_json(payload),
    )
