"""`kgw`: each token is more often than by chance of a list that the token before it and the key choose.

J. Kirchenbauer, J. Geiping, Y. Wen, J. Katz, I. Miers and T. Goldstein, A watermark for large language models, 2023, as
`transformers` has it. Each pair of tokens counts once, so over random keys the count is binomial. For one key it is
not: a pair that many texts have is on the list or not for all of them. So the rate of false alarms has to be measured.
"""

from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from accord.errors import ProvenanceError
from accord.provenance.watermarks.keys import WatermarkKey
from accord.provenance.watermarks.nulls import binomial_tail
from accord.provenance.watermarks.scheme import Score, only, parameter
from accord.provenance.watermarks.texts import Tokens, device_of, torch_module, transformers_generation

_CONTEXTS = 1024
"""Lists that are remembered: each takes as many bytes as there are tokens."""


class Kgw:
    """The scheme under one key; `hashing_key` is made of the secret unless the parameters name it."""

    name = "kgw"
    kinds = frozenset({"text/plain"})
    unit = "pairs of tokens"
    least = 50
    exact = False

    def __init__(self, key: WatermarkKey, tokenizer: Path | None = None) -> None:
        only(key, "hashing_key", "greenlist_ratio", "bias", "vocab_size", "device")
        self._tokens = Tokens(tokenizer)
        self._device = device_of(key)
        self._hashing_key = parameter(
            key, "hashing_key", int.from_bytes(key.derive("hashing_key", 4)) | 1, 1, 2**63 - 1
        )
        self._vocab_size = parameter(key, "vocab_size", 0, 0, 2**31)
        self._share = _number(key, "greenlist_ratio", 0.25, 0.999)
        self._bias = _number(key, "bias", 2.5, 100.0)
        self._is_green = lru_cache(_CONTEXTS)(self._list)

    def embedder(self, vocabulary: int) -> Any:  # noqa: ANN401 - transformers' processor
        """Return what marks the texts of one batch; raise ProvenanceError for another vocabulary than is looked in."""
        if vocabulary != self._vocabulary:
            raise ProvenanceError(
                "The model has another vocabulary than the watermark is looked for in.",
                expected=f"{self._vocabulary} tokens",
                found=f"{vocabulary} tokens",
                fix=f'set "vocab_size": {vocabulary} in the parameters of the key',
            )
        return self._make()

    @cached_property
    def _vocabulary(self) -> int:
        return self._vocab_size or self._tokens.count

    @cached_property
    def _processor(self) -> Any:  # noqa: ANN401 - transformers' processor
        if self._vocabulary < self._tokens.count:
            raise ProvenanceError(
                "The tokenizer has more tokens than the watermark was set up for.",
                expected=f"{self._vocabulary} tokens",
                found=f"{self._tokens.count} tokens",
            )
        return self._make()

    def _make(self) -> Any:  # noqa: ANN401 - transformers' processor
        return transformers_generation().WatermarkLogitsProcessor(
            vocab_size=self._vocabulary,
            device=self._device,
            hashing_key=self._hashing_key,
            greenlist_ratio=self._share,
            bias=self._bias,
            seeding_scheme="lefthash",
        )

    def _list(self, before: int) -> Any:  # noqa: ANN401 - torch's tensor
        """Return for each token whether it is on the list after a token."""
        torch, processor = torch_module(), self._processor
        processor.set_seed(torch.tensor([before]))
        order = torch.randperm(processor.vocab_size, generator=processor.rng, device=self._device)
        chosen = order[: processor.greenlist_size].cpu()
        green = torch.zeros(processor.vocab_size, dtype=torch.bool)
        green[chosen] = True
        return green

    def score(self, content: bytes, kind: str) -> Score:  # noqa: ARG002 - it is always text
        """Return how surprising it is that so many pairs are on the list."""
        tokens = self._tokens.encode(content)
        pairs = set(pairwise(tokens))
        green = sum(bool(self._is_green(before)[after]) for before, after in sorted(pairs))
        share = self._processor.greenlist_size / self._processor.vocab_size
        return Score(binomial_tail(green, len(pairs), share), len(pairs))


def _number(key: WatermarkKey, name: str, default: float, high: float) -> float:
    value = key.parameters.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= high:
        raise ProvenanceError(
            "The key of a watermark has a parameter that cannot be used.",
            where=name,
            expected=f"a number above 0, at most {high}",
        )
    return float(value)
