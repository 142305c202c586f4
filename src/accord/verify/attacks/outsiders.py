"""Outsiders of the scene, who are honest: a witness that remembers the log, and a time-stamp authority."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from accord.ledger import Log, Policy, PublicKey, WitnessSigner, add_signatures
from accord.ledger.witness import Submission, Witness
from accord.workspace import Workspace


@dataclass(frozen=True)
class Authority:
    """A time-stamp authority: `stamp` gives the token (DER) of a text at a moment, under the certificate `root`."""

    root: bytes
    stamp: Callable[[bytes, datetime], bytes]


@dataclass(frozen=True)
class Outsiders:
    """Who saw the honest log: a witness, whose state is in `folder`, and an authority where there is one."""

    folder: Path
    signer: WitnessSigner
    logs: tuple[PublicKey, ...]
    """The keys of the log that the witness was told of."""
    authority: Authority | None = None

    @property
    def policy(self) -> Policy:
        """The policy of a reader who asks for this witness's word."""
        return Policy.parse(f"witness w1 {self.signer.public.vkey}\nquorum w1\n")

    def fix(self, space: Workspace, at: datetime) -> bool:
        """Have the newest checkpoint time-stamped, and cosigned if the witness consents; tell whether it did."""
        log = space.log()
        note, line = log.signed_checkpoint, self._ask(log, at)
        token = self.authority.stamp(log.checkpoint.text.encode(), at) if self.authority else None
        if line or token:
            space.keep_checkpoint(add_signatures(note, [line]) if line else note, token)
        return bool(line)

    def _ask(self, log: Log, at: datetime) -> str:
        """Ask as if the witness had seen nothing, then from the size that it says it saw; "" where it refuses."""
        witness = Witness(self.folder, self.signer, {log.origin: self.logs}, lambda: at)
        old = 0
        for _ in range(2):
            proof = tuple(log.consistency(old)) if 0 < old < log.size else ()
            answer = witness.add_checkpoint(Submission(old, proof, log.signed_checkpoint).body)
            if answer.status == HTTPStatus.OK:
                return answer.body.decode()
            if answer.status == HTTPStatus.CONFLICT:
                old = int(answer.body)
        return ""
