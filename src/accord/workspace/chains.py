"""The place of a new record in its sequence, found by reading the log backwards."""

from accord.evidence import Chain, Record
from accord.ledger import Log, parse_statement, unverified_payload


class Chains:
    """The newest place of each sequence in a log, and of what is about to be appended to it.

    A sequence's last record is usually near the end. The first of a new sequence costs a reading of the whole log.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._unread = log.size
        self._ends: dict[tuple[str, str], tuple[int, str]] = {}

    def link(self, record: Record) -> Record:
        """Return a record with its place after the newest one of its sequence."""
        sequence, previous = self._find((record.type_uri(), record.about())) or (0, None)
        chain = Chain(about=record.about(), sequence=sequence + 1, previous=previous)
        return record.model_copy(update={"chain": chain})

    def add(self, record: Record, leaf: str) -> None:
        """Take note that a linked record is going to be the entry of this leaf hash."""
        if record.chain:
            self._ends[record.type_uri(), record.chain.about] = (record.chain.sequence, leaf)

    def _find(self, key: tuple[str, str]) -> tuple[int, str] | None:
        while key not in self._ends and self._unread:
            self._unread -= 1
            # The log was signed by its owner, and is read against their checkpoint: its records are not verified again.
            statement = parse_statement(unverified_payload(self._log.entry(self._unread)))
            chain = statement.predicate.get("chain")
            if chain is not None:
                place = Chain.model_validate(chain)
                leaf = self._log.leaf(self._unread).hex()
                self._ends.setdefault((statement.predicate_type, place.about), (place.sequence, leaf))
        return self._ends.get(key)
