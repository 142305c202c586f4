"""Write ten days of invented traffic with a phishing campaign in the last hours, to see what becomes of it.

    python scripts/plant_campaign.py FOLDER [--accounts 30] [--seed 1]

FOLDER holds accord.toml. The traffic goes to FOLDER/traffic, and ends now; every account and every word is invented.
What people ask is nearly the same in the campaign, and holds an address, which the detector personal-data finds.
"""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from traffic_scene import WEAPONS, Traffic

DAYS, HOURS = 10, 4
TABLE = """
Add this to accord.toml, then run: accord monitor watch

[monitor.watch]
traffic = "traffic"
detectors = ["personal-data"]
learn = 7

[monitor.alerts]
file = "alerts.jsonl"
"""


def main() -> None:
    """Write the traffic, one file a day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    marks = {WEAPONS: "please answer to parcels@example.net"}
    traffic = Traffic(asked.seed, now - timedelta(days=DAYS), DAYS, daily=600, people=2_000, marks=marks)
    traffic.campaign(now - timedelta(hours=HOURS + 2), asked.accounts, HOURS, series=WEAPONS, rewritten=0.1)
    texts = traffic.scene().texts
    folder = asked.folder / "traffic"
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(set(texts["source"].to_pylist())):
        pq.write_table(texts.filter(pc.equal(texts["source"], source)), folder / source)
    print(f"{texts.num_rows} texts in {folder}; {asked.accounts} accounts send one template.")
    print(TABLE)


if __name__ == "__main__":
    main()
