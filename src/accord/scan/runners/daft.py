"""The pieces of a scan through Daft: embedded on this machine, or on a Ray cluster; the plan is the same."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.errors import MissingExtraError
from accord.scan.runners.local import raise_error
from accord.scan.runners.trying import keep_trying
from accord.scan.work import answer

QUIET = {
    "DAFT_ANALYTICS_ENABLED": "0",
    "DAFT_PROGRESS_BAR": "0",
    "DO_NOT_TRACK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "SCARF_NO_ANALYTICS": "true",
}
"""What keeps Daft and Ray from telling their makers, and from drawing over our own progress."""


@dataclass(frozen=True)
class DaftRunner:
    """Runs pieces on all processors by Daft's native runner, or on the Ray cluster at `address`.

    On a cluster, the input and the folder of the scan must be where every machine sees them.
    """

    cluster: bool = False
    address: str | None = None
    """Where the cluster is; without it, the one that this machine belongs to."""

    def __call__(self, folder: Path, numbers: Sequence[int]) -> Iterator[int]:
        """Yield the number of each piece once it is done."""
        daft = self._load()
        place = str(folder.absolute())
        lost: tuple[type[BaseException], ...] = (RuntimeError, OSError, *_ray_errors(cluster=self.cluster))
        yield from keep_trying(folder, numbers, lambda rest: self._run(daft, place, rest), lost)

    def _load(self) -> Any:  # noqa: ANN401 - imported late
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        try:
            import daft  # noqa: PLC0415 - heavy, and only in the extra
        except ImportError as error:
            raise MissingExtraError("This runner needs Daft.", fix="pip install 'accord[cluster]'") from error
        if self.cluster:
            daft.set_runner_ray(self.address, noop_if_initialized=True)
        else:
            daft.set_runner_native()
        return daft

    def _run(self, daft: Any, place: str, numbers: Sequence[int]) -> Iterator[int]:  # noqa: ANN401 - as above
        work = daft.func.batch(return_dtype=daft.DataType.string(), batch_size=1)(_work)
        frame = daft.from_pydict({"number": list(numbers)})
        frame = frame.into_partitions(len(numbers)) if self.cluster else frame.into_batches(1)
        frame = frame.with_column("said", work(frame["number"], place))
        for row in frame.iter_rows(results_buffer_size=None):
            raise_error(json.loads(row["said"]))
            yield row["number"]


def _work(numbers: Any, place: str) -> list[str]:  # noqa: ANN401 - a series of Daft
    return [json.dumps(answer({"folder": place, "number": number})) for number in numbers.to_pylist()]


def _ray_errors(*, cluster: bool) -> tuple[type[BaseException], ...]:
    if not cluster:
        return ()
    from ray.exceptions import RayError  # noqa: PLC0415 - as Daft

    error: type[BaseException] = RayError
    return (error,)
