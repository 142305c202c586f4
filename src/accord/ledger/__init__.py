"""The log: signed records in a tamper-evident, append-only file tree (C2SP tlog-tiles). Knows nothing of AI.

Each name is loaded when it is first asked for: who signs a model's files needs the writer of files, and not the log.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.ledger.artifacts import Artifacts
    from accord.ledger.canonical import digest, format_json, parse_json
    from accord.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint, unverified_checkpoint
    from accord.ledger.cosignature import (
        Cosignature,
        WitnessKey,
        WitnessSigner,
        add_signatures,
        cosign,
        find_cosignatures,
    )
    from accord.ledger.dsse import PAYLOAD_TYPE, open_envelope, sign_envelope, unverified_keyid, unverified_payload
    from accord.ledger.files import Disk, Files
    from accord.ledger.fsck import Fault, Fsck
    from accord.ledger.keys import PublicKey, Signer, SigningKey
    from accord.ledger.log import Log, LogWriter
    from accord.ledger.merkle import (
        EMPTY_ROOT,
        consistency_proof,
        inclusion_proof,
        leaf_hash,
        node_hash,
        root,
        tree_root,
        verify_consistency,
        verify_inclusion,
    )
    from accord.ledger.policy import Policy, Quorum
    from accord.ledger.signers import load_signer
    from accord.ledger.statement import Statement, Subject, format_statement, parse_statement
    from accord.ledger.tiles import MAX_ENTRY, Tile, format_bundle, parse_bundle, parse_hashes, parse_path

__all__ = [
    "EMPTY_ROOT",
    "MAX_ENTRY",
    "PAYLOAD_TYPE",
    "Artifacts",
    "Checkpoint",
    "Cosignature",
    "Disk",
    "Fault",
    "Files",
    "Fsck",
    "Log",
    "LogWriter",
    "Policy",
    "PublicKey",
    "Quorum",
    "Signer",
    "SigningKey",
    "Statement",
    "Subject",
    "Tile",
    "WitnessKey",
    "WitnessSigner",
    "add_signatures",
    "consistency_proof",
    "cosign",
    "digest",
    "find_cosignatures",
    "format_bundle",
    "format_json",
    "format_statement",
    "inclusion_proof",
    "leaf_hash",
    "load_signer",
    "node_hash",
    "open_checkpoint",
    "open_envelope",
    "parse_bundle",
    "parse_hashes",
    "parse_json",
    "parse_path",
    "parse_statement",
    "root",
    "sign_checkpoint",
    "sign_envelope",
    "tree_root",
    "unverified_checkpoint",
    "unverified_keyid",
    "unverified_payload",
    "verify_consistency",
    "verify_inclusion",
]

_NAMES = {
    "artifacts": ("Artifacts",),
    "canonical": ("digest", "format_json", "parse_json"),
    "checkpoint": ("Checkpoint", "open_checkpoint", "sign_checkpoint", "unverified_checkpoint"),
    "cosignature": ("Cosignature", "WitnessKey", "WitnessSigner", "add_signatures", "cosign", "find_cosignatures"),
    "dsse": ("PAYLOAD_TYPE", "open_envelope", "sign_envelope", "unverified_keyid", "unverified_payload"),
    "files": ("Disk", "Files"),
    "fsck": ("Fault", "Fsck"),
    "keys": ("PublicKey", "Signer", "SigningKey"),
    "log": ("Log", "LogWriter"),
    "merkle": (
        "EMPTY_ROOT",
        "consistency_proof",
        "inclusion_proof",
        "leaf_hash",
        "node_hash",
        "root",
        "tree_root",
        "verify_consistency",
        "verify_inclusion",
    ),
    "policy": ("Policy", "Quorum"),
    "signers": ("load_signer",),
    "statement": ("Statement", "Subject", "format_statement", "parse_statement"),
    "tiles": ("MAX_ENTRY", "Tile", "format_bundle", "parse_bundle", "parse_hashes", "parse_path"),
}
"""Which names live in which module."""
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    if name not in _HOMES:
        msg = f"module 'accord.ledger' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"accord.ledger.{_HOMES[name]}"), name)
