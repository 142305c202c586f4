"""What an engine sees of declared watermarks: are they in the samples, how often where they are not, what survives."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from accord.errors import ProvenanceError
from accord.evidence import Sighting, Tool
from accord.inspecting import Inspection
from accord.ledger import digest, format_json
from accord.manifest import System
from accord.manifest import Watermark as Declared
from accord.provenance.attack import (
    ANY,
    IMAGES,
    TEXT,
    Changes,
    attack,
    changes_of,
    find_samples,
    kind_of,
    questions,
)
from accord.provenance.attack_text import MOST_REWRITTEN, Rewrite, edits, rewrites
from accord.provenance.watermarks.calibration import (
    SUFFIXES,
    CalibratedMark,
    Passage,
    calibrate,
    false_alarms,
    read_unmarked,
)
from accord.provenance.watermarks.keys import load_watermark_key
from accord.provenance.watermarks.scheme import Watermark, open_watermark

OpenRewriter = Callable[[System, Path], AbstractContextManager[Rewrite | None]]
"""Opens a language model that rewrites texts, or none."""
_DAYS = 90
_PACKAGES = ("torch", "transformers")


def no_rewriter(_system: System, _root: Path) -> AbstractContextManager[Rewrite | None]:
    """Open no model: what only a model can do to texts is then not tried."""
    return nullcontext()


@dataclass(frozen=True)
class Marking:
    """A declared watermark, under its key, with what it is looked for in."""

    id: str
    watermark: Watermark
    key: str
    """The digest of the key."""
    rate: float
    samples: tuple[Path, ...]
    unmarked: Path | None = None
    tokenizer: str = ""
    """The digest of the tokenizer, where it is not that of the declared model."""

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The unmarked content."""
        return read_unmarked(self.unmarked) if self.unmarked else ()

    @cached_property
    def mark(self) -> CalibratedMark:
        """The watermark, with what unmarked content scores; ProvenanceError where there is too little of that."""
        return calibrate(self.watermark, self.passages, self.rate, self.id)

    @property
    def settings(self) -> Mapping[str, str | float]:
        """What a result depends on beside the samples."""
        told = [[passage.name, digest(passage.content)] for passage in self.passages]
        return {
            f"{self.id}.scheme": self.watermark.name,
            f"{self.id}.key": self.key,
            f"{self.id}.rate": self.rate,
            f"{self.id}.unmarked": digest(format_json(told)),
            f"{self.id}.tokenizer": self.tokenizer,
        }

    def asked(self) -> dict[str, str]:
        """Return what is said to hold, by the id of its observation."""
        name, accepted = self.mark_name, f"at a false-positive rate of {self.rate:.2%}"
        return {
            f"{name}.found": f"the watermark {self.id} ({self.watermark.name}) is found, {accepted}",
            f"{name}.quiet": f"the watermark {self.id} is not found in unmarked content, {accepted}",
        }

    @property
    def mark_name(self) -> str:
        """What its observations begin with."""
        return f"watermark.{self.id}"

    def look(self) -> Iterator[Sighting]:
        """Yield for each sample whether it carries the mark, and for unmarked passages whether they seem to."""
        for path in self.samples:
            found, note = self.mark.find(path.read_bytes(), kind_of(path))
            yield Sighting(observation=f"{self.mark_name}.found", subject=path.name, holds=found, note=note)
        yield from self.look_unmarked()

    def look_unmarked(self) -> Iterator[Sighting]:
        """Yield for unmarked passages that did not set the rate whether no mark is found in them."""
        return false_alarms(self.watermark, self.passages, self.rate, self.id)

    def survive(self, rewrite: Rewrite | None) -> Iterator[Sighting]:
        """Yield what survives of the mark in the samples that carry it; without a model some changes are not tried."""
        marked = [p for p in self.samples if self.mark.find(p.read_bytes(), kind_of(p))[0]]
        words = edits([p.content.decode("utf-8", "replace") for p in self.passages if p.kind == TEXT])
        yield from attack(marked, self.mark, partial(changes_of, words=words))
        texts = [p for p in marked if kind_of(p) == TEXT][:MOST_REWRITTEN]
        if rewrite:
            rewritten = rewrites(rewrite)
            yield from attack(texts, self.mark, lambda _kind: rewritten)
            return
        for path in texts:
            for name in rewrites(str):
                note = "not tried: there is no model that rewrites texts"
                yield Sighting(observation=f"{self.mark_name}.{name}", subject=path.name, note=note)

    def survival(self) -> dict[str, str]:
        """Return what is said to survive, by the id of its observation."""
        text = {"copy": ANY["copy"], **edits(()), **rewrites(str)} if TEXT in self.watermark.kinds else {}
        changes: Changes = {**text, **({**ANY, **IMAGES} if self.watermark.kinds - {TEXT} else {})}
        return questions(self.mark_name, f"watermark {self.id}", changes)


def open_marking(declared: Declared, system: System, root: Path) -> Marking | None:
    """Return a declared watermark, ready to be looked for; none where no key or no samples are named.

    Raises ProvenanceError where the key is of another scheme than the declared one.
    """
    if not (declared.key_file and declared.samples):
        return None
    key = load_watermark_key(root / declared.key_file)
    if key.scheme != declared.scheme:
        raise ProvenanceError(
            "The key is of another watermark than accord.toml says.", expected=declared.scheme, found=key.scheme
        )
    tokenizer = declared.tokenizer or system.model.weights
    watermark = open_watermark(key, root / tokenizer if tokenizer else None)
    suffixes = {suffix: kind for suffix, kind in SUFFIXES.items() if kind in watermark.kinds}
    samples = find_samples(root / declared.samples, suffixes)
    unmarked = root / declared.unmarked if declared.unmarked else None
    own = _digest_tokenizer(root / declared.tokenizer) if declared.tokenizer else ""
    return Marking(declared.id, watermark, key.sha256, declared.rate, samples, unmarked, own)


def _digest_tokenizer(path: Path) -> str:
    file = path / "tokenizer.json" if path.is_dir() else path
    try:
        with file.open("rb") as held:
            return hashlib.file_digest(held, "sha256").hexdigest()
    except OSError as error:
        raise ProvenanceError(
            "The tokenizer cannot be read.", where=str(file), found=error.strerror or str(error)
        ) from error


def watermark_looks(
    markings: Sequence[Marking], model: str, open_rewriter: Callable[[], AbstractContextManager[Rewrite | None]]
) -> Iterator[Inspection]:
    """Yield what is asked of declared watermarks: whether they are there, and what they survive."""
    files = [[m.id, path.name, digest(path.read_bytes())] for m in markings for path in m.samples]
    asked = {name: title for m in markings for name, title in m.asked().items()}
    survives = {name: title for m in markings for name, title in m.survival().items()}
    settings = {name: value for m in markings for name, value in m.settings.items()}

    def attacked() -> Iterable[Sighting]:
        texts = any(TEXT in m.watermark.kinds for m in markings)
        with open_rewriter() if texts else nullcontext() as rewrite:
            for marking in markings:
                yield from marking.survive(rewrite)

    for topic, title, questioned, look in (
        ("watermark", "Watermarks of the content", asked, lambda: (s for m in markings for s in m.look())),
        ("watermark-robustness", "What survives of the watermarks", survives, attacked),
    ):
        yield Inspection(
            topic=topic,
            title=title,
            name=", ".join(m.id for m in markings),
            sha256=digest(format_json(files)),
            model=model,
            questions=questioned,
            look=look,
            days=_DAYS,
            settings=settings,
            tools=tuple(_tools()),
            sampled=frozenset(questioned),
        )


def _tools() -> Iterator[Tool]:
    for name in _PACKAGES:
        try:
            yield Tool(name=name, version=version(name))
        except PackageNotFoundError:
            continue
