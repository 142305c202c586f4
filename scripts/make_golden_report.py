"""Write tests/reports/golden from the fixed sample of tests/reports/conftest.py; a test compares byte for byte."""

import runpy
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from accord.reports import FORMATS
from accord.verify import make_proof

_TESTS = Path(__file__).parent.parent / "tests" / "reports"


def main() -> None:
    """Build the sample and write its report in every format."""
    sys.path.append(str(_TESTS.parent / "shared"))
    sample = runpy.run_path(str(_TESTS / "conftest.py"))
    with TemporaryDirectory() as folder:
        proof = make_proof(sample["make_sample"](Path(folder)), sample["NOW"])
    for name, render in FORMATS.items():
        (_TESTS / "golden" / f"report.{name}").write_bytes(render(proof))


if __name__ == "__main__":
    main()
