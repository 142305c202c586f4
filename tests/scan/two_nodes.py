"""A scan on a Ray cluster of two nodes on this machine, one of which is killed in the middle: run by the test beside.

python two_nodes.py INPUT FOLDER
"""

import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster
from small_detector import SlowDetector

from accord.scan.engine import scan
from accord.scan.plan import make_plan
from accord.scan.runners.daft import DaftRunner

_MEMORY = 100 << 20
_PORTS = ("metrics_agent_port", "metrics_export_port", "runtime_env_agent_port", "dashboard_agent_listen_port")


def main(place: str, folder: Path) -> None:
    """Scan on the cluster; print how many nodes died meanwhile."""
    cluster = Cluster(initialize_head=True, head_node_args=_node(include_dashboard=False))
    second = cluster.add_node(**_node())
    ray.init(address=cluster.address, log_to_driver=False)
    plan = make_plan([place], (SlowDetector(),), piece=3_000)
    killed: list[object] = []

    def watch(done: int) -> None:
        if done > plan.size // 4 and not killed:
            killed.append(second)
            cluster.remove_node(second, allow_graceful=False)
            cluster.add_node(**_node())

    try:
        scan(plan, folder, DaftRunner(cluster=True, address=cluster.address), watch)
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call] # Ray has no types here
    print(f"{len(killed)} killed, {len(plan.pieces)} pieces")  # noqa: T201 - the test reads it


def _node(**more: object) -> dict[str, Any]:
    """Return the arguments of a node: a raylet that is told its agents' ports need not wait for slow ones to start."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in _PORTS]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        ports = {name: one.getsockname()[1] for name, one in zip(_PORTS, sockets, strict=True)}
    return {"num_cpus": 1, "object_store_memory": _MEMORY, **ports, **more}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
