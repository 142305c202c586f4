"""The log: signed records in a tamper-evident, append-only file tree (C2SP tlog-tiles). Knows nothing of AI."""

from accord.ledger.artifacts import Artifacts
from accord.ledger.canonical import digest, format_json, parse_json
from accord.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint, unverified_checkpoint
from accord.ledger.cosignature import Cosignature, WitnessKey, WitnessSigner, add_signatures, cosign, find_cosignatures
from accord.ledger.dsse import PAYLOAD_TYPE, open_envelope, sign_envelope, unverified_keyid, unverified_payload
from accord.ledger.files import Disk, Files
from accord.ledger.fsck import Fault, Fsck, fsck
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
    "fsck",
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
