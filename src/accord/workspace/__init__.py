"""A workspace on disk: accord.toml, and beside it `.accord/` with the log, the artifacts, the keys and open runs."""

from accord.workspace.anchors import Anchor, Anchors
from accord.workspace.erasure import Floors, erase
from accord.workspace.rotation import Reason, commitment, first_key, key_spans, rotate
from accord.workspace.space import MANIFEST, STATE, Unlock, Workspace

__all__ = [
    "MANIFEST",
    "STATE",
    "Anchor",
    "Anchors",
    "Floors",
    "Reason",
    "Unlock",
    "Workspace",
    "commitment",
    "erase",
    "first_key",
    "key_spans",
    "rotate",
]
