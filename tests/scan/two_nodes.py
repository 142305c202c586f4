"""A scan on a Ray cluster of two nodes on this machine, one of which is killed in the middle: run by the test beside.

python two_nodes.py INPUT FOLDER
"""

import sys
from pathlib import Path

import ray
from ray.cluster_utils import Cluster
from small_detector import SlowDetector

from accord.scan.engine import scan
from accord.scan.plan import make_plan
from accord.scan.runners.daft import DaftRunner

_MEMORY = 100 << 20


def main(place: str, folder: Path) -> None:
    """Scan on the cluster; print how many nodes died meanwhile."""
    head = {"num_cpus": 1, "object_store_memory": _MEMORY, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    second = cluster.add_node(num_cpus=1, object_store_memory=_MEMORY)
    ray.init(address=cluster.address, log_to_driver=False)
    plan = make_plan([place], (SlowDetector(),), piece=3_000)
    killed: list[object] = []

    def watch(done: int) -> None:
        if done > plan.size // 4 and not killed:
            killed.append(second)
            cluster.remove_node(second, allow_graceful=False)
            cluster.add_node(num_cpus=1, object_store_memory=_MEMORY)

    try:
        scan(plan, folder, DaftRunner(cluster=True, address=cluster.address), watch)
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call] # Ray has no types here
    print(f"{len(killed)} killed, {len(plan.pieces)} pieces")  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
