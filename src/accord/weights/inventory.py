"""The inventory of a system: its model with its files, its data, and the packages it runs on (clause 6.1)."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accord import __version__
from accord.assess import Job
from accord.checks.reading import evaluations
from accord.errors import WeightsError
from accord.evidence import EvaluationRecord, ModelRef, Sighting, SystemRecord, Tool, format_values
from accord.inspecting import Inspection
from accord.ledger import digest, format_json
from accord.manifest import System, identify_model
from accord.weights.advisories import FRESH_DAYS, Advisories, ask_service, read_advisories
from accord.weights.bundle import Manifest
from accord.weights.cache import DigestCache
from accord.weights.cyclonedx import format_cyclonedx
from accord.weights.headers import HeaderError, read_gguf
from accord.weights.packages import Package, list_packages
from accord.weights.tree import hash_model
from accord.workspace import Workspace

_DAYS = 30
_LISTED = {
    "packages.intact": "the package's files are as it was installed",
    "packages.licence": "the package says its licence",
}
_KNOWN = {
    "packages.no-advisory": "no known vulnerability affects the package",
    "advisories.fresh": f"the advisories are at most {FRESH_DAYS} days old",
}


@dataclass(frozen=True)
class Inventory:
    """What a system is made of, at one moment."""

    made: datetime
    system: System
    model: ModelRef
    files: Mapping[str, str]
    """SHA-256 of the model's files, by their name; empty where it has none here."""
    sha256: str
    """The digest of the whole model."""
    architecture: str
    packages: tuple[Package, ...]
    evaluations: tuple[EvaluationRecord, ...]
    tools: tuple[Tool, ...] = (Tool(name="accord", version=__version__),)


def gather(workspace: Workspace, system: System, packages: tuple[Package, ...], now: datetime) -> Inventory:
    """Return the inventory of a workspace's system, with the evaluations that stand in its log."""
    model = identify_model(system, workspace.root)
    named = (system.weights and system.weights.path) or system.model.weights
    files: Mapping[str, str] = {}
    sha256, architecture = model.sha256, ""
    if named:
        place = (workspace.root / named).resolve()
        known = DigestCache(workspace.digests)
        digests = hash_model(place, follow=True, known=known)
        known.write()
        alone = set(digests) == {"."}
        files = {place.name: digests["."]} if alone else digests
        sha256 = digests["."] if alone else Manifest(place.name, digests).root
        architecture = _architecture(place)
    records = workspace.records(now)
    held = tuple(e.record for e in evaluations(records)) if records.latest(SystemRecord) else ()
    return Inventory(now, system.declared(), model, files, sha256, architecture, packages, held)


def _architecture(model: Path) -> str:
    """Return what the model's files say of its architecture, or nothing."""
    try:
        if model.is_dir():
            said = json.loads((model / "config.json").read_bytes())
            kind = said.get("model_type") if isinstance(said, dict) else ""
            return kind if isinstance(kind, str) else ""
        with model.open("rb") as file:
            kind = read_gguf(file, model.stat().st_size).metadata.get("general.architecture", "")
    except (OSError, ValueError, HeaderError, WeightsError):
        return ""
    return kind if isinstance(kind, str) else ""


@dataclass(frozen=True)
class InventoryInspector:
    """The engine of inventories (see `accord.assess.Engine`): the last, since it lists what was evaluated."""

    clock: Callable[[], datetime]

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield a job for the inventory and one for known vulnerabilities, where the manifest names an environment."""
        declared = system.security
        if declared is None or declared.environment is None:
            return
        packages = list_packages((workspace.root / declared.environment).absolute())
        seen = tuple(_look(packages))
        model = identify_model(system, workspace.root).sha256
        listed = digest(format_json([[p.name, p.version] for p in packages]))
        yield Inspection(
            topic="inventory",
            title="Inventory of the system",
            name=system.system.name,
            sha256=listed,
            model=model,
            questions=_LISTED,
            look=lambda: seen,
            days=_DAYS,
            settings={"declaration": digest(system.to_bytes()), "seen": digest(format_values(seen))},
            product=lambda: format_cyclonedx(gather(workspace, system, packages, self.clock())),
        ).job(workspace, self.clock)
        if declared.advisories:
            yield self._advisories(workspace, declared.advisories, packages, model, listed).job(workspace, self.clock)

    def _advisories(
        self, workspace: Workspace, source: str, packages: tuple[Package, ...], model: str, listed: str
    ) -> Inspection:
        online = source.startswith("https://")
        export = None if online else read_advisories(workspace.root / source)
        return Inspection(
            topic="vulnerabilities",
            title=f"Known vulnerabilities of {len(packages)} packages",
            name="packages",
            sha256=listed,
            model=model,
            questions=_KNOWN,
            look=lambda: (
                look_at_service(ask_service(packages, self.clock(), source))
                if export is None
                else look_at_advisories(export, packages, self.clock())
            ),
            days=FRESH_DAYS,
            settings={
                "advisories": export.sha256 if export else source,
                "newest": f"{export.newest:%Y-%m-%d}" if export else None,
            },
        )


def _look(packages: tuple[Package, ...]) -> Iterator[Sighting]:
    for package in packages:
        wrong = package.damage
        note = "it has no list of its files" if wrong is None else ", ".join(wrong[:5])
        holds = None if wrong is None else not wrong
        yield Sighting(observation="packages.intact", subject=package.purl, holds=holds, note=note)
        yield Sighting(
            observation="packages.licence", subject=package.purl, holds=bool(package.licence), note=package.licence
        )


def look_at_advisories(advisories: Advisories, packages: tuple[Package, ...], now: datetime) -> Iterator[Sighting]:
    """Yield what an export says of each package, and how old it is."""
    age = (now - advisories.newest).days
    yield Sighting(
        observation="advisories.fresh",
        subject=f"{advisories.newest:%Y-%m-%d}",
        holds=age <= FRESH_DAYS,
        note=f"the newest is {age} days old",
    )
    for package in packages:
        affects, unclear = advisories.find(package)
        holds = False if affects else None if unclear else True
        note = ", ".join(affects or unclear)
        yield Sighting(observation="packages.no-advisory", subject=package.purl, holds=holds, note=note)


def look_at_service(found: Mapping[str, tuple[str, ...]]) -> Iterator[Sighting]:
    """Yield what the service said of each package."""
    yield Sighting(observation="advisories.fresh", subject="the service itself", holds=True)
    for name, ids in sorted(found.items()):
        yield Sighting(observation="packages.no-advisory", subject=name, holds=not ids, note=", ".join(ids))
