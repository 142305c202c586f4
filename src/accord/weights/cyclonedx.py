"""An inventory as a CycloneDX 1.7 bill of materials, with a model card (ECMA-424)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from accord.ledger import format_json

if TYPE_CHECKING:
    from accord.evidence import Metric
    from accord.manifest import Dataset, Energy
    from accord.weights.inventory import Inventory
    from accord.weights.packages import Package

SCHEMA = "http://cyclonedx.org/schema/bom-1.7.schema.json"
_MODEL = "model"
_SENSITIVE = {"present": ["personal data"], "pseudonymised": ["pseudonymised personal data"]}


def format_cyclonedx(inventory: Inventory) -> bytes:
    """Return the bill as canonical JSON; what is not known is left out."""
    system, packages = inventory.system, inventory.packages
    bill: dict[str, Any] = {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {
            "timestamp": f"{inventory.made:%Y-%m-%dT%H:%M:%SZ}",
            "lifecycles": [{"phase": "operations" if system.system.stage in {"deployment", "use"} else "build"}],
            "tools": {
                "components": [{"type": "application", "name": t.name, "version": t.version} for t in inventory.tools]
            },
            "manufacturer": _without({"name": system.organisation.name, "url": _one(system.organisation.url)}),
            "component": {
                "type": "application",
                "bom-ref": "system",
                "name": system.system.name,
                "version": system.system.version,
                "description": system.system.description,
            },
        },
        "components": [_model(inventory), *map(_dataset, system.datasets), *map(_package, packages)],
        "dependencies": _dependencies(inventory),
    }
    # The same inventory has the same serial number, so that it can be told from another.
    serial = uuid5(NAMESPACE_URL, format_json(bill).decode())
    return format_json({**bill, "serialNumber": f"urn:uuid:{serial}"})


def _model(inventory: Inventory) -> dict[str, Any]:
    files = [
        {"type": "file", "bom-ref": f"file:{name}", "name": name, "hashes": _hashes(sha256)}
        for name, sha256 in inventory.files.items()
    ]
    return _without(
        {
            "type": "machine-learning-model",
            "bom-ref": _MODEL,
            "name": inventory.model.name,
            "hashes": _hashes(inventory.sha256) if len(files) == 1 else [],
            "components": files,
            "modelCard": _card(inventory),
            "properties": [
                {"name": "accord:identity", "value": f"{inventory.model.kind}:{inventory.model.locator}"},
                {"name": "accord:sha256", "value": inventory.sha256},
            ],
        }
    )


def _card(inventory: Inventory) -> dict[str, Any]:
    system = inventory.system.system
    metrics = [_metric(m) for record in inventory.evaluations for m in record.metrics if m.value is not None]
    parameters = {
        "architectureFamily": inventory.architecture,
        "datasets": [{"ref": f"data:{d.id}"} for d in inventory.system.datasets],
        "inputs": [{"format": modality} for modality in system.modalities],
    }
    considerations = {
        "useCases": list(system.appropriate_uses),
        "technicalLimitations": [*system.limitations, *(f"Not for: {use}" for use in system.inappropriate_uses)],
        "environmentalConsiderations": _without({"energyConsumptions": [*map(_energy, inventory.system.energy)]}),
    }
    return _without(
        {
            "modelParameters": _without(parameters),
            "quantitativeAnalysis": _without({"performanceMetrics": metrics}),
            "considerations": _without(considerations),
        }
    )


def _energy(energy: Energy) -> dict[str, Any]:
    amount = {"value": energy.kwh, "unit": "kWh"}
    emitted = {"value": energy.tonnes_co2, "unit": "tCO2eq"} if energy.tonnes_co2 else {}
    provider = {
        "organization": {"name": energy.provider or "unknown"},
        "energySource": energy.source,
        "energyProvided": amount,
    }
    return _without(
        {
            "activity": energy.activity,
            "energyProviders": [provider],
            "activityEnergyCost": amount,
            "co2CostEquivalent": emitted,
            "properties": [{"name": "accord:method", "value": energy.method}],
        }
    )


def _metric(metric: Metric) -> dict[str, Any]:
    interval = _without({"lowerBound": _number(metric.low), "upperBound": _number(metric.high)})
    parts = [metric.language, metric.group, f"n={metric.n}", f"{metric.level:.0%} interval"]
    return _without(
        {
            "type": metric.id,
            "value": _number(metric.value),
            "slice": ", ".join(part for part in parts if part),
            "confidenceInterval": interval,
        }
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _dataset(dataset: Dataset) -> dict[str, Any]:
    content = _without({"url": dataset.url})
    held = {
        "type": "dataset",
        "name": dataset.title,
        "contents": content,
        "sensitiveData": _SENSITIVE.get(dataset.personal_data, []),
        "classification": f"personal data: {dataset.personal_data}",
    }
    return _without(
        {
            "type": "data",
            "bom-ref": f"data:{dataset.id}",
            "name": dataset.title,
            "description": f"Used for {dataset.use}.",
            "licenses": [{"license": {"name": dataset.licence}}] if dataset.licence else [],
            "data": [_without(held)],
        }
    )


def _package(package: Package) -> dict[str, Any]:
    return _without(
        {
            "type": "library",
            "bom-ref": package.purl,
            "name": package.name,
            "version": package.version,
            "purl": package.purl,
            "licenses": [{"license": {"name": package.licence}}] if package.licence else [],
        }
    )


def _dependencies(inventory: Inventory) -> list[dict[str, Any]]:
    by_name = {package.name: package for package in inventory.packages}
    rows = [
        {
            "ref": "system",
            "dependsOn": sorted([_MODEL, *(package.purl for package in inventory.packages)]),
        },
        {"ref": _MODEL, "dependsOn": sorted(f"data:{d.id}" for d in inventory.system.datasets)},
    ]
    for package in inventory.packages:
        needed = sorted(by_name[name].purl for name in package.requires if name in by_name)
        rows.append({"ref": package.purl, "dependsOn": needed})
    return [_without(row) for row in rows]


def _hashes(sha256: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": sha256}]


def _one(value: str | None) -> list[str]:
    return [value] if value else []


def _without(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty: an empty member would say that there is nothing, not that it is not known."""
    return {name: held for name, held in value.items() if held not in ("", None, [], {})}
