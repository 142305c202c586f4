"""The reference page is what the models say."""

import subprocess
import sys
from pathlib import Path


def test_manifest_page_is_current(scripts: Path) -> None:
    command = [sys.executable, str(scripts / "make_manifest_page.py"), "--check"]
    assert "" == subprocess.run(command, capture_output=True, text=True, check=False).stderr
