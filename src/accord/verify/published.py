"""Claims about report files: that the proof inside is sound, of this log, and says what the file shows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from accord.errors import AccordError
from accord.evidence import AssessmentRecord, Entry, ReportRecord
from accord.ledger import PublicKey, digest
from accord.verify.claims import Claim, Result, explain
from accord.verify.dossier import Dossier, Proof, open_proof
from accord.verify.history import Opened, check_earlier
from accord.verify.recompute import judge_difference

Renderers = Mapping[str, Callable[[Proof], bytes]]
"""How a proof becomes a report's bytes, by what follows `report.` in the file's name."""


def check_proof(name: str, proof: Proof, opened: Opened) -> Claim:
    """Check that a report's proof is whole, under the log's key, and of a state that this log went through."""
    text = f"{name} carries a sound proof, of this log as it stood then."
    claim = Claim(id=f"{name}.proof", text=text, result=Result.VERIFIED)
    try:
        reason = _find_foreign(open_proof(proof, PublicKey.parse(proof.vkey)), opened)
    except AccordError as error:
        reason = explain(error)
    if reason:
        return claim.model_copy(update={"result": Result.CONTRADICTED, "reason": reason})
    return opened.standing.weigh(claim)


def check_rendering(name: str, data: bytes, proof: Proof, renderers: Renderers, opened: Opened) -> Claim:
    """Check that rendering the proof gives the file's bytes, so that every word of it follows from the records."""
    claim = Claim(id=f"{name}.content", text=f"{name} says what its records give.", result=Result.VERIFIED)
    render = renderers.get(name.partition(".")[2])
    if render is None:
        return claim.model_copy(update={"result": Result.CANNOT_TELL, "reason": "This version cannot render it."})
    try:
        reason = "" if render(proof) == data else "Its proof gives another text."
    except AccordError as error:
        reason = explain(error)
    if not reason:
        return claim
    shown = [e for i, e in sorted(opened.entries.items()) if i < len(proof.entries)]
    newest = next((e.record for e in reversed(shown) if isinstance(e.record, AssessmentRecord)), None)
    result, note = judge_difference(newest) if newest else (Result.CONTRADICTED, "")
    return claim.model_copy(update={"result": result, "reason": f"{reason}{note}"})


def check_recorded(name: str, data: bytes, entries: Iterable[Entry[Any]]) -> Claim:
    """Check that the log holds the digest of a report file."""
    claim = Claim(id=f"{name}.recorded", text=f"{name} is as the log recorded it.", result=Result.VERIFIED)
    named = [e for e in entries if isinstance(e.record, ReportRecord) and name in e.record.files]
    held = next((e for e in named if e.record.files[name] == digest(data)), None)
    if held:
        return claim.model_copy(update={"ref": held.ref})
    if named:
        reason = f"expected SHA-256 {named[-1].record.files[name]}; found {digest(data)}"
        return claim.model_copy(update={"result": Result.CONTRADICTED, "reason": reason, "ref": named[-1].ref})
    return claim.model_copy(update={"result": Result.CANNOT_TELL, "reason": "No record names this file."})


def _find_foreign(dossier: Dossier, opened: Opened) -> str:
    if dossier.key not in {opened.standing.key, *opened.chain}:
        return f"It is under another key than the log: {dossier.key.vkey}."
    return check_earlier(opened.history, dossier.checkpoint)
