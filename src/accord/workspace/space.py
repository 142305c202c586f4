"""The paths of a workspace, and the few things one does with them.

accord.toml
.accord/ledger/      the log: plain files that any static server can publish
.accord/anchors/     its checkpoints that witnesses cosigned or an authority time-stamped
.accord/artifacts/   evaluation logs, documents, findings: by digest, erasable
.accord/openings/    mode 0700: what was withheld, and the salts that show it to whom one likes
.accord/keys/        mode 0700: the key (0600), the one that follows it, public halves, the last checkpoint it signed
.accord/scans/       mode 0700: what scans of texts found; never in a bundle
.accord/witnesses    which witnesses are asked, as a C2SP tlog-policy
.accord/outbox/      alerts on their way: how often each was tried, and when it arrived
.accord/runs/        work in progress; safe to delete
.accord/.gitignore   keeps keys, openings, runs, scans, outbox and artifacts out of git, which could not erase them
"""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accord.errors import WorkspaceError
from accord.evidence import WITHHOLDABLE, ArtifactRef, Record, Records, make_openings, read_entries, sign_record
from accord.ledger import (
    Artifacts,
    Checkpoint,
    Log,
    LogWriter,
    PublicKey,
    Signer,
    SigningKey,
    add_signatures,
    leaf_hash,
    load_signer,
    unverified_checkpoint,
)
from accord.ledger.note import parse_note
from accord.workspace.anchors import Anchors
from accord.workspace.chains import Chains
from accord.workspace.evaluators import Evaluators
from accord.workspace.openings import OpeningStore

MANIFEST = "accord.toml"
STATE = ".accord"

Unlock = Callable[[], bytes]
"""Gives the passphrase of the key's file; asked only where the file has one."""

WAIT = 10.0
"""Seconds that a command waits for another process to finish its commit."""

_IGNORED = "/artifacts/\n/keys/\n/openings/\n/runs/\n/scans/\n/outbox/\n"


@dataclass(frozen=True)
class Workspace:
    """The paths of one workspace, and the few things one does with them."""

    root: Path
    unlock: Unlock | None = None

    @property
    def manifest(self) -> Path:
        """The path of accord.toml."""
        return self.root / MANIFEST

    @property
    def ledger(self) -> Path:
        """The folder of the log."""
        return self.root / STATE / "ledger"

    @property
    def runs(self) -> Path:
        """The folder of unfinished runs."""
        return self.root / STATE / "runs"

    @property
    def scans(self) -> Path:
        """The folder of what scans of texts found."""
        return self.root / STATE / "scans"

    @property
    def digests(self) -> Path:
        """The path of the digests of files that have not changed since."""
        return self.root / STATE / "digests.json"

    @property
    def keys(self) -> Path:
        """The folder of the key pair and of the signer's memory."""
        return self.root / STATE / "keys"

    @property
    def anchors(self) -> Anchors:
        """The checkpoints that outsiders fixed in time."""
        return Anchors(self.root / STATE / "anchors")

    @property
    def openings(self) -> OpeningStore:
        """What was withheld from the log."""
        return OpeningStore(self.root / STATE / "openings")

    @property
    def witnesses(self) -> Path:
        """The path of the policy that names the witnesses to ask."""
        return self.root / STATE / "witnesses"

    @property
    def evaluators(self) -> Evaluators:
        """The independent evaluators whose records may stand in the log."""
        return Evaluators(self.root / STATE / "evaluators")

    @property
    def memory(self) -> Path:
        """The path of the last checkpoint that was signed."""
        return self.keys / "checkpoint"

    @property
    def artifacts(self) -> Artifacts:
        """The bytes that records refer to."""
        return Artifacts(self.root / STATE / "artifacts")

    @classmethod
    def create(
        cls,
        root: Path,
        key: Signer,
        origin: str,
        *,
        following: SigningKey | PublicKey | None = None,
        records: Sequence[Record] = (),
        passphrase: bytes | None = None,
        uri: str = "",
    ) -> "Workspace":
        """Make the state folder, store the key pair and start a log with its first records; refuse where one exists.

        It is built aside and renamed: after a failure nothing is left. `following` is the key that may come after
        `key`, its public half alone where its owner keeps it elsewhere. A passphrase encrypts the keys' files; of a
        key that signs elsewhere the `uri` is stored.
        """
        cls.refuse(root)
        with tempfile.TemporaryDirectory(dir=root, prefix=f"{STATE}-") as draft:
            space = cls(Path(draft))
            space.keys.mkdir(parents=True, mode=0o700)
            (space.root / STATE / ".gitignore").write_text(_IGNORED, encoding="utf-8")
            _store(space.keys, "accord", key, passphrase, uri)
            if following:
                _store(space.keys, "next", following, passphrase)
            Log.create(space.ledger, key, origin, memory=space.memory)
            with space._writer(key) as writer:
                writer.append(list(space._sign(records, (), key, Chains(writer.log))))
            (space.root / STATE).rename(root / STATE)
        return cls(root)

    @staticmethod
    def refuse(root: Path) -> None:
        """Raise WorkspaceError where a workspace exists."""
        state = root / STATE
        if state.exists():
            raise WorkspaceError(
                "There is a workspace here already, and a log is never started twice.",
                where=str(state),
                fix="use it as it is, or choose another folder",
            )

    @classmethod
    def open(cls, root: Path, unlock: Unlock | None = None) -> "Workspace":
        """Return the workspace in `root` or the nearest folder above it that holds one."""
        for folder in (root, *root.parents):
            if (folder / STATE).is_dir():
                return cls(folder, unlock)
        raise WorkspaceError(
            "There is no workspace here.",
            where=str(root),
            expected=f"a folder {STATE} here or in a folder above",
            fix="make one with: accord init",
        )

    def public_key(self) -> PublicKey:
        """Return the organisation's public key."""
        path = self.keys / "accord.pub"
        if not path.is_file():
            raise WorkspaceError(
                "The workspace's public key is missing.", where=str(path), fix="restore it from a backup"
            )
        return PublicKey.parse(path.read_text(encoding="utf-8").strip())

    def signing_key(self) -> Signer:
        """Return the organisation's key: that of a file, or what signs for it elsewhere (`accord.uri`)."""
        public, uri = self.public_key(), self.keys / "accord.uri"
        if uri.is_file():
            return load_signer(uri.read_text(encoding="utf-8").strip(), public, self.unlock)
        key = SigningKey.load(self.keys / "accord.key", public.name, self.unlock)
        if key.public != public:
            raise WorkspaceError(
                "The key is not the public one beside it: a change of keys was interrupted.",
                where=str(self.keys),
                expected=public.fingerprint,
                found=key.public.fingerprint,
                fix="finish it with: accord key rotate",
            )
        return key

    def log(self) -> Log:
        """Open the log for reading."""
        return Log.open(self.ledger, self.public_key())

    def records(self, at: datetime, *, opened: bool = False, doubted: bool = False) -> Records:
        """Read and verify every record, as things stand at the moment `at`.

        What is withheld stays closed, as for everybody outside, unless it is `opened`; so does what a stolen key
        signed, unless it is wanted although it is `doubted`.
        """
        openings = self.openings if opened else None
        entries, known = self.log().entries(), self.evaluators.all()
        return Records(read_entries(entries, self.public_key(), openings, doubted=doubted, evaluators=known), at)

    def append(self, records: Sequence[Record], withhold: Collection[str] = ()) -> range:
        """Give records their places in their sequences, sign and append them in one durable commit; return the indices.

        Fields named by `withhold` enter the log as commitments; their openings are stored first.
        """
        key = self.signing_key()
        with self._writer(key) as writer:
            return writer.append(list(self._sign(records, withhold, key, Chains(writer.log))))

    def sign_checkpoint(self, size: int) -> bytes:
        """Return the signed checkpoint of an earlier size of this log, with the cosignatures that are kept of it."""
        with self._writer(self.signing_key()) as writer:
            signed = writer.sign(size)
        anchor = self.anchors.at(size)
        if anchor is None or unverified_checkpoint(anchor.note) != unverified_checkpoint(signed):
            return signed
        return add_signatures(signed, [each.line for each in parse_note(anchor.note).signatures])

    def keep_checkpoint(self, note: bytes, token: bytes | None = None) -> Checkpoint:
        """Keep a checkpoint that outsiders signed or time-stamped, and publish it where the log has not grown since."""
        checkpoint = unverified_checkpoint(note)
        with self._writer(self.signing_key()) as writer:
            if writer.log.root_at(checkpoint.size) != checkpoint.root:
                raise WorkspaceError("This checkpoint is of another log.", expected=writer.log.checkpoint.text)
            held = self.anchors.at(checkpoint.size)
            if held and unverified_checkpoint(held.note) == checkpoint:
                # Another process may have been given cosignatures meanwhile.
                note = add_signatures(held.note, [each.line for each in parse_note(note).signatures])
            self.anchors.keep(checkpoint.size, note, token)
            if writer.log.checkpoint == checkpoint:
                writer.replace_checkpoint(note)
        return checkpoint

    @contextmanager
    def _writer(self, key: Signer) -> Iterator[LogWriter]:
        with Log.writer(self.ledger, key, memory=self.memory, wait=WAIT) as writer:
            yield writer

    def _sign(
        self, records: Sequence[Record], withhold: Collection[str], key: Signer, chains: Chains
    ) -> Iterator[bytes]:
        for record in records:
            linked = chains.link(record)
            openings = make_openings(linked, _fields_of(linked, withhold), os.urandom) if withhold else ()
            data = sign_record(linked, key, openings)
            leaf = leaf_hash(data).hex()
            if openings:
                self.openings.keep(leaf, openings)
            chains.add(linked, leaf)
            yield data

    def keep(self, data: bytes, media_type: str) -> ArtifactRef:
        """Store bytes beside the log and return the reference that a record binds."""
        return ArtifactRef(sha256=self.artifacts.put(data), size=len(data), media_type=media_type)

    def keep_file(self, path: Path, media_type: str) -> ArtifactRef:
        """Store a file beside the log and return the reference that a record binds."""
        return ArtifactRef(sha256=self.artifacts.put_file(path), size=path.stat().st_size, media_type=media_type)


def _store(folder: Path, name: str, key: Signer | PublicKey, passphrase: bytes | None, uri: str = "") -> None:
    """Write what there is of a key into an empty folder: its private half or where that is, and its public half."""
    if uri:
        (folder / f"{name}.uri").write_text(uri + "\n", encoding="utf-8")
    elif isinstance(key, SigningKey):
        key.save(folder / f"{name}.key", passphrase)
    public = key if isinstance(key, PublicKey) else key.public
    (folder / f"{name}.pub").write_text(public.vkey + "\n", encoding="utf-8")


def _fields_of(record: Record, withhold: Collection[str]) -> list[str]:
    """Return what of one list for all kinds this one withholds: it states what only others may withhold."""
    return [field for field in withhold if field in record.withholdable() or field not in WITHHOLDABLE]
