"""The source text that a judge's verdicts depend on: its digest changes whenever they might."""

from importlib.resources import files

RULE_FILES = (
    "judges/rules.py",
    *(f"judges/phrases/{name}.py" for name in ("__init__", "de", "en", "fr", "it", "ja", "phrases")),
)
"""The files that read an answer by rules."""


def source(*paths: str) -> bytes:
    """Return the text of files of `accord.evals`, in order, each ended by a NUL."""
    root = files("accord.evals")
    return b"".join(root.joinpath(path).read_bytes() + b"\0" for path in paths)
