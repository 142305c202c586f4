"""Tokenizers and models for marks in texts. The one door to transformers and torch, which load when they are needed."""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from accord.errors import ProvenanceError
from accord.provenance.watermarks.keys import WatermarkKey
from accord.provenance.watermarks.scheme import extra

_NEEDED = "A watermark in texts"
_BATCH = 8
TOP = 100
"""Tokens among which the next one is drawn."""


@dataclass(frozen=True)
class Tokens:
    """The tokenizer of a model, which loads when it is needed."""

    path: Path | None

    def encode(self, content: bytes) -> list[int]:
        """Return a text as tokens, with none added."""
        found: list[int] = self._held(content.decode("utf-8", "replace"), add_special_tokens=False, verbose=False)[
            "input_ids"
        ]
        return found

    @property
    def count(self) -> int:
        """How many tokens there are."""
        return len(self._held)

    @property
    def _held(self) -> Any:  # noqa: ANN401 - transformers' tokenizer
        if self.path is None:
            raise ProvenanceError(
                "A watermark in texts is found with the model's tokenizer.",
                expected="a folder with tokenizer.json, or a GGUF file",
                fix="name it with --tokenizer, or in accord.toml",
            )
        return _load_tokenizer(self.path)


@cache
def _load_tokenizer(path: Path) -> Any:  # noqa: ANN401 - transformers' tokenizer
    return _load("AutoTokenizer", path)


@lru_cache(1)
def _load_model(path: Path) -> Any:  # noqa: ANN401 - transformers' model
    return _load("AutoModelForCausalLM", path)


def generate(
    path: Path, embedder: Callable[[int], Any] | None, prompts: Sequence[str], *, tokens: int, seed: int
) -> Iterator[str]:
    """Yield a model's answer to each prompt, marked by what `embedder` makes for the size of its vocabulary.

    Without one the answers are unmarked. The model is a folder or a GGUF file. Words are drawn at temperature 1 among
    the TOP likeliest, from `seed` on. Raises ProvenanceError where the model cannot be loaded.
    """
    torch, tokenizer, model = torch_module(), _load_tokenizer(path), _load_model(path)
    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    torch.manual_seed(seed)
    for start in range(0, len(prompts), _BATCH):
        asked = [_ask(tokenizer, prompt) for prompt in prompts[start : start + _BATCH]]
        given = tokenizer(asked, return_tensors="pt", padding=True, add_special_tokens=False)
        made = model.generate(
            **given,
            logits_processor=[embedder(model.config.vocab_size)] if embedder else [],
            do_sample=True,
            temperature=1.0,
            top_k=TOP,
            top_p=1.0,
            max_new_tokens=tokens,
            pad_token_id=tokenizer.pad_token_id,
        )
        yield from tokenizer.batch_decode(made[:, given["input_ids"].shape[1] :], skip_special_tokens=True)


def _ask(tokenizer: Any, prompt: str) -> str:  # noqa: ANN401 - transformers' tokenizer
    if not tokenizer.chat_template:
        return prompt
    text: str = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
    )
    return text


def _load(name: str, path: Path) -> Any:  # noqa: ANN401 - transformers' objects
    # Nothing that a folder holds is run: no code of its own, and no pickles.
    place = {"gguf_file": path.name} if path.is_file() else {"use_safetensors": True}
    kind = getattr(_transformers(), name)
    try:
        # Progress is for its own programs: what goes wrong is raised.
        with redirect_stderr(io.StringIO()):
            folder = path.parent if path.is_file() else path
            return kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **place)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ProvenanceError(
            "No tokenizer or model can be loaded from here.",
            where=str(path),
            expected="a folder as Hugging Face's libraries save it, or a GGUF file",
            found=f"{type(error).__name__}: {error}",
        ) from error


def device_of(key: WatermarkKey) -> str:
    """Return where a model draws its random numbers, which decides which ones they are; refuse what is no device."""
    device = key.parameters.get("device", "cpu")
    if device not in {"cpu", "cuda"}:
        raise ProvenanceError(
            "The key of a watermark has a parameter that cannot be used.", where="device", expected="cpu or cuda"
        )
    return str(device)


def torch_module() -> Any:  # noqa: ANN401 - a module of an extra
    """Return torch."""
    return extra("torch", _NEEDED)


def transformers_generation() -> Any:  # noqa: ANN401 - a module of an extra
    """Return what transformers generates texts with."""
    _transformers()
    return extra("transformers.generation.logits_process", _NEEDED)


def _transformers() -> Any:  # noqa: ANN401 - a module of an extra
    torch_module()
    # Before it is imported: it reports nothing to anybody. That it asks no network is said wherever it loads something.
    os.environ.update({"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"})
    module = extra("transformers", _NEEDED)
    extra("gguf", _NEEDED)
    module.utils.logging.disable_progress_bar()
    module.utils.logging.set_verbosity_error()
    return module
