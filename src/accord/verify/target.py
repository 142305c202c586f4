"""Verifying whatever one was handed: a workspace, a log's folder, a bundle, or a report alone. Nothing is sent."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from accord.assess import Progress
from accord.errors import VerificationError
from accord.ledger import open_checkpoint
from accord.ledger.checkpoint import MAX_CHECKPOINT
from accord.ledger.files import read_file
from accord.verify.bundle import Bundle, read_bundle
from accord.verify.claims import Claim, Gap, Result, Verification, explain, find_contradicted, rest_on
from accord.verify.dossier import Proof
from accord.verify.gaps import MEMORY, find_gaps
from accord.verify.history import (
    History,
    Opened,
    check_earlier,
    check_files,
    open_history,
    read_history,
    unpack_history,
)
from accord.verify.published import Renderers, check_proof, check_recorded, check_rendering
from accord.verify.recompute import find_artifacts, recompute
from accord.verify.report_file import MAX_REPORT, find_format, parse_report
from accord.verify.trust import Trust
from accord.workspace import STATE, Workspace

_BASE = frozenset({"key", "checkpoint.signature", "log.tree"})
"""Where one of these fails, nothing else of the target is shown to be the organisation's."""


def _ignore(done: int, note: str = "") -> None:
    """Be a Progress that nobody watches."""


def verify(
    path: Path, *, trust: Trust, now: datetime, renderers: Renderers, progress: Progress = _ignore
) -> Verification:
    """Check everything that `path` lets one check, offline, and say of each thing whether it holds.

    Raises VerificationError where `path` cannot be read, is nothing that Accord makes, or is a bundle whose form
    alone was tampered with: there is then nothing left that could safely be checked.
    """
    desk = _Desk(path, trust, now, renderers, progress)
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

    def __init__(self, path: Path, trust: Trust, now: datetime, renderers: Renderers, progress: Progress) -> None:
        self._path = path
        self._trust = trust
        self._now = now
        self._renderers = renderers
        self._progress = progress

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
        return self._conclude(opened, (*claims, *recompute(opened, lambda _: None)), gaps)

    def verify_file(self) -> Verification:
        with self._path.open("rb") as file:
            magic = file.read(2)
        if magic == b"PK":
            with TemporaryDirectory(prefix="accord-verify-") as folder:
                return self._verify_bundle(read_bundle(self._path, Path(folder)))
        return self._verify_report(_read_report(self._path))

    def _verify_workspace(self, space: Workspace) -> Verification:
        public = space.keys / "accord.pub"
        vkey = read_file(public, MAX_CHECKPOINT).decode(errors="replace").strip() if public.is_file() else None
        opened = self._open(read_history(space.ledger, vkey))
        files, gaps = check_files(space.ledger, opened.standing.key)
        held = space.artifacts
        claims = recompute(opened, lambda sha256: held.path(sha256) if sha256 in held else None)
        return self._conclude(opened, (*files, *_check_memory(space, opened), *claims), gaps)

    def _verify_bundle(self, bundle: Bundle) -> Verification:
        reports = {path.name: _read_report(path) for path in bundle.reports}
        proofs, claims = _parse_reports(reports)
        vkey = next((proof.vkey for proof in proofs.values()), None)
        opened = self._open(read_history(bundle.ledger, vkey))
        files, gaps = check_files(bundle.ledger, opened.standing.key)
        claims += [*files, _check_named(bundle, opened), *recompute(opened, bundle.artifact)]
        for name, data in reports.items():
            claims.append(check_recorded(name, data, opened.entries.values()))
            claims += self._check_report(name, data, proofs.get(name), opened)
        return self._conclude(opened, claims, gaps)

    def _verify_report(self, data: bytes) -> Verification:
        name, proof = f"report.{find_format(data)}", parse_report(data)
        opened = self._open(unpack_history(proof))
        artifacts = {sha256: text.encode() for sha256, text in proof.artifacts.items()}
        claims = [*recompute(opened, artifacts.get), *self._check_report(name, data, proof, opened)]
        return self._conclude(opened, claims, ())

    def _check_report(self, name: str, data: bytes, proof: Proof | None, opened: Opened) -> Iterator[Claim]:
        if proof:
            yield check_proof(name, proof, opened)
            yield check_rendering(name, data, proof, self._renderers, opened)

    def _open(self, history: History) -> Opened:
        return open_history(history, self._trust.judge(history.vkey, history.signed), self._progress)

    def _conclude(self, opened: Opened, further: Sequence[Claim], gaps: Sequence[Gap]) -> Verification:
        claims = (*opened.claims, *further)
        if base := find_contradicted(claims) & _BASE:
            claims = rest_on(base, claims, f"It rests on what is contradicted: {', '.join(sorted(base))}.")
        key = opened.standing.key
        return Verification(
            target=str(self._path),
            key=key.fingerprint if key else None,
            claims=claims,
            gaps=(*find_gaps(opened, claims, self._now), *gaps),
        )


def _read_report(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_REPORT + 1)
    if len(data) > MAX_REPORT:
        raise VerificationError("This is too large for a report.", where=str(path), expected=f"{MAX_REPORT} bytes")
    return data


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


def _check_memory(space: Workspace, opened: Opened) -> Iterator[Claim]:
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
