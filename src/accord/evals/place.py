"""Where a model answers: an engine of ours that serves its weights, an endpoint, or a provider of Inspect."""

import os
from contextlib import ExitStack
from pathlib import Path

from accord.errors import EvaluationError
from accord.evals.engine import Engine, serve
from accord.evals.weights import check_weights
from accord.manifest import Subject, System


def open_place(
    stack: ExitStack, system: System, model: Subject, root: Path, folder: Path
) -> tuple[dict[str, str], Engine | None]:
    """Return where `model` answers, for the door to Inspect; its engine runs until `stack` ends, where it needs one."""
    if model.weights is not None:
        path = root / model.weights
        check_weights(path)
        wanted = system.evaluation
        log = folder / "engine.log"
        engine = stack.enter_context(serve(path, context=wanted.context, slots=wanted.slots, log=log))
        return {"name": "weights", "url": engine.url}, engine
    key = _key(model, root)
    if model.inspect:
        return {"name": model.name, "inspect": model.inspect, "key": key}, None
    return {"name": model.name, "url": model.endpoint or "", "key": key}, None


def _key(model: Subject, root: Path) -> str:
    """Return the endpoint's key from where the manifest says it is; it is passed on and never stored."""
    if model.key_file:
        path = root / model.key_file
        if not path.is_file():
            raise EvaluationError("The key's file is not there.", where=str(path), fix="correct [model] key_file")
        return path.read_text(encoding="utf-8").strip()
    if model.key_env and model.key_env not in os.environ:
        raise EvaluationError(
            f"The variable {model.key_env} that holds the endpoint's key is not set.",
            fix=f"export {model.key_env}=... before the run",
        )
    return os.environ[model.key_env] if model.key_env else ""
