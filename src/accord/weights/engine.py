"""The engine that looks at the model's files: are they as signed, what do they hold, who can reach them (action 6)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from accord.assess import Job
from accord.errors import SignatureError, VerificationError, WeightsError
from accord.evidence import Sighting, Tool, format_values
from accord.inspecting import Inspection
from accord.ledger import digest
from accord.manifest import System, Weights, identify_model
from accord.weights.access import look_at_access
from accord.weights.bundle import Manifest
from accord.weights.cache import DigestCache
from accord.weights.certificates import parse_certificates
from accord.weights.opinions import Opinion, ask, tool_version
from accord.weights.scan import FileScan, Verdict, scan_files
from accord.weights.signing import Trusted, default_signature, load_public_key, verify_model
from accord.weights.tree import IGNORED, hash_model
from accord.workspace import Workspace

_DAYS = 90
"""Unchanged files are looked at anew after this long: what is known of attacks grows."""
_ACCESS_DAYS = 30
_HELD = {Verdict.SAFE: True, Verdict.SUSPICIOUS: False, Verdict.MALFORMED: False, Verdict.UNREADABLE: None}
_SIGNED = {
    "weights.signed": "the signature is by the declared signer",
    "weights.as-signed": "the file is as it was signed",
}
_SCANNED = {"weights.safe": "nothing in the file runs when it is loaded"}
_COMPARED = {"weights.agreed": "another scanner comes to the same verdict on the file"}
_REACHED = {
    "weights.read": "no other account of the machine can read the file",
    "weights.write": "no other account of the machine can change the file",
    "weights.storage": "the file lies on encrypted storage",
}


@dataclass(frozen=True)
class WeightsInspector:
    """The engine of model files (see `accord.assess.Engine`); `clock` tells when a job ends."""

    clock: Callable[[], datetime]

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield a job for the signature where one is declared, one for the scan and one for who can reach the files.

        A model that is reached over a network has no files here, and gives no job.
        """
        declared = system.weights or Weights()
        named = declared.path or system.model.weights
        if named is None:
            return
        place = (workspace.root / named).resolve()
        known = DigestCache(workspace.digests)
        digests = hash_model(place, follow=True, known=known)
        known.write()
        about = _About(
            name=place.name,
            sha256=digests["."] if set(digests) == {"."} else Manifest(place.name, digests).root,
            model=identify_model(system, workspace.root).sha256,
        )
        if declared.key or declared.roots:
            yield self._signature(workspace, about, place, declared).job(workspace, self.clock)
        yield _scan(about, place, declared.second_opinions).job(workspace, self.clock)
        yield _access(about, place, released=declared.released).job(workspace, self.clock)

    def _signature(self, workspace: Workspace, about: "_About", place: Path, declared: Weights) -> Inspection:
        root = workspace.root
        signature = root / declared.signature if declared.signature else default_signature(place)
        trusted, keys = _trusted(root, declared)
        return Inspection(
            topic="signature",
            title=f"Signature of the model's files: {place.name}",
            name=about.name,
            sha256=about.sha256,
            model=about.model,
            questions=_SIGNED,
            look=lambda: _verify(place, signature, trusted),
            days=_DAYS,
            settings={"signature": digest(signature.read_bytes()) if signature.is_file() else None, "signer": keys},
        )


@dataclass(frozen=True)
class _About:
    name: str
    sha256: str
    model: str


def _trusted(root: Path, declared: Weights) -> tuple[Trusted, str]:
    """Return whom the signature must come from, and the digest of what says so."""
    if declared.key:
        data = (root / declared.key).read_bytes()
        return Trusted(key=load_public_key(data, declared.key)), digest(data)
    held = [(root / name).read_bytes() for name in declared.roots]
    roots = [c for name, data in zip(declared.roots, held, strict=True) for c in parse_certificates(data, name)]
    return Trusted(roots=tuple(roots)), digest(b"".join(held))


def _verify(place: Path, signature: Path, trusted: Trusted) -> Iterator[Sighting]:
    def seen(observation: str, subject: str, note: str = "", *, holds: bool) -> Sighting:
        return Sighting(observation=observation, subject=subject, holds=holds, note=note)

    if not signature.is_file():
        yield seen("weights.signed", signature.name, "there is no such file", holds=False)
        return
    try:
        found = verify_model(place, signature, trusted)
    except (SignatureError, VerificationError, WeightsError) as error:
        yield seen("weights.signed", signature.name, error.problem, holds=False)
        return
    yield seen("weights.signed", signature.name, found.subject or found.signer, holds=True)
    wrong = {
        **dict.fromkeys(found.changed, "changed"),
        **dict.fromkeys(found.removed, "removed"),
        **dict.fromkeys(found.added, "added"),
        **{old: f"renamed to {new}" for old, new in found.renamed},
    }
    for name in sorted({*found.manifest.digests, *wrong}):
        yield seen("weights.as-signed", name, wrong.get(name, ""), holds=name not in wrong)


def _scan(about: _About, place: Path, opinions: Sequence[str]) -> Inspection:
    def look() -> Iterator[Sighting]:
        for path, file in scan_files(place):
            note = "; ".join([file.format, *file.reasons])
            yield Sighting(observation="weights.safe", subject=file.name, holds=_HELD[file.verdict], note=note)
            for tool in opinions:
                yield _compare(ask(tool, path), file)

    tools = tuple(Tool(name=tool, version=tool_version(tool)) for tool in opinions)
    return Inspection(
        topic="scan",
        title=f"Scan of the model's files: {place.name}",
        name=about.name,
        sha256=about.sha256,
        model=about.model,
        questions=_SCANNED | (_COMPARED if opinions else {}),
        look=look,
        days=_DAYS,
        tools=tools,
        settings={"allowed": digest(files("accord.weights").joinpath("allowed.toml").read_bytes())},
    )


def _compare(opinion: Opinion, own: FileScan) -> Sighting:
    """Return whether two scanners agree on a file: a disagreement shows that one is wrong, and not which."""
    agrees = opinion.verdict != Verdict.UNREADABLE and not opinion.disagrees(own)
    note = "; ".join([f"{opinion.tool}: {opinion.verdict}, Accord: {own.verdict}", *opinion.reasons])
    return Sighting(observation="weights.agreed", subject=own.name, holds=True if agrees else None, note=note)


def _access(about: _About, place: Path, *, released: bool) -> Inspection:
    # A look costs nothing, so it is taken at once: what it saw tells whether there is anything new to record.
    seen = tuple(look_at_access(place, IGNORED, released=released))
    return Inspection(
        topic="access",
        title=f"Access to the model's files: {place.name}",
        name=about.name,
        sha256=about.sha256,
        model=about.model,
        questions={name: title for name, title in _REACHED.items() if not (released and name == "weights.read")},
        look=lambda: seen,
        days=_ACCESS_DAYS,
        settings={"released": released, "seen": digest(format_values(seen))},
    )
