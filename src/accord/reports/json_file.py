"""report.json: what the report says and the proof that it rests on, as one canonical JSON value."""

from accord.codes import load_code
from accord.ledger import PublicKey, format_json
from accord.reports.content import build
from accord.reports.models import Content
from accord.verify.dossier import Proof, open_proof

SCHEMA = "https://w3id.org/accord-code/report/v1"


def render_json(proof: Proof) -> bytes:
    """Return report.json for `proof`; the same proof gives the same bytes.

    The proof is checked under its own key, which shows that the file is sound in itself, not whose it is.
    """
    return format_report(read_content(proof), proof)


def read_content(proof: Proof) -> Content:
    """Check `proof` under its own key and return what a report on it says; raise VerificationError or ReportError."""
    dossier = open_proof(proof, PublicKey.parse(proof.vkey))
    return build(dossier, load_code(dossier.assessment().record.edition))


def format_report(content: Content, proof: Proof) -> bytes:
    """Return the bytes of report.json (RFC 8785)."""
    value = {"schema": SCHEMA, "content": content.model_dump(mode="json"), "proof": proof.model_dump(mode="json")}
    return format_json(value)
