"""What the declaration of a system says, as sentences that answer a form, each with its source."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from accord.evidence import ModelRef
from accord.manifest import Dataset, Energy, System
from accord.reports.forms.answers import Sentence

Facts = tuple[Sentence, ...]
"""What is declared of one thing."""
NONE: Mapping[str, Facts] = MappingProxyType({})
"""Where nothing is declared."""
_BYTES = "SHA-256 of the weight file"
_PLACE = "SHA-256 of the address and the name, which shows no bytes"
_TRAINING = frozenset({"training", "fine-tuning"})
_USE = frozenset({"deployment", "inference"})


def read_facts(system: System, model: ModelRef, record: int) -> Mapping[str, Facts]:
    """Return what is declared, by the names that questions ask for it; `record` is the declaration's index."""
    source = (f"record {record}", "accord.toml")
    return {name: tuple(Sentence(f"{text} (declared)", source) for text in told(system, model)) for name, told in _ALL}


def _provider(system: System, _model: ModelRef) -> Iterator[str]:
    organisation = system.organisation
    where = f", {organisation.country}" if organisation.country else ""
    yield f"{organisation.name}{where}; {', '.join(organisation.roles)} of the system {system.system.name}."


def _model(system: System, model: ModelRef) -> Iterator[str]:
    yield f"{model.name}, in version {system.system.version} of the system {system.system.name}."


def _identity(_system: System, model: ModelRef) -> Iterator[str]:
    yield f"{_BYTES if model.kind == 'weights' else _PLACE}: {model.sha256}."


def _released(system: System, _model: ModelRef) -> Iterator[str]:
    if system.system.released:
        product = system.system
        yield f"{product.released}: version {product.version} of the system {product.name}, not the model by itself."


def _modalities(system: System, _model: ModelRef) -> Iterator[str]:
    yield f"{', '.join(system.system.modalities)}; which of it goes in and which comes out is not told apart."


def _reached(_system: System, model: ModelRef) -> Iterator[str]:
    how = {"weights": "a file of weights", "endpoint": "an interface", "inspect": "an interface"}[model.kind]
    yield f"It was tested as {how}: {model.locator}."


def _documents(kind: str) -> Callable[[System, ModelRef], Iterator[str]]:
    def told(system: System, _model: ModelRef) -> Iterator[str]:
        for document in system.documents:
            if document.kind == kind:
                yield f"{document.title}{f', {document.url}' if document.url else ''}."

    return told


def _uses(system: System, _model: ModelRef) -> Iterator[str]:
    yield from (f"Meant for: {use}." for use in system.system.appropriate_uses)
    yield from (f"Not to be used for: {use}." for use in system.system.inappropriate_uses)


def _systems(system: System, _model: ModelRef) -> Iterator[str]:
    product = system.system
    yield f"It is part of {product.name}: {product.description}"


def _data(told: Callable[[Dataset], str | None]) -> Callable[[System, ModelRef], Iterator[str]]:
    def each(system: System, _model: ModelRef) -> Iterator[str]:
        for dataset in system.datasets:
            if text := told(dataset):
                yield f"{dataset.title} ({dataset.use}): {text}."

    return each


def _rights(dataset: Dataset) -> str | None:
    licence = f"licence {dataset.licence}" if dataset.licence else ""
    return "; ".join(filter(None, (licence, dataset.rights))) or None


def _energy(activities: frozenset[str], told: Callable[[Energy], str]) -> Callable[[System, ModelRef], Iterator[str]]:
    def each(system: System, _model: ModelRef) -> Iterator[str]:
        yield from (f"{one.activity}: {told(one)}." for one in system.energy if one.activity in activities)

    return each


def _spent(one: Energy) -> str:
    return f"{one.kwh:g} kWh"


def _known(one: Energy) -> str:
    return one.method


_ALL: tuple[tuple[str, Callable[[System, ModelRef], Iterator[str]]], ...] = (
    ("provider", _provider),
    ("model", _model),
    ("identity", _identity),
    ("released", _released),
    ("modalities", _modalities),
    ("reached", _reached),
    ("use-policy", _documents("acceptable-use")),
    ("instructions", _documents("instructions")),
    ("uses", _uses),
    ("systems", _systems),
    ("data", _data(lambda d: f"declared as {d.id}")),
    ("data-origin", _data(lambda d: d.url)),
    ("data-rights", _data(_rights)),
    ("data-quality", _data(lambda d: d.quality)),
    ("data-personal", _data(lambda d: None if d.personal_data == "unknown" else f"personal data {d.personal_data}")),
    ("energy-training", _energy(_TRAINING, _spent)),
    ("energy-training-method", _energy(_TRAINING, _known)),
    ("energy-use", _energy(_USE, _spent)),
    ("energy-use-method", _energy(_USE, _known)),
)
