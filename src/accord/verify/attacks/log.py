"""Attacks on the log itself: its entries, its tree, its checkpoints, and who saw them."""

import shutil
from dataclasses import replace
from pathlib import Path

from accord.evidence import sign_record
from accord.ledger import SigningKey, Tile, format_bundle
from accord.ledger.note import Note, NoteSignature, format_note, parse_note
from accord.ledger.tiles import ENTRIES
from accord.verify.attacks.case import Case
from accord.verify.attacks.definition import Defence, attack
from accord.verify.attacks.scene import GOOD, announce, make_run
from accord.verify.attacks.scribe import Draft, assess

_SEEN = (Defence.WITNESS, Defence.MEMORY)
"""The operator's key makes any log whole again: only somebody who saw the other one can tell."""


@attack("Edit a record")
def edit(case: Case) -> Path:
    """Change the entry on disk, and nothing else."""
    entries = _edited(case.entries())
    (case.space.ledger / Tile(ENTRIES, 0, len(entries)).path).write_bytes(format_bundle(entries))
    return case.space.root


@attack("Edit a record and compute the tree again, without the key")
def edit_and_rehash(case: Case) -> Path:
    """Change the entry, compute every tile and the root again, and keep the signatures of the old checkpoint."""
    signatures = parse_note(case.space.log().signed_checkpoint).signatures
    case.relog(_edited(case.entries()))
    path = case.space.ledger / "checkpoint"
    path.write_bytes(format_note(Note(parse_note(path.read_bytes()).text, signatures)))
    shutil.copy(path, case.space.memory)
    return case.space.root


@attack("Alter a hash tile")
def alter_tile(case: Case) -> Path:
    """Change a hash that proofs are made from; entries and checkpoint stay as they were."""
    tile = next(path for path in sorted((case.space.ledger / "tile/0").rglob("*")) if path.is_file())
    data = tile.read_bytes()
    tile.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    return case.space.root


@attack("Add an unlisted file to the log")
def add_to_log(case: Case) -> Path:
    """Put a file among those of the log that nothing refers to."""
    (case.space.ledger / "tile" / "notes.txt").write_bytes(b"hello")
    return case.space.ledger


@attack("Put a record into the log that another key signed")
def foreign_signature(case: Case) -> Path:
    """Sign the good run by a stranger's key, compute the tree again and sign it with the operator's."""
    good, entries = case.runs()[1], case.entries()
    entries[good.ref.index] = sign_record(good.record, case.scene.stranger)
    return case.relog(entries)


@attack("Delete in the middle, and sign the rest again")
def delete_middle(case: Case) -> Path:
    """Leave out the bad run and nothing else; compute the tree again and sign it with the operator's own key."""
    bad, entries = case.runs()[0].ref.index, case.entries()
    return case.relog([*entries[:bad], *entries[bad + 1 :]])


@attack("Delete in the middle, and write the rest anew", _SEEN)
def delete_and_rewrite(case: Case) -> Path:
    """Leave out the bad run and its plan; number, refer, assess, report and sign anew all that remains."""
    bad = case.runs()[0]
    return case.bundle(case.rewrite(case.drafts(without=(bad.ref, bad.record.plan))))


@attack("Delete the tail, and sign the shorter log", _SEEN)
def delete_tail(case: Case) -> Path:
    """Drop everything from the second plan on: what is left fits together, and ends where no outsider looked."""
    return case.relog(case.entries()[: case.runs()[1].ref.index - 1])


@attack("Replay an old log with its old cosignature", [Defence.MEMORY])
def replay(case: Case) -> Path:
    """Show the log as it was when the witness cosigned it first, with that very cosignature and a report on it."""
    old = case.space.anchors.all()[0]
    case.relog(case.entries()[: old.size])
    case.space.keep_checkpoint(old.note, old.token)
    return case.space.root


@attack("Replay an old checkpoint over the newer log")
def replay_over_newer(case: Case) -> Path:
    """Put a checkpoint that was cosigned earlier beside the tiles of today."""
    return case.pack({**case.parts(), "ledger/checkpoint": case.space.anchors.all()[0].note})


@attack("Rewrite history, signed by the operator's own key", _SEEN)
def rewrite(case: Case) -> Path:
    """Write the whole log anew with a good result in the place of the bad one, and all that follows from it."""
    return case.bundle(case.rewrite(_improved(case)))


@attack("Rewrite history under the witness's true cosignature", _SEEN)
def transplant_cosignature(case: Case) -> Path:
    """Rewrite, then move the cosignature from the honest checkpoint to the forged one."""
    return _cosigned(case, parse_note(case.space.log().signed_checkpoint).signatures[1])


@attack("Rewrite history under a forged cosignature", _SEEN)
def forge_cosignature(case: Case) -> Path:
    """Rewrite, then sign with the operator's own key under the name and key hash of the witness."""
    witness = case.outsiders.signer.public
    signature = int(case.scene.later.timestamp()).to_bytes(8) + case.scene.key.sign(b"cosignature/v1\n")
    return _cosigned(case, NoteSignature(witness.name, witness.note_hash, signature))


@attack("Pass a plain signature off as a cosignature", _SEEN)
def plain_cosignature(case: Case) -> Path:
    """Rewrite, then sign under the witness's name as logs do: by a key of the type 0x01, which states no time."""
    key = SigningKey.generate(case.outsiders.signer.name, entropy=lambda size: b"\x09" * size)
    return _cosigned(case, NoteSignature(key.name, key.public.note_hash, key.sign(b"")))


@attack("Rewrite history from another first key", _SEEN)
def rewrite_from_another_key(case: Case) -> Path:
    """Rewrite under a first key that is made up, and have it hand over to the true one, so that the log looks new."""
    first = SigningKey.generate(case.scene.key.name, entropy=lambda size: b"\x08" * size)
    return case.bundle(case.rewrite(_improved(case), key=first, heir=case.scene.key))


@attack("Show two readers two logs", [Defence.WITNESS], unseen=True)
def split_view(case: Case) -> Path:
    """Fork the log where it was cosigned first, and show the fork to a reader who never saw the other branch."""
    case.relog(case.entries()[: case.space.anchors.all()[0].size])
    plan = announce(case.space, case.scene.start)
    case.space.append([make_run(case.space, plan, GOOD)])
    case.space.append([assess(case.space, case.scene.later)])
    return case.bundle(case.conclude(case.space))


def _edited(entries: list[bytes]) -> list[bytes]:
    """Return entries of which the third says something else: the first letter of its payload is another."""
    return [*entries[:2], entries[2].replace(b'{"payload":"e', b'{"payload":"f', 1), *entries[3:]]


def _improved(case: Case) -> list[Draft]:
    """Return the log's records with the good result in the place of the bad one."""
    bad, good = case.runs()
    result = {"metrics": good.record.metrics, "scores": good.record.scores}
    return [
        replace(draft, record=draft.record.model_copy(update=result)) if draft.old == bad.ref else draft
        for draft in case.drafts()
    ]


def _cosigned(case: Case, signature: NoteSignature) -> Path:
    """Return the bundle of a rewritten log whose checkpoint bears a signature beside the operator's."""
    space = case.rewrite(_improved(case))
    note = parse_note(space.log().signed_checkpoint)
    space.keep_checkpoint(format_note(Note(note.text, (note.signatures[0], signature))))
    return case.bundle(space)
