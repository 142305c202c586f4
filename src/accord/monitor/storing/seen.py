"""Which spans were kept lately, so that one that is sent again is not kept twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from accord.monitor.parts import parts

_Keys = npt.NDArray[np.uint64]
_WORDS = 3
_MIXERS = np.array(
    [
        [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB],
        [0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB],
    ],
    dtype=np.uint64,
)


@dataclass
class Seen:
    """Remembers the ids of the spans that came last, at 16 bytes each: of each, two sums of 64 bits over both ids.

    That two random ids are taken for one is as likely as that two random numbers of 128 bits are equal.
    """

    most: int = 16_000_000
    """How many it remembers at least; after twice as many, the older half is forgotten."""
    _blocks: list[_Keys] = field(default_factory=list, init=False)
    _older: list[_Keys] = field(default_factory=list, init=False)
    _pending: list[_Keys] = field(default_factory=list, init=False)

    def load(self, folder: Path, since: datetime, until: datetime) -> None:
        """Remember the spans of the parts of these hours, the newest of them where they are too many."""
        for part in reversed(list(parts(folder, since, until))):
            if len(self) >= self.most:
                return
            table = pq.read_table(part.path, columns=["trace_id", "span_id"])
            if len(table):
                _add(self._blocks, _mix(table["trace_id"].to_pylist(), table["span_id"].to_pylist()))

    def fresh(self, trace_ids: Sequence[bytes], span_ids: Sequence[bytes]) -> list[bool]:
        """Tell of each span whether it was not seen before, here or earlier in the same list.

        Those that were not are remembered until `forget`, or for good once `settle` is called.
        """
        if not trace_ids:
            return []
        keys = _mix(trace_ids, span_ids)
        known = np.zeros(len(keys), dtype=bool)
        for block in (*self._pending, *self._blocks, *self._older):
            place = np.minimum(np.searchsorted(block[:, 0], keys[:, 0]), len(block) - 1)
            known |= (block[place] == keys).all(axis=1)
        _, first = np.unique(keys, axis=0, return_index=True)
        new = np.zeros(len(keys), dtype=bool)
        new[first] = True
        new &= ~known
        if new.any():
            _add(self._pending, keys[new])
        fresh: list[bool] = new.tolist()
        return fresh

    def settle(self) -> None:
        """Remember for good what `fresh` said since: it was kept."""
        for block in self._pending:
            _add(self._blocks, block)
        self._pending = []
        if sum(map(len, self._blocks)) >= self.most:
            self._older, self._blocks = self._blocks, []

    def forget(self) -> None:
        """Forget what `fresh` said since the last `settle`: it could not be kept."""
        self._pending = []

    def __len__(self) -> int:
        return sum(len(block) for block in (*self._blocks, *self._older))


def _add(blocks: list[_Keys], keys: _Keys) -> None:
    """Add a sorted block; blocks of like size become one, so that there are few of them to look into."""
    blocks.append(keys[np.argsort(keys[:, 0], kind="stable")])
    while len(blocks) > 1 and len(blocks[-2]) <= 2 * len(blocks[-1]):
        joined = np.concatenate([blocks.pop(), blocks.pop()])
        blocks.append(joined[np.argsort(joined[:, 0], kind="stable")])


def _mix(trace_ids: Iterable[bytes], span_ids: Iterable[bytes]) -> _Keys:
    whole = b"".join(trace + span for trace, span in zip(trace_ids, span_ids, strict=True))
    words = np.frombuffer(whole, dtype="<u8").reshape(-1, _WORDS)
    folded = words ^ (words >> np.uint64(29))
    return np.stack([(folded * mixer).sum(axis=1, dtype=np.uint64) for mixer in _MIXERS], axis=1)
