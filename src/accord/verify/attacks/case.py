"""What attackers can do with a copy of the honest log and its owner's key."""

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from accord.evidence import Entry, EvaluationRecord, Record, Ref
from accord.ledger import Log, Signer, SigningKey
from accord.verify.archive import Part, write_archive
from accord.verify.attacks.outsiders import Outsiders
from accord.verify.attacks.scene import SUITE, Scene, begin
from accord.verify.attacks.scribe import Draft, Scribe, read_drafts, render, report
from accord.verify.bundle import read_bundle, write_bundle
from accord.workspace import Anchor, Workspace, rotate


@dataclass(frozen=True)
class Case:
    """One attack under way: copies of the honest state, in a folder of its own."""

    folder: Path
    scene: Scene

    @cached_property
    def space(self) -> Workspace:
        """A copy of the honest workspace."""
        return Workspace(Path(shutil.copytree(self.scene.space.root, self.folder / "space")))

    @cached_property
    def outsiders(self) -> Outsiders:
        """The outsiders, as they saw the honest log."""
        folder = shutil.copytree(self.scene.outsiders.folder, self.folder / "witness")
        return replace(self.scene.outsiders, folder=Path(folder))

    def entries(self) -> list[bytes]:
        """Return the log's entries as they were signed."""
        return list(self.space.log().entries())

    def runs(self) -> tuple[Entry[EvaluationRecord], ...]:
        """Return the scene's own runs, announced each: the bad one and the good one."""
        return tuple(e for e in self.space.records(self.scene.later).of(EvaluationRecord) if e.record.suite == SUITE)

    def drafts(self, without: Collection[Ref | None] = ()) -> list[Draft]:
        """Return the log's records, to be written anew."""
        return [draft for draft in read_drafts(self.space, self.scene.later) if draft.old not in without]

    def append(self, *records: Record, hidden: Collection[str] = ()) -> Path:
        """Add records to the log as its owner does, seen by outsiders; return the workspace's folder."""
        self.space.append(records, hidden)
        self.outsiders.fix(self.space, self.scene.later)
        return self.space.root

    def relog(self, entries: Sequence[bytes], key: Signer | None = None) -> Path:
        """Put a log of these very entries in the place of the workspace's, signed anew; return its folder.

        Every tile is computed again, the signer's memory too; anchors that the new log contradicts are left out.
        """
        space, key = self.space, key or self.scene.key
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self.entries(), entries, strict=False)))
        origin = space.log().origin
        shutil.rmtree(space.ledger)
        space.memory.unlink()
        Log.create(space.ledger, key, origin, memory=space.memory)
        with Log.writer(space.ledger, key, memory=space.memory) as writer:
            writer.append(entries)
        for anchor in space.anchors.all():
            if anchor.size > same:
                drop(space, anchor)
        if key == self.scene.key:
            self.outsiders.fix(space, self.scene.later)
        return space.root

    def rewrite(
        self, drafts: Iterable[Draft], key: SigningKey | None = None, heir: SigningKey | None = None
    ) -> Workspace:
        """Return a new workspace whose log holds these records and all that follows from them, and a new report.

        Its first key is `key`, else the operator's own; to an `heir` it is handed over at once.
        """
        scene = self.scene
        first, following = key or scene.key, heir or scene.following
        space = begin(self.folder / "rewritten", self.space, first, following, scene.now)
        if heir:
            rotate(space, heir, scene.following.public, "scheduled", scene.now)
        Scribe(space).write(drafts)
        return self.conclude(space)

    def conclude(self, space: Workspace) -> Workspace:
        """Report on the newest assessment; outsiders are asked before and after."""
        self.outsiders.fix(space, self.scene.later)
        report(space, self.scene.renderers, self.scene.later)
        self.outsiders.fix(space, self.scene.later)
        return space

    def render(self, space: Workspace | None = None) -> dict[str, bytes]:
        """Return the report files of a workspace's newest assessment."""
        return render(space or self.space, self.scene.renderers, self.scene.later)

    def bundle(self, space: Workspace | None = None) -> Path:
        """Return the bundle of a workspace, with the reports of its newest assessment."""
        out = self.folder / "bundle.zip"
        write_bundle(space or self.space, self.render(space), (), out)
        return out

    def parts(self) -> dict[str, bytes]:
        """Return the files of the honest bundle, to be packed again."""
        folder = self.folder / "unpacked"
        return {name: (folder / name).read_bytes() for name in read_bundle(self.bundle(), folder).names}

    def pack(self, parts: Mapping[str, Part]) -> Path:
        """Return a bundle of these files, in canonical form."""
        out = self.folder / "packed.zip"
        with out.open("wb") as file:
            write_archive(parts, file)
        return out

    def file(self, name: str, data: bytes) -> Path:
        """Return a new file with these bytes."""
        path = self.folder / name
        path.write_bytes(data)
        return path


def drop(space: Workspace, anchor: Anchor) -> None:
    """Remove an anchor, which nobody asks for."""
    for name in (f"{anchor.size}", f"{anchor.size}.tsr"):
        (space.anchors.folder / name).unlink(missing_ok=True)
