"""Which model it is: a weight file by its bytes, anything remote by where it is and what it is called there."""

import hashlib
from pathlib import Path

from accord.errors import EvaluationError
from accord.evidence import ModelRef
from accord.ledger import digest, format_json
from accord.manifest.system import System


def identify_model(system: System, root: Path) -> ModelRef:
    """Return the identity of the model under test; `root` is the folder that a relative weights path starts from.

    An endpoint shows no bytes: its digest is over the canonical {"endpoint", "name"}, so a provider who swaps the
    model behind the same name is not seen by it.
    """
    model = system.model
    if model.weights is not None:
        path = root / model.weights
        return ModelRef(kind="weights", name=model.name, locator=path.name, sha256=_file_digest(path))
    if model.endpoint is not None:
        identity = format_json({"endpoint": model.endpoint, "name": model.name})
        return ModelRef(kind="endpoint", name=model.name, locator=model.endpoint, sha256=digest(identity))
    locator = str(model.inspect)
    return ModelRef(kind="inspect", name=model.name, locator=locator, sha256=digest(format_json({"inspect": locator})))


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EvaluationError(
            "The model's weights cannot be read.",
            where=str(path),
            found=error.strerror or str(error),
            fix="correct model.weights in accord.toml",
        ) from error
