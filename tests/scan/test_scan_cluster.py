"""The same scan on a cluster of two nodes, one killed in the middle: the same tables."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from accord.scan.engine import Scan
from accord.scan.runners.daft import QUIET

_OFFLINE = Path(__file__).parents[2] / "scripts" / "offline.py"
_HERE = Path(__file__).with_name("two_nodes.py")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not (find_spec("daft") and find_spec("ray")), reason="needs Daft and Ray (accord[cluster])"),
]


def test_a_node_that_is_killed_changes_nothing(
    run: Callable[..., Scan], mixed: Path, digests: Callable[[Scan], tuple[str, ...]], tmp_path: Path
) -> None:
    expected = digests(run(mixed, "whole"))
    place = tmp_path / "cluster"
    # A network of its own, where there is nothing but loopback: Ray would listen on whatever address the machine has.
    command = [sys.executable, _OFFLINE, sys.executable, _HERE, mixed, place]
    with TemporaryDirectory(prefix="ray") as scratch:  # a short path: sockets lie in it
        patience = {
            "RAY_raylet_start_wait_time_s": "240",
            "RAY_agent_register_timeout_ms": "240000",
        }  # of a busy machine
        environment = {**os.environ, **QUIET, **patience, "RAY_TMPDIR": scratch}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        done = subprocess.run(
            [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=500, check=False
        )
    assert 0 == done.returncode, done.stderr[-3000:]
    assert "1 killed" in done.stdout
    tables = [place / f"{name}.parquet" for name in ("findings", "flagged", "unreadable")]
    assert expected == tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in tables)
