"""The scripts that seal an edition and write its page; and that what they wrote is current."""

import subprocess
import sys
from pathlib import Path

import pytest

from accord.codes import load_code


def _run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)


def _edit(root: Path, old: str, new: str) -> None:
    path = root / "g7-2023" / "code.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def draft(root: Path) -> Path:
    """Return the folder of an edition that was never sealed, whatever the status of the shipped one."""
    (root / "g7-2023" / "digests.toml").unlink()
    _edit(root, f'status = "{load_code().status}"', 'status = "draft"')
    return root


def test_shipped_digests_are_current(scripts: Path, root: Path) -> None:
    path = root / "g7-2023" / "digests.toml"
    shipped = path.read_bytes()
    path.unlink()
    _run(scripts / "seal_code.py", "g7-2023", "--root", str(root))
    assert shipped == path.read_bytes()


def test_seal_accepts_a_changed_draft(scripts: Path, draft: Path) -> None:
    _run(scripts / "seal_code.py", "g7-2023", "--root", str(draft))
    _edit(draft, "weaken democratic values", "undo democratic values")
    _run(scripts / "seal_code.py", "g7-2023", "--root", str(draft))
    assert "undo democratic values" in load_code(root=draft).red_lines[0].text


def test_seal_refuses_a_released_edition(scripts: Path, draft: Path) -> None:
    _edit(draft, 'status = "draft"', 'status = "released"')
    _run(scripts / "seal_code.py", "g7-2023", "--root", str(draft))
    _edit(draft, 'status = "released"', 'status = "draft"')  # code.toml alone cannot take a release back
    ran = _run(scripts / "seal_code.py", "g7-2023", "--root", str(draft))
    assert (ran.returncode, "never sealed again" in ran.stderr) == (1, True)


def test_seal_refuses_an_edition_that_breaks_the_schema(scripts: Path, draft: Path) -> None:
    _edit(draft, 'force = "commit"', 'force = "must"')
    ran = _run(scripts / "seal_code.py", "g7-2023", "--root", str(draft))
    assert (ran.returncode, "clause.1.9.force" in ran.stderr) == (1, True)


def test_page_is_current(scripts: Path) -> None:
    ran = _run(scripts / "make_code_page.py", "--check")
    assert (ran.returncode, ran.stderr) == (0, "")
