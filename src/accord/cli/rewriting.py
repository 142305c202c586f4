"""A model that rewrites texts, for attacks on watermarks: the engine of evaluations serves it."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from accord.errors import ProvenanceError
from accord.evals.place import open_place
from accord.manifest import System
from accord.provenance.attack_text import Rewrite

_TOKENS = 400
_LARGEST = 1 << 22


@contextmanager
def open_rewriter(system: System, root: Path) -> Iterator[Rewrite | None]:
    """Open the declared model for rewriting texts; none where it is asked through a provider of Inspect."""
    if system.model.inspect:
        yield None
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="accord-rewriting-")))
        place, _ = open_place(stack, system, system.model, root, folder)
        asked = {
            "model": system.model.name,
            "max_tokens": _TOKENS,
            "seed": system.evaluation.seed,
            "temperature": system.evaluation.temperature,
        }

        def rewrite(text: str) -> str:
            wanted = {**asked, "messages": [{"role": "user", "content": text}]}
            return _ask(place, wanted, system.evaluation.timeout)

        yield rewrite


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: the endpoint's key is for the endpoint alone."""

    def redirect_request(self, *_: object) -> None:
        return


_OPENER = urllib.request.build_opener(_Straight)


def _ask(place: dict[str, str], wanted: dict[str, object], timeout: int) -> str:
    headers = {"Content-Type": "application/json"}
    if place.get("key"):
        headers["Authorization"] = f"Bearer {place['key']}"
    address = place["url"].rstrip("/")
    request = urllib.request.Request(f"{address}/chat/completions", json.dumps(wanted).encode(), headers)  # noqa: S310 - the manifest takes http and https alone
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            said = json.loads(answer.read(_LARGEST))["choices"][0]["message"]["content"]
    except TimeoutError:
        return ""  # one text that took too long: of it nothing can be told
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ProvenanceError(
            "The model does not rewrite texts.", where=address, found=f"{type(error).__name__}: {error}"
        ) from error
    return said if isinstance(said, str) else ""
