"""`synthid-text`: among the tokens that a model could choose, keyed functions hold a tournament.

S. Dathathri and others, Scalable watermarking for identifying large language model outputs, Nature 634, 2024, as
`transformers` has it; marks of Google's own products have other functions, and are not found. Each context counts once,
as it is marked once. The score is the weighted mean of the paper, which needs no training.
"""

from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Any

from accord.errors import ProvenanceError
from accord.provenance.watermarks.keys import WatermarkKey
from accord.provenance.watermarks.nulls import normal_tail
from accord.provenance.watermarks.scheme import Score, only, parameter
from accord.provenance.watermarks.texts import TOP, Tokens, device_of, torch_module, transformers_generation

_DEPTH = 30
_FIRST, _LAST = 10.0, 1.0
"""Weights of the first round of the tournament and of the last, which decides least."""


class SynthIdText:
    """The scheme under one key; `keys` and `sampling_table_seed` are made of the secret unless they are named."""

    name = "synthid-text"
    kinds = frozenset({"text/plain"})
    unit = "contexts"
    least = 50
    exact = False

    def __init__(self, key: WatermarkKey, tokenizer: Path | None = None) -> None:
        only(key, "keys", "ngram_len", "context_history_size", "sampling_table_size", "sampling_table_seed", "device")
        self._tokens = Tokens(tokenizer)
        made = key.derive("keys", 4 * _DEPTH)
        keys = key.parameters.get("keys", [int.from_bytes(made[i : i + 4]) for i in range(0, len(made), 4)])
        if not (isinstance(keys, list) and keys and all(isinstance(k, int) and 0 <= k < 2**62 for k in keys)):
            raise ProvenanceError(
                "The key of a watermark has a parameter that cannot be used.", where="keys", expected="whole numbers"
            )
        seed = int.from_bytes(key.derive("sampling_table_seed", 4))
        self._settings: dict[str, Any] = {
            "device": device_of(key),
            "keys": keys,
            "ngram_len": parameter(key, "ngram_len", 5, 2, 20),
            "context_history_size": parameter(key, "context_history_size", 1024, 1, 2**20),
            "sampling_table_size": parameter(key, "sampling_table_size", 2**16, 2, 2**24),
            "sampling_table_seed": parameter(key, "sampling_table_seed", seed, 0, 2**63 - 1),
        }

    def embedder(self, _vocabulary: int) -> Any:  # noqa: ANN401 - transformers' processor
        """Return what marks the texts of one batch while a model generates them."""
        return _among_the_top(transformers_generation().SynthIDTextWatermarkLogitsProcessor)(**self._settings)

    @cached_property
    def _processor(self) -> Any:  # noqa: ANN401 - transformers' processor
        return transformers_generation().SynthIDTextWatermarkLogitsProcessor(**self._settings)

    @cached_property
    def _weights(self) -> Any:  # noqa: ANN401 - torch's tensor
        depth = len(self._settings["keys"])
        weights = torch_module().linspace(_FIRST, _LAST, depth, dtype=torch_module().float64)
        return weights / weights.sum()

    @cached_property
    def _chance(self) -> float:
        """The share of ones in the table, which is a half but for what its size leaves to chance."""
        return float(self._processor.sampling_table.double().mean())

    def score(self, content: bytes, kind: str) -> Score:  # noqa: ARG002 - it is always text
        """Return how surprising the weighted mean is: sums of so many fair bits are as good as normal."""
        tokens, length = self._tokens.encode(content), self._settings["ngram_len"]
        places = _first_contexts(tokens, length)
        if not places:
            return Score(1.0, 0)
        torch = torch_module()
        with torch.no_grad():
            values = self._processor.compute_g_values(torch.tensor([tokens], device=self._settings["device"]))[0][
                places
            ].cpu()
        mean = float((values.double() @ self._weights).mean())
        spread = sqrt(self._chance * (1 - self._chance) * float((self._weights**2).sum()) / len(places))
        return Score(normal_tail((mean - self._chance) / spread), len(places))


def _first_contexts(tokens: list[int], length: int) -> list[int]:
    """Return where each context of `length` - 1 tokens stands for the first time."""
    seen: dict[tuple[int, ...], int] = {}
    for place in range(len(tokens) - length + 1):
        seen.setdefault(tuple(tokens[place : place + length - 1]), place)
    return list(seen.values())


def _among_the_top(processor: Any) -> Any:  # noqa: ANN401 - transformers' class
    """Return transformers' processor, which holds its tournament among the TOP likeliest tokens alone.

    The others are not drawn anyway, and a function of each of them for each round would take ten times as long.
    """

    class AmongTheTop(processor):  # type: ignore[misc] # a class that is there only once torch is
        def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ANN401 - torch's tensors
            likeliest, self._kept = scores.topk(min(TOP, scores.shape[1]), dim=1)
            marked = super().__call__(input_ids, likeliest)
            return scores.new_full(scores.shape, float("-inf")).scatter(1, self._kept, marked)

        def _compute_keys(self, n_minus_1_grams: Any, indices: Any) -> Any:  # noqa: ANN401, ARG002 - torch's tensors
            return super()._compute_keys(n_minus_1_grams, self._kept)

    return AmongTheTop
