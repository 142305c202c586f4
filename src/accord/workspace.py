"""A workspace on disk: accord.toml, and beside it `.accord/` with the log, the artifacts, the key and unfinished runs.

accord.toml
.accord/ledger/      the log: plain files that any static server can publish
.accord/artifacts/   evaluation logs, documents, findings: by digest, erasable
.accord/keys/        mode 0700: the key (0600), its public half, and the last checkpoint it signed
.accord/runs/        work in progress; safe to delete
.accord/.gitignore   keeps the keys and the runs out of git; the log and the artifacts may go in
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accord.errors import WorkspaceError
from accord.evidence import ArtifactRef, Record, Records, read_entry, sign_record
from accord.ledger import Artifacts, Log, PublicKey, SigningKey

MANIFEST = "accord.toml"
STATE = ".accord"


@dataclass(frozen=True)
class Workspace:
    """The paths of one workspace, and the few things one does with them."""

    root: Path

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
    def keys(self) -> Path:
        """The folder of the key pair and of the signer's memory."""
        return self.root / STATE / "keys"

    @property
    def artifacts(self) -> Artifacts:
        """The bytes that records refer to."""
        return Artifacts(self.root / STATE / "artifacts")

    @classmethod
    def create(cls, root: Path, key: SigningKey, origin: str) -> "Workspace":
        """Make the state folder, store the key pair and start an empty log; refuse where one exists.

        It is built aside and renamed: after a failure nothing is left.
        """
        cls.refuse(root)
        with tempfile.TemporaryDirectory(dir=root, prefix=f"{STATE}-") as draft:
            space = cls(Path(draft))
            space.keys.mkdir(parents=True, mode=0o700)
            (space.root / STATE / ".gitignore").write_text("/keys/\n/runs/\n", encoding="utf-8")
            key.save(space.keys / "accord.key")
            (space.keys / "accord.pub").write_text(key.public.vkey + "\n", encoding="utf-8")
            Log.create(space.ledger, key, origin, memory=space.keys / "checkpoint")
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
    def open(cls, root: Path) -> "Workspace":
        """Return the workspace in `root` or the nearest folder above it that holds one."""
        for folder in (root, *root.parents):
            if (folder / STATE).is_dir():
                return cls(folder)
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

    def signing_key(self) -> SigningKey:
        """Return the organisation's key."""
        return SigningKey.load(self.keys / "accord.key", self.public_key().name)

    def log(self) -> Log:
        """Open the log for reading."""
        return Log.open(self.ledger, self.public_key())

    def records(self, at: datetime) -> Records:
        """Read and verify every record, as things stand at the moment `at`."""
        keys = (self.public_key(),)
        return Records((read_entry(i, data, keys) for i, data in enumerate(self.log().entries())), at)

    def append(self, records: Sequence[Record]) -> range:
        """Sign and append records in one durable commit; return their indices."""
        key = self.signing_key()
        with Log.writer(self.ledger, key, memory=self.keys / "checkpoint", wait=10.0) as writer:
            return writer.append([sign_record(record, key) for record in records])

    def sign_checkpoint(self, size: int) -> bytes:
        """Return the signed checkpoint of an earlier size of this log."""
        with Log.writer(self.ledger, self.signing_key(), memory=self.keys / "checkpoint", wait=10.0) as writer:
            return writer.sign(size)

    def keep(self, data: bytes, media_type: str) -> ArtifactRef:
        """Store bytes beside the log and return the reference that a record binds."""
        return ArtifactRef(sha256=self.artifacts.put(data), size=len(data), media_type=media_type)

    def keep_file(self, path: Path, media_type: str) -> ArtifactRef:
        """Store a file beside the log and return the reference that a record binds."""
        return ArtifactRef(sha256=self.artifacts.put_file(path), size=path.stat().st_size, media_type=media_type)
