"""Suites: what is asked of a model, as data, and the samples that a seed makes of it."""

import hashlib
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from accord.errors import EvaluationError
from accord.evals.judges.judge import Task
from accord.evals.sample import Sample
from accord.evals.shapes import SHAPES, Item, order
from accord.evidence import SuiteRef
from accord.ledger import digest

SHIPPED: Traversable = files("accord.evals") / "suites"
"""The folder of the suites that come with Accord: a folder each, of one suite.toml and item files by language."""

QUICK = 36
"""Samples of one suite in one language that the quick profile asks, at most, where the suite names no other number."""

_HEAD = "suite.toml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Part):
    """A metric that a suite yields; `better` says which way is good, `middle` meaning one half."""

    id: str = Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")
    title: str
    better: Literal["higher", "lower", "middle"]
    task: Task | None = None
    """What a judge decides for it; none where the suite's own program scores."""
    denied: bool = False
    """Whether it counts what the judge denies."""


class Suite(_Part):
    """Items of one shape, and how they are scored. `sha256` is of the suite's files."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: str
    description: str
    limits: str
    """What the suite cannot see: read it before relying on a result."""
    clauses: tuple[str, ...] = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    """The most tokens an answer may have; the system's own limit may be lower."""
    quick: int = Field(default=QUICK, ge=1)
    """Samples in one language that the quick profile asks, at most: fewer where each is a long conversation."""
    settings: Mapping[str, int | float] = Field(default_factory=dict)
    """Settings that the suite itself fixes, whatever the system's are."""
    sources: Mapping[str, str]
    metrics: tuple[Measure, ...] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    sha256: str

    @model_validator(mode="after")
    def _whole(self) -> "Suite":
        named = Counter((item.language, item.id) for item in self.items)
        if twice := sorted(f"{language}/{name}" for (language, name), count in named.items() if count > 1):
            msg = f"expected every id once in a language, found twice: {', '.join(twice)}"
            raise ValueError(msg)
        if lost := sorted({i.source for i in self.items} - set(self.sources)):
            msg = f"expected every source under [sources], missing: {', '.join(lost)}"
            raise ValueError(msg)
        wanted, measured = {m.id for m in self.metrics}, {m for s in self._all(0) for m in s.metrics}
        if wanted != measured:
            msg = f"expected the metrics {sorted(measured)}, found {sorted(wanted)}"
            raise ValueError(msg)
        return self

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of its items, English first."""
        return tuple(sorted({item.language for item in self.items}, key=lambda name: (name != "en", name)))

    @cached_property
    def families(self) -> dict[str, int]:
        """How many items touch each family of risk (R1 to R7); translations are one item."""
        return count_families(self._all(0))

    def samples(
        self, seed: int, languages: Sequence[str] = (), *, quick: bool = False, repeats: int = 1
    ) -> tuple[Sample, ...]:
        """Return the samples in the order, and with the options, that `seed` draws; no language means all.

        The quick profile is a stratified sample: of each metric and group as large a share as it has of the whole.
        """
        made = [s for s in self._all(seed) if not languages or s.language in languages]
        if quick:
            made = [
                s
                for language in self.languages
                for s in _draw([s for s in made if s.language == language], self.quick, seed)
            ]
        again = [s if n == 1 else replace(s, id=f"{s.id}#{n}") for n in range(1, repeats + 1) for s in made]
        by_id = {s.id: s for s in again}
        return tuple(by_id[i] for i in order(by_id, seed))

    def ref(self) -> SuiteRef:
        """Return the reference that a record binds."""
        return SuiteRef(id=self.id, title=self.title, version=self.version, sha256=self.sha256, items=len(self.items))

    def _all(self, seed: int) -> list[Sample]:
        return [sample for item in self.items for sample in item.samples(seed)]


def count_families(samples: Sequence[Sample]) -> dict[str, int]:
    """Return how many items touch each family of risk, which is a group of theirs."""
    stems = {(group, s.stem) for s in samples for group in s.groups if group in {f"R{n}" for n in range(1, 8)}}
    return dict(sorted(Counter(family for family, _ in stems).items()))


def _draw(samples: list[Sample], size: int, seed: int) -> list[Sample]:
    """Return at most `size` of `samples`: from each stratum its share, and the largest remainders first."""
    if len(samples) <= size:
        return samples
    strata = defaultdict[tuple[str, ...], list[Sample]](list)
    for sample in samples:
        strata[(sample.metrics[0], *sample.groups)].append(sample)
    exact = {key: size * len(held) / len(samples) for key, held in strata.items()}
    take = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(strata, key=lambda key: (take[key] - exact[key], key))
    for key in by_remainder[: size - sum(take.values())]:
        take[key] += 1
    return [s for key, held in strata.items() for s in _first(held, take[key], seed)]


def _first(samples: list[Sample], count: int, seed: int) -> list[Sample]:
    by_id = {s.id: s for s in samples}
    return [by_id[i] for i in order(by_id, seed, "quick")[:count]]


def suites(folder: Traversable = SHIPPED) -> tuple[Suite, ...]:
    """Return every suite of a folder, by id."""
    return tuple(load_suite(i, folder) for i in suite_ids(folder))


def load_suite(id: str, folder: Traversable = SHIPPED) -> Suite:  # noqa: A002 - the spec's own word
    """Load one suite; raise EvaluationError that names the file, and the item at fault."""
    known = suite_ids(folder)
    if id not in known:
        near = get_close_matches(id, known, 1)
        raise EvaluationError(
            f"There is no suite {id!r}.",
            expected=", ".join(known),
            fix=f"did you mean {near[0]!r}?" if near else "",
        )
    inside = {f.name: f.read_bytes() for f in (folder / id).iterdir() if f.name.endswith(".toml")}
    return parse_suite(inside, id)


def suite_ids(folder: Traversable = SHIPPED) -> list[str]:
    """Return the ids of the suites of a folder."""
    return sorted(f.name for f in folder.iterdir() if f.is_dir() and (f / _HEAD).is_file())


def parse_suite(inside: Mapping[str, bytes], where: str) -> Suite:
    """Make a Suite of its files by name: suite.toml, and `<language>.toml` or `<language>-<part>.toml`.

    `where` names the folder in errors. Its digest is over the names and the digests of all of them, and over the
    programs that make samples of items: what is asked changes with either.
    """
    tables = {name: _table(data, f"{where}/{name}") for name, data in sorted(inside.items())}
    head = tables.pop(_HEAD)
    name = head.pop("shape", "")
    if name not in SHAPES:
        raise EvaluationError(
            "A suite has no known shape.", where=f"{where}/{_HEAD}", expected=", ".join(SHAPES), found=repr(name)
        )
    items = tuple(item for file, table in tables.items() for item in _parse_items(SHAPES[name], table, where, file))
    lines = "".join(f"{digest(data)}  {file}\n" for file, data in sorted({**inside, **_programs()}.items()))
    try:
        return Suite(**head, items=items, sha256=hashlib.sha256(lines.encode()).hexdigest())
    except (ValidationError, TypeError) as error:
        raise EvaluationError("A suite is not as it must be.", where=where, found=_why(error)) from error


@cache
def _programs() -> Mapping[str, bytes]:
    inside = files("accord.evals.shapes").iterdir()
    return {f"shapes/{file.name}": file.read_bytes() for file in inside if file.name.endswith(".py")}


def _table(data: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvaluationError("A suite is not a TOML file.", where=where, found=str(error)) from error


def _parse_items(shape: type[Item], table: dict[str, Any], where: str, file: str) -> Iterator[Item]:
    language = file.removesuffix(".toml").partition("-")[0]
    for number, row in enumerate(table.get("items", []), 1):
        try:
            yield shape.model_validate(row | {"language": language} if isinstance(row, dict) else row)
        except ValidationError as error:
            name = row.get("id", "without an id") if isinstance(row, dict) else "not a table"
            raise EvaluationError(
                "An item of a suite is not as it must be.",
                where=f"{where}/{file}, item {number} ({name})",
                found=_why(error),
            ) from error


def _why(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'suite'}: {e['msg']}" for e in error.errors())
