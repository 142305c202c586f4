"""Having witnesses cosign the newest checkpoint, where the workspace names any that can be asked."""

from dataclasses import replace

import click

from accord.cli.output import safe
from accord.errors import AccordError, LedgerError, WorkspaceError
from accord.ledger import Policy, WitnessKey, find_cosignatures
from accord.ledger.files import disk_errors, read_file
from accord.ledger.policy import MAX_POLICY, KnownWitness
from accord.ledger.witness_client import ask_all
from accord.workspace import Workspace

_TIMEOUT = 10.0
"""Seconds for each request to a witness."""


def anchor(workspace: Workspace) -> bool:
    """Ask the workspace's witnesses for their cosignatures; tell whether the checkpoint has new ones.

    A witness that fails is a warning on standard error: what is recorded must not depend on whether it can be reached.
    """
    try:
        policy = read_policy(workspace)
    except AccordError as error:
        _warn(error)
        return False
    if policy is None or not askable(policy):
        return False
    note = workspace.log().signed_checkpoint
    if signers(note, policy) >= {witness.key for witness in askable(policy)}:
        return False
    cosigned, failures = ask(workspace, policy)
    for failure in failures:
        _warn(failure)
    return cosigned != note


def _warn(error: AccordError) -> None:
    click.echo(str(safe(f"warning: {error}")), err=True)


def read_policy(workspace: Workspace) -> Policy | None:
    """Return the installed policy, None where there is none; VerificationError where it is damaged.

    Raises WorkspaceError where it names another key than the log's, as after a change of keys.
    """
    if not workspace.witnesses.exists():
        return None
    with disk_errors("The witnesses' policy cannot be read.", workspace.witnesses):
        policy = Policy.parse(read_file(workspace.witnesses, MAX_POLICY))
    own = workspace.public_key()
    if policy.logs and own not in {known.key for known in policy.logs}:
        raise WorkspaceError(
            "The policy names another key than the log's.",
            where=str(workspace.witnesses),
            expected=f"log {own.vkey}",
            fix="put this key into your policy, then: accord log witness use POLICY",
        )
    return policy


def askable(policy: Policy) -> tuple[KnownWitness, ...]:
    """Return the witnesses whose URL the policy gives."""
    return tuple(witness for witness in policy.witnesses if witness.url)


def signers(note: bytes, policy: Policy) -> set[WitnessKey]:
    """Return the policy's witnesses that cosigned a note."""
    found = find_cosignatures(note, [witness.key for witness in policy.witnesses])
    return {cosignature.key for cosignature in found}


def ask(workspace: Workspace, policy: Policy) -> tuple[bytes, tuple[LedgerError, ...]]:
    """Ask every witness that has a URL, keep the cosigned checkpoint, and return it with what went wrong."""
    log = workspace.log()
    asked = replace(policy, witnesses=askable(policy))
    note, failures = ask_all(asked, log.signed_checkpoint, log, _TIMEOUT, seen=_seen(workspace, asked))
    if note != log.signed_checkpoint:
        workspace.keep_checkpoint(note)
    return note, failures


def _seen(workspace: Workspace, policy: Policy) -> dict[str, int]:
    """Return the size that each witness cosigned when it was asked last, as far as it is known: it saves a request."""
    for held in workspace.anchors.all()[-1:]:
        signed = signers(held.note, policy)
        return {witness.name: held.size for witness in policy.witnesses if witness.key in signed}
    return {}
