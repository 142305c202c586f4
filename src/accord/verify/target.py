"""Verifying whatever one was handed: a workspace, a log's folder, a bundle, or a report alone. Nothing is sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from accord.assess import Progress
from accord.errors import LedgerError, VerificationError
from accord.evidence import Entry
from accord.ledger import Checkpoint, PublicKey, open_checkpoint, unverified_keyid
from accord.ledger.checkpoint import MAX_CHECKPOINT
from accord.ledger.files import read_file
from accord.ledger.signatures import check_signatures
from accord.verify.anchors import check_anchors, check_dates, check_quorum, describe_gaps
from accord.verify.archive import Part
from accord.verify.bundle import Bundle, read_bundle
from accord.verify.claims import Claim, Gap, Result, Verification, explain, find_contradicted, rest_on
from accord.verify.disclosure import Disclosure, check_disclosure, check_withheld
from accord.verify.dossier import Proof
from accord.verify.gaps import MEMORY, find_gaps
from accord.verify.history import (
    History,
    Opened,
    check_earlier,
    check_files,
    find_keys,
    open_history,
    read_history,
    unpack_anchors,
    unpack_history,
)
from accord.verify.memory import Memory, check_memory
from accord.verify.published import Renderers, check_proof, check_recorded, check_rendering
from accord.verify.recompute import find_artifacts, recompute
from accord.verify.report_file import MAX_REPORT, find_name, parse_report, strip_site
from accord.verify.sequence import check_plans, check_sequences
from accord.verify.shelf import Find
from accord.verify.trust import Trust
from accord.workspace import STATE, Anchor, Workspace
from accord.workspace.evaluators import read_evaluators

_BASE = frozenset({"key", "key.current", "checkpoint.signature", "log.tree"})
"""Where one of these fails, nothing else of the target is shown to be the organisation's."""


def _ignore(done: int, note: str = "") -> None:
    """Be a Progress that nobody watches."""


def verify(
    path: Path,
    *,
    trust: Trust,
    now: datetime,
    renderers: Renderers,
    progress: Progress = _ignore,
    disclosure: Disclosure | None = None,
    memory: Memory | None = None,
) -> Verification:
    """Check everything that `path` lets one check, offline, and say of each thing whether it holds.

    A `disclosure` opens what is withheld: its openings are checked, and what the opened fields say. A `memory` is what
    the verifier keeps of logs: a log must extend what was verified of it before, whose signatures are not checked
    again; where everything holds under a named key, the log is remembered.

    Raises VerificationError where `path` cannot be read, is nothing that Accord makes, or is a bundle whose form
    alone was tampered with: there is then nothing left that could safely be checked.
    """
    desk = _Desk(path, trust, now, renderers, progress, disclosure, memory)
    try:
        if path.is_dir():
            return desk.verify_folder()
        if path.is_file():
            return desk.verify_file()
    except OSError as error:
        raise VerificationError(
            "This cannot be read.", where=str(error.filename or path), found=error.strerror or str(error)
        ) from error
    raise VerificationError("This cannot be read.", where=str(path), expected="a file or a folder")


class _Desk:
    """One verification at work: what was handed over, and what the verifier brought."""

    def __init__(
        self,
        path: Path,
        trust: Trust,
        now: datetime,
        renderers: Renderers,
        progress: Progress,
        disclosure: Disclosure | None,
        memory: Memory | None,
    ) -> None:
        self._path = path
        self._trust = trust
        self._now = now
        self._renderers = renderers
        self._progress = progress
        self._disclosure = disclosure
        self._memory = memory

    def verify_folder(self) -> Verification:
        if (self._path / STATE).is_dir():
            return self._verify_workspace(Workspace(self._path))
        if not (self._path / "checkpoint").exists():
            raise VerificationError(
                "This folder is nothing that Accord can verify.",
                where=str(self._path),
                expected=f"a workspace (with {STATE}) or a log (with a checkpoint)",
            )
        opened = self._open(read_history(self._path, None))
        claims, gaps = check_files(self._path, opened.standing.key)
        return self._conclude(opened, (*claims, *self._recompute(opened, lambda _: None)), gaps, ())

    def verify_file(self) -> Verification:
        with self._path.open("rb") as file:
            magic = file.read(2)
        if magic == b"PK":
            with TemporaryDirectory(prefix="accord-verify-") as folder:
                return self._verify_bundle(read_bundle(self._path, Path(folder)))
        return self._verify_report(strip_site(_read_report(self._path)))

    def _verify_workspace(self, space: Workspace) -> Verification:
        public = space.keys / "accord.pub"
        vkey = read_file(public, MAX_CHECKPOINT).decode(errors="replace").strip() if public.is_file() else None
        opened = self._open(read_history(space.ledger, vkey, read_evaluators(space.evaluators.path)))
        files, gaps = check_files(space.ledger, opened.standing.key)
        held = space.artifacts
        claims = self._recompute(opened, lambda sha256: held.path(sha256) if sha256 in held else None)
        return self._conclude(opened, (*files, *_check_signer(space, opened), *claims), gaps, space.anchors.all())

    def _verify_bundle(self, bundle: Bundle) -> Verification:
        reports = {path.name: _read_report(path) for path in bundle.reports}
        proofs, claims = _parse_reports(reports)
        vkey = next((proof.vkey for proof in proofs.values()), None)
        opened = self._open(read_history(bundle.ledger, vkey, bundle.evaluators))
        files, gaps = check_files(bundle.ledger, opened.standing.key)
        claims += [*files, _check_named(bundle, opened), *self._recompute(opened, bundle.artifact)]
        for name, data in reports.items():
            claims.append(check_recorded(name, data, opened.entries.values()))
            claims += self._check_report(name, data, proofs.get(name), opened)
        return self._conclude(opened, claims, gaps, bundle.anchors)

    def _verify_report(self, data: bytes) -> Verification:
        name, proof = find_name(data), parse_report(data)
        opened = self._open(unpack_history(proof), may_be_old=True)
        artifacts = {sha256: text.encode() for sha256, text in proof.artifacts.items()}
        claims = [*self._recompute(opened, artifacts.get), *self._check_report(name, data, proof, opened)]
        return self._conclude(opened, claims, (), unpack_anchors(proof))

    def _check_report(self, name: str, data: bytes, proof: Proof | None, opened: Opened) -> Iterator[Claim]:
        if proof:
            yield check_proof(name, proof, opened)
            yield check_rendering(name, data, proof, self._renderers, opened)

    def _open(self, history: History, *, may_be_old: bool = False) -> Opened:
        """Open a log, and compare it with what is remembered of it; a report is of its day, and `may_be_old`."""
        keys = find_keys(history, self._trust)
        seen = self._recall(history, keys)
        agreed = [s.size for s in seen if check_memory(history, s).result == Result.VERIFIED]
        signers = self._find_signers(history, keys, max(agreed, default=0))
        opened = open_history(history, self._trust, self._progress, signers)
        # A log may be remembered under any of its keys: whoever rewrites it may give it another first one.
        seen = dict.fromkeys((*seen, *self._recall(history, opened.chain)))
        claims = [check_memory(history, s, may_be_old=may_be_old) for s in seen]
        worst = sorted(claims, key=lambda claim: tuple(Result).index(claim.result))[-1:]
        return replace(opened, claims=(*opened.claims, *worst))

    def _recall(self, history: History, keys: Sequence[PublicKey]) -> dict[Checkpoint, None]:
        """Return the checkpoints that are remembered of a log under these keys, as a set in order."""
        if self._memory is None or history.claimed is None:
            return {}
        found = (self._memory.recall(history.claimed.origin, key) for key in keys)
        return dict.fromkeys(checkpoint for checkpoint in found if checkpoint)

    def _find_signers(self, history: History, keys: Sequence[PublicKey], known: int) -> Mapping[int, PublicKey]:
        """Return who signed each entry; those below `known` were verified before, and are the same bytes since."""
        named = {key.keyid: key for key in keys}
        before = {
            index: named[keyid]
            for index, data in history.entries.items()
            if index < known and (keyid := unverified_keyid(data)) in named
        }
        return {**before, **check_signatures({i: e for i, e in history.entries.items() if i >= known}, keys)}

    def _recompute(self, opened: Opened, find: Find) -> Iterator[Claim]:
        """Check what the records say, of themselves and of each other."""
        shown, disclosed = self._disclosure, dict[int, Entry[Any]]()
        if shown:
            claims, disclosed = check_disclosure(shown, opened)
            yield from claims
        entries = {**opened.entries, **disclosed}
        yield from check_sequences(entries)
        yield from check_plans(entries)
        yield from check_withheld(entries.values())

        def find_any(sha256: str) -> Part | None:
            part = find(sha256)
            return shown.find(sha256) if part is None and shown else part

        yield from recompute(opened, find_any, disclosed)

    def _conclude(
        self, opened: Opened, further: Sequence[Claim], gaps: Sequence[Gap], anchors: Sequence[Anchor]
    ) -> Verification:
        policy, history = self._trust.policy, opened.history
        anchored, moments = check_anchors(history, anchors, policy, self._trust.roots)
        if not policy and not self._trust.roots:
            anchored = tuple(c for c in anchored if c.result == Result.CONTRADICTED)  # the rest is one gap
        quorum = [check_quorum(history.signed, policy)] if policy else []
        dates = check_dates(opened.entries.values(), moments)
        claims = (*opened.claims, *quorum, *anchored, *([dates] if dates else []), *further)
        if base := find_contradicted(claims) & _BASE:
            claims = rest_on(base, claims, f"It rests on what is contradicted: {', '.join(sorted(base))}.")
        key = opened.standing.key
        outside = describe_gaps(history, policy, moments)
        done = Verification(
            target=str(self._path),
            key=key.fingerprint if key else None,
            claims=claims,
            gaps=(*find_gaps(opened, claims, self._now), *outside, *gaps),
        )
        return self._remember(opened, done.model_copy(update={"gaps": (*done.gaps, *self._find_unseen(opened))}))

    def _find_unseen(self, opened: Opened) -> Iterator[Gap]:
        """Say that nothing is remembered of a log, so that silence is not taken for agreement."""
        claimed = opened.history.claimed
        if self._memory is None or claimed is None or any(claim.id == "memory.extends" for claim in opened.claims):
            return
        others = sorted({name for key in opened.chain for name in self._memory.origins(key)} - {claimed.origin})
        text = "Nothing of this log was verified here before, so nothing shows that it was not rewritten."
        if others:
            named = ", ".join(ascii(name) for name in others)
            text = f"{text} You know its key from another log: {named}. Ask why it has a new name."
        yield Gap(id="first-seen", text=text)

    def _remember(self, opened: Opened, done: Verification) -> Verification:
        """Keep the log's checkpoint where all of it holds; that it could not be kept takes nothing from the result."""
        if self._memory is None or not done.pinned or done.worst == Result.CONTRADICTED or not opened.chain:
            return done
        try:
            for key in opened.chain:
                self._memory.keep(opened.history, key, self._now)
        except LedgerError as error:
            gap = Gap(id="not-remembered", text=f"What was verified could not be remembered: {explain(error)}")
            return done.model_copy(update={"gaps": (*done.gaps, gap)})
        return done


def _read_report(path: Path) -> bytes:
    if path.stat().st_size > MAX_REPORT:
        raise VerificationError("This is too large for a report.", where=str(path), expected=f"{MAX_REPORT} bytes")
    return read_file(path, MAX_REPORT)


def _parse_reports(reports: dict[str, bytes]) -> tuple[dict[str, Proof], list[Claim]]:
    proofs, claims = dict[str, Proof](), list[Claim]()
    for name, data in reports.items():
        try:
            proofs[name] = parse_report(data)
        except VerificationError as error:
            text = f"{name} can be read."
            claims.append(Claim(id=f"{name}.form", text=text, result=Result.CONTRADICTED, reason=explain(error)))
    return proofs, claims


def _check_named(bundle: Bundle, opened: Opened) -> Claim:
    text = "The bundle holds no artifact but those that its records name."
    extra = bundle.artifacts - find_artifacts(opened.entries.values())
    result = Result.CONTRADICTED if extra else Result.VERIFIED
    return Claim(id="bundle.artifacts", text=text, result=result, reason=", ".join(sorted(extra)))


def _check_signer(space: Workspace, opened: Opened) -> Iterator[Claim]:
    """Compare the log with the last checkpoint that its signer keeps beside the key."""
    path, key = space.keys / "checkpoint", opened.standing.key
    if key is None or not path.is_file():
        return
    try:
        reason = check_earlier(opened.history, open_checkpoint(read_file(path, MAX_CHECKPOINT), key))
    except VerificationError as error:
        reason = explain(error)
    yield Claim(
        id=MEMORY,
        text="The log extends the last checkpoint that its signer remembers.",
        result=Result.CONTRADICTED if reason else Result.VERIFIED,
        reason=reason,
    )
