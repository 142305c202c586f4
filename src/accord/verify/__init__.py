"""Anyone checks anything, offline: what was signed, what is in the log, and that every result follows from it."""

from accord.verify.bundle import Bundle, read_bundle, write_bundle
from accord.verify.claims import Claim, Gap, Result, Verification
from accord.verify.disclosure import Disclosure, make_disclosure, parse_disclosure
from accord.verify.dossier import Dossier, Proof, make_proof, needed_artifacts, open_proof, parse_proof
from accord.verify.memory import Memory, default_folder
from accord.verify.report_file import parse_report
from accord.verify.target import verify
from accord.verify.trust import Trust

__all__ = [
    "Bundle",
    "Claim",
    "Disclosure",
    "Dossier",
    "Gap",
    "Memory",
    "Proof",
    "Result",
    "Trust",
    "Verification",
    "default_folder",
    "make_disclosure",
    "make_proof",
    "needed_artifacts",
    "open_proof",
    "parse_disclosure",
    "parse_proof",
    "parse_report",
    "read_bundle",
    "verify",
    "write_bundle",
]
