"""`accord erase`."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from accord.cli.clock import now
from accord.cli.output import json_option, print_json, say
from accord.cli.unlock import Passphrase, passphrase_option
from accord.errors import WorkspaceError
from accord.evidence import DocumentRecord, Erasing, ErasureRecord, Records, SystemRecord
from accord.ledger import digest
from accord.manifest import System, load_system
from accord.workspace import Floors, Workspace
from accord.workspace import erase as erase_artifact

_SHA256 = re.compile(r"[0-9a-f]{64}")


@click.command()
@click.argument("what", metavar="DIGEST|DOCUMENT-ID")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option(
    "--reason", type=click.Choice([str(e) for e in Erasing]), required=True, help="The ground; it enters the log."
)
@passphrase_option
@json_option
def erase(what: str, folder: Path, reason: str, unlock: Passphrase, *, as_json: bool) -> None:
    """Erase the bytes with this SHA-256, or of this document, from FOLDER: the log says so, and stays valid.

    It is refused before the time for which accord.toml, or the newest declaration in the log, says they are kept.
    Copies that were handed out before are out of its reach.
    """
    workspace = unlock.open(folder)
    # Revoking a key lifts no floor, and its texts can be erased too.
    records = workspace.records(now(), opened=True, doubted=True)
    sha256 = what if _SHA256.fullmatch(what) else _find_document(records, what)
    floors = list(_floors(workspace, records))
    record = erase_artifact(workspace, sha256, Erasing(reason), floors, now())
    print_json(record.model_dump(mode="json", exclude_none=True)) if as_json else _show(record)


def _find_document(records: Records, name: str) -> str:
    """Return the digest of the document with this id; a usage error where there is none, or more than one."""
    found = {e.record.document.sha256: e.ref.index for e in records.of(DocumentRecord) if e.record.id == name}
    if len(found) != 1:
        listed = "".join(f"\n  record {index}: {sha256}" for sha256, index in found.items())
        said = f"has several versions; give the digest of one:{listed}" if found else "is not in the log."
        raise click.UsageError(f"The document {name} {said}")
    return next(iter(found))


def _floors(workspace: Workspace, records: Records) -> Iterator[Floors]:
    """Yield how long things are kept: as accord.toml says now, and as was declared last."""
    present = load_system(workspace.manifest)
    yield present.retention.model_dump()
    declared = records.latest(SystemRecord)
    if declared is None or declared.record.declaration.sha256 == digest(present.to_bytes()):
        return
    sha256 = declared.record.declaration.sha256
    if sha256 not in workspace.artifacts:
        raise WorkspaceError(
            "The newest declaration was erased: how long things are kept cannot be told.",
            where=f"record {declared.ref.index}",
            fix="declare it anew with: accord assess",
        )
    yield System.model_validate_json(workspace.artifacts.get(sha256)).retention.model_dump()


def _show(record: ErasureRecord) -> None:
    say(f"Erased  {record.erased.sha256} ({record.erased.size} bytes), on the ground {record.reason}")
    say(f"It is named by the records {', '.join(str(ref.index) for ref in record.records)}, which stay as they are.")
    say("Copies that were handed out before, in bundles or backups, are out of reach: ask who has them.")
