"""Suites: what is asked of a model, as data, and the samples that a seed makes of it."""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from accord.errors import EvaluationError
from accord.evals.items import SHAPES, Item, Sample, order
from accord.evidence import SuiteRef

SHIPPED: Traversable = files("accord.evals") / "suites"
"""The folder of the suites that come with Accord: one TOML file each."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Part):
    """A metric that a suite yields; `better` says which way is good, `middle` meaning one half."""

    id: str = Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")
    title: str
    better: Literal["higher", "lower", "middle"]


class Suite(_Part):
    """Items of one shape, and how they are scored. `sha256` is of the suite's file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: str
    description: str
    limits: str
    """What the suite's rules cannot see: read it before relying on a result."""
    clauses: tuple[str, ...] = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    """The most tokens an answer may have; the system's own limit may be lower."""
    sources: Mapping[str, str]
    metrics: tuple[Measure, ...] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    sha256: str

    @model_validator(mode="after")
    def _whole(self) -> "Suite":
        ids = [item.id for item in self.items]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            msg = f"expected every id once, found twice: {', '.join(twice)}"
            raise ValueError(msg)
        if lost := sorted({i.source for i in self.items} - set(self.sources)):
            msg = f"expected every source under [sources], missing: {', '.join(lost)}"
            raise ValueError(msg)
        named, measured = {m.id for m in self.metrics}, {m for s in self.samples(0) for m in s.metrics}
        if named != measured:
            msg = f"expected the metrics {sorted(measured)}, found {sorted(named)}"
            raise ValueError(msg)
        return self

    @cached_property
    def families(self) -> dict[str, int]:
        """How many items touch each family of risk (R1 to R7)."""
        return dict(sorted(Counter(item.family for item in self.items if item.family).items()))

    def samples(self, seed: int) -> tuple[Sample, ...]:
        """Return every sample, in the order and with the options that `seed` draws."""
        made = {s.id: s for item in self.items for s in item.samples(seed)}
        return tuple(made[i] for i in order(made, seed))

    def ref(self) -> SuiteRef:
        """Return the reference that a record binds."""
        return SuiteRef(id=self.id, title=self.title, version=self.version, sha256=self.sha256, items=len(self.items))


def suites(folder: Traversable = SHIPPED) -> tuple[Suite, ...]:
    """Return every suite of a folder, by id."""
    return tuple(load_suite(i, folder) for i in _ids(folder))


def load_suite(id: str, folder: Traversable = SHIPPED) -> Suite:  # noqa: A002 - the spec's own word
    """Load one suite; raise EvaluationError that names the file, and the item at fault."""
    known = _ids(folder)
    if id not in known:
        near = get_close_matches(id, known, 1)
        raise EvaluationError(
            f"There is no suite {id!r}.",
            expected=", ".join(known),
            fix=f"did you mean {near[0]!r}?" if near else "",
        )
    return parse_suite((folder / f"{id}.toml").read_bytes(), f"{id}.toml")


def parse_suite(data: bytes, where: str) -> Suite:
    """Make a Suite of the bytes of its file; `where` names the file in errors."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
        shape = SHAPES[table.pop("shape", "")]
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvaluationError("A suite is not a TOML file.", where=where, found=str(error)) from error
    except KeyError as error:
        raise EvaluationError("A suite has no known shape.", where=where, expected=", ".join(SHAPES)) from error
    items = tuple(_parse_items(shape, table.pop("items", []), where))
    try:
        return Suite(**table, items=items, sha256=hashlib.sha256(data).hexdigest())
    except (ValidationError, TypeError) as error:
        raise EvaluationError("A suite is not as it must be.", where=where, found=_why(error)) from error


def _parse_items(shape: type[Item], rows: list[Any], where: str) -> Iterator[Item]:
    for number, row in enumerate(rows, 1):
        try:
            yield shape.model_validate(row)
        except ValidationError as error:
            name = row.get("id", "without an id") if isinstance(row, dict) else "not a table"
            raise EvaluationError(
                "An item of a suite is not as it must be.",
                where=f"{where}, item {number} ({name})",
                found=_why(error),
            ) from error


def _why(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'suite'}: {e['msg']}" for e in error.errors())


def _ids(folder: Traversable) -> list[str]:
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
