"""The engine of provenance: what content carries, what survives, who can check it, and who is told (action 7)."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from accord.assess import Job
from accord.evidence import Sighting
from accord.inspecting import Inspection, Look
from accord.ledger import digest, format_json
from accord.manifest import Provenance, System, identify_model
from accord.provenance.attack import ANY, IMAGES, CredentialMark, alter, attack, find_samples, questions
from accord.provenance.credentials import Credential, Verdict, check_file, media_type
from accord.provenance.disclosure import look_at_notices
from accord.provenance.keys import load_certificates
from accord.provenance.watermarks.looking import OpenRewriter, no_rewriter, open_marking, watermark_looks
from accord.workspace import Workspace

_DAYS = 90
_PAGE_DAYS = 7
"""A page can change any day."""
_LARGEST_ANSWER = 1 << 20
CARRIED = {"content.trusted": "the content carries a credential that is trusted"}
IDENTIFIED = {
    "content.identified": "its credential names this system and the model",
    "content.generated": "its credential says that a trained model made it",
    "content.no-person": "its credential has nothing that may name the user",
}
_LOOKED_UP = {
    "lookup.recognises": "the public check recognises the system's content",
    "lookup.careful": "the public check does not claim the same content once it was changed",
}
_TOLD = {"notice.shown": "people are told that they face an AI"}
_MOST_LOOKUPS = 5


@dataclass(frozen=True)
class ProvenanceInspector:
    """The engine of provenance (see `accord.assess.Engine`); `clock` tells when a job ends.

    `rewriter` opens a language model that rewrites texts, to see whether their watermarks survive it.
    """

    clock: Callable[[], datetime]
    rewriter: OpenRewriter = no_rewriter

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield jobs for samples of what the system made, for the public check, and for the notices to people."""
        declared = system.provenance or Provenance()
        model = identify_model(system, workspace.root).sha256
        if declared.samples:
            folder = workspace.root / declared.samples
            samples = find_samples(folder)
            anchors = load_certificates(workspace.root / declared.anchors) if declared.anchors else ()
            whole = digest(format_json([[str(p.relative_to(folder)), digest(p.read_bytes())] for p in samples]))
            trusted = digest(b"".join(c.fingerprint(hashes.SHA256()) for c in anchors))
            for topic, title, asked, look in _looks(system, declared, samples, anchors, model):
                yield Inspection(
                    topic=topic,
                    title=title,
                    name=folder.name,
                    sha256=whole,
                    model=model,
                    questions=asked,
                    look=look,
                    days=_DAYS,
                    settings={"anchors": trusted, "check": declared.check},
                    sampled=frozenset(asked),
                ).job(workspace, self.clock)
        if markings := [m for w in system.watermarks if (m := open_marking(w, system, workspace.root))]:
            for inspection in watermark_looks(markings, model, partial(self.rewriter, system, workspace.root)):
                yield inspection.job(workspace, self.clock)
        if system.notices:
            places = digest(format_json([n.model_dump() for n in system.notices]))
            yield Inspection(
                topic="notices",
                title="Whether people are told that they face an AI",
                name=system.system.name,
                sha256=places,
                model=model,
                questions=_TOLD,
                look=partial(look_at_notices, system.notices),
                days=_PAGE_DAYS,
            ).job(workspace, self.clock)


def _looks(
    system: System, declared: Provenance, samples: Sequence[Path], anchors: Sequence[x509.Certificate], model: str
) -> Iterator[tuple[str, str, Mapping[str, str], Look]]:
    yield "credentials", "Credentials of the content", CARRIED, partial(look_at_credentials, samples, anchors)
    identified = partial(look_at_identifiers, samples, anchors, system.system.name, model)
    yield "identifiers", "What the credentials name", IDENTIFIED, identified
    if anchors:
        mark = CredentialMark(anchors)
        marked = [p for p in samples if mark.find(p.read_bytes(), media_type(p))[0]]
        if marked:
            asked = questions(mark.name, mark.title, {**ANY, **IMAGES})
            yield "robustness", "What survives of the credentials", asked, partial(attack, marked, mark)
    if declared.check:
        yield "lookup", "The public check of content", _LOOKED_UP, partial(look_at_lookup, declared.check, samples)


def look_at_credentials(samples: Sequence[Path], anchors: Sequence[x509.Certificate]) -> Iterator[Sighting]:
    """Yield for each sample whether its credential is trusted."""
    for path in samples:
        found = check_file(path, anchors)
        note = "; ".join([found.verdict.value, *found.problems, *(f"ingredient: {p}" for p in found.ingredients)])
        holds = found.verdict == Verdict.TRUSTED
        yield Sighting(observation="content.trusted", subject=path.name, holds=holds, note=note)


def look_at_identifiers(
    samples: Sequence[Path], anchors: Sequence[x509.Certificate], system: str, model: str
) -> Iterator[Sighting]:
    """Yield for each sample what its credential names; one that has none, or was changed, tells nothing."""
    for path in samples:
        found = check_file(path, anchors)
        for observation, holds, note in _identified(found, system, model):
            told = found.verdict in {Verdict.TRUSTED, Verdict.UNTRUSTED}
            kept = note if told else found.verdict.value
            yield Sighting(observation=observation, subject=path.name, holds=holds if told else None, note=kept)


def _identified(found: Credential, system: str, model: str) -> Iterator[tuple[str, bool, str]]:
    named = found.system == system and found.model == model
    yield "content.identified", named, f"{found.system}, {found.model}" if found.system else "it names none"
    yield "content.generated", found.generated, ""
    yield "content.no-person", not found.personal, ", ".join(found.personal)


def look_at_lookup(address: str, samples: Sequence[Path]) -> Iterator[Sighting]:
    """Yield what a public check says of some samples, and of the same with one byte changed."""
    for path in samples[:_MOST_LOOKUPS]:
        data, kind = path.read_bytes(), media_type(path)
        for observation, content, wanted in (
            ("lookup.recognises", data, True),
            ("lookup.careful", alter(data)[0], False),
        ):
            said, note = _ask(address, content, kind)
            holds = None if said == "" else (said is True) == wanted
            yield Sighting(observation=observation, subject=path.name, holds=holds, note=note)


def _ask(address: str, content: bytes, kind: str) -> tuple[object, str]:
    """Return what a check answers, and its reason; an empty answer where it did not answer."""
    request = urllib.request.Request(address, content, {"Content-Type": kind})  # noqa: S310 - the manifest takes http and https alone
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            said = json.loads(answer.read(_LARGEST_ANSWER))
    except (OSError, ValueError, urllib.error.URLError) as error:
        return "", f"it does not answer: {str(error)[:100]}"
    if not isinstance(said, dict) or "made_by_system" not in said:
        return "", "it does not answer with made_by_system"
    return said["made_by_system"], str(said.get("reason", ""))[:200]
