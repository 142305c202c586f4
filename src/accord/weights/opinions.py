"""Second opinions of picklescan and fickling on a model's files, beside our own scan.

Each runs in a process of its own with bounds on time and memory: what they read is hostile, and neither is bounded
itself. Where they see a file differently, both verdicts are shown; no verdict of ours follows theirs.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from accord.errors import MissingExtraError
from accord.weights.scan import FileScan, Verdict

_SECONDS = 120
_MEMORY = 4 << 30
_MOST = 20
_FICKLING_SAFE = "LIKELY_SAFE"


@dataclass(frozen=True)
class Opinion:
    """What another scanner says of a file."""

    tool: str
    version: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()

    def disagrees(self, own: FileScan) -> bool:
        """Tell whether one of the two finds nothing and the other does; what neither can read is no disagreement."""
        mine, theirs = own.verdict == Verdict.SAFE, self.verdict == Verdict.SAFE
        return self.verdict != Verdict.UNREADABLE and mine != theirs


def ask(tool: str, path: Path) -> Opinion:
    """Return what a tool says of a file; raise MissingExtraError where it is not installed.

    One that fails, takes too long or too much memory says that the file is unreadable: it is no pass.
    """
    held = tool_version(tool)
    command = [sys.executable, "-P", "-m", "accord.weights.opinions", tool, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - our own code
        verdict, reasons = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return Opinion(tool, held, Verdict.UNREADABLE, (f"it took over {_SECONDS} s",))
    except (ValueError, TypeError):
        return Opinion(tool, held, Verdict.UNREADABLE, ("it failed",))
    return Opinion(tool, held, Verdict(verdict), tuple(reasons[:_MOST]))


def tool_version(tool: str) -> str:
    """Return the version of a scanner that is installed; raise MissingExtraError where it is not."""
    try:
        return version(tool)
    except PackageNotFoundError as error:
        raise MissingExtraError(f"{tool} is not installed.", fix="pip install 'accord[opinions]'") from error


def describe(opinion: Opinion) -> dict[str, object]:
    """Return an opinion as JSON has it."""
    return {**asdict(opinion), "verdict": opinion.verdict.value}


def _picklescan(path: str) -> tuple[Verdict, list[str]]:
    from picklescan.scanner import SafetyLevel, scan_file_path  # noqa: PLC0415 - of an extra

    found = scan_file_path(path)
    named = [f"{g.module}.{g.name} ({g.safety.value})" for g in found.globals if g.safety != SafetyLevel.Innocuous]
    if found.infected_files or found.issues_count or found.suspicious_count:
        return Verdict.SUSPICIOUS, named
    if found.scan_err:
        return Verdict.MALFORMED, ["it cannot be read in full"]
    return (Verdict.SAFE, []) if found.scanned_files else (Verdict.UNREADABLE, ["of no format that it reads"])


def _fickling(path: str) -> tuple[Verdict, list[str]]:
    import fickling  # noqa: PLC0415 - of an extra

    found = fickling.scan_file(path, graceful=True)
    if found.errors and not found.results:
        return Verdict.UNREADABLE, list(found.errors)
    reasons = [str(line) for result in found.results for line in result.to_string().splitlines()]
    return (Verdict.SAFE if found.severity.name == _FICKLING_SAFE else Verdict.SUSPICIOUS), reasons


TOOLS: Mapping[str, Callable[[str], tuple[Verdict, list[str]]]] = {"picklescan": _picklescan, "fickling": _fickling}


def _answer(tool: str, path: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    verdict, reasons = TOOLS[tool](path)
    sys.stdout.write(json.dumps([verdict.value, reasons]))


if __name__ == "__main__":
    _answer(*sys.argv[1:])
