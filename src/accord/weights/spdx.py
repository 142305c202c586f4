"""An inventory as an SPDX 3.0.1 document with classes of its AI and Dataset profiles, in JSON-LD.

It does not declare conformance to those two profiles: they ask for dates and places of download that a manifest need
not know, and what is not known is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accord.ledger import format_json

if TYPE_CHECKING:
    from accord.manifest import Dataset
    from accord.weights.inventory import Inventory
    from accord.weights.packages import Package

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_BASE = "urn:accord:inventory:"
_CREATED = "_:creation"
_PERSONAL = {
    "none": "no",
    "filtered": "noAssertion",
    "pseudonymised": "yes",
    "present": "yes",
    "unknown": "noAssertion",
}


def format_spdx(inventory: Inventory) -> bytes:
    """Return the document as canonical JSON-LD."""
    base = f"{_BASE}{inventory.sha256}:{inventory.made:%Y%m%dT%H%M%SZ}#"
    elements = [
        {"type": "Organization", "spdxId": f"{base}organisation", "name": inventory.system.organisation.name},
        *({"type": "Tool", "spdxId": f"{base}tool-{t.name}", "name": f"{t.name} {t.version}"} for t in inventory.tools),
        _model(inventory, base),
        *(_file(name, sha256, f"{base}file-{n}") for n, (name, sha256) in enumerate(inventory.files.items())),
        *(_dataset(dataset, base) for dataset in inventory.system.datasets),
        *(_package(package, base) for package in inventory.packages),
    ]
    elements += _relationships(inventory, base)
    ids = [element["spdxId"] for element in elements]
    document = {
        "type": "SpdxDocument",
        "spdxId": f"{base}document",
        "name": f"{inventory.system.system.name} {inventory.system.system.version}",
        "profileConformance": ["core", "software"],
        "rootElement": [f"{base}model"],
        "element": ids,
    }
    creation = {
        "type": "CreationInfo",
        "@id": _CREATED,
        "specVersion": "3.0.1",
        "created": f"{inventory.made:%Y-%m-%dT%H:%M:%SZ}",
        "createdBy": [f"{base}organisation"],
        "createdUsing": [f"{base}tool-{tool.name}" for tool in inventory.tools],
    }
    graph = [creation, *({**element, "creationInfo": _CREATED} for element in (document, *elements))]
    return format_json({"@context": CONTEXT, "@graph": graph})


def _model(inventory: Inventory, base: str) -> dict[str, Any]:
    system = inventory.system.system
    metrics = [
        {
            "type": "DictionaryEntry",
            "key": f"{m.id} ({m.language}{', ' + m.group if m.group else ''})",
            "value": f"{m.value:.6g} [{m.low:.6g}, {m.high:.6g}] n={m.n}",
        }
        for record in inventory.evaluations
        for m in record.metrics
        if m.value is not None and m.low is not None and m.high is not None
    ]
    said = {
        "type": "ai_AIPackage",
        "spdxId": f"{base}model",
        "name": inventory.model.name,
        "software_primaryPurpose": "model",
        "software_packageVersion": system.version,
        "suppliedBy": f"{base}organisation",
        "verifiedUsing": [_hash(inventory.sha256)] if len(inventory.files) == 1 else [],
        "releaseTime": f"{system.released:%Y-%m-%d}T00:00:00Z" if system.released else "",
        "ai_typeOfModel": [inventory.architecture] if inventory.architecture else [],
        "ai_informationAboutApplication": "; ".join(system.appropriate_uses),
        "ai_limitation": "; ".join(system.limitations),
        "ai_metric": metrics,
        "ai_energyConsumption": _energy(inventory),
    }
    return {name: value for name, value in said.items() if value not in ("", [], {})}


def _energy(inventory: Inventory) -> dict[str, Any]:
    """Return what training, fine-tuning and inference took: the profile has no place for other activities."""
    took = {
        f"ai_{place}EnergyConsumption": [
            {
                "type": "ai_EnergyConsumptionDescription",
                "ai_energyQuantity": f"{e.kwh:g}",
                "ai_energyUnit": "kilowattHour",
            }
            for e in inventory.system.energy
            if e.activity == activity
        ]
        for activity, place in (("training", "training"), ("fine-tuning", "finetuning"), ("inference", "inference"))
    }
    held = {name: rows for name, rows in took.items() if rows}
    return {"type": "ai_EnergyConsumption", **held} if held else {}


def _file(name: str, sha256: str, spdx_id: str) -> dict[str, Any]:
    return {"type": "software_File", "spdxId": spdx_id, "name": name, "verifiedUsing": [_hash(sha256)]}


def _dataset(dataset: Dataset, base: str) -> dict[str, Any]:
    said = {
        "type": "dataset_DatasetPackage",
        "spdxId": f"{base}data-{dataset.id}",
        "name": dataset.title,
        "software_primaryPurpose": "data",
        "dataset_datasetType": ["noAssertion"],
        "dataset_hasSensitivePersonalInformation": _PERSONAL.get(dataset.personal_data, "noAssertion"),
        "dataset_intendedUse": dataset.use,
        "software_downloadLocation": dataset.url or "",
    }
    return {name: value for name, value in said.items() if value}


def _package(package: Package, base: str) -> dict[str, Any]:
    return {
        "type": "software_Package",
        "spdxId": f"{base}package-{package.name}",
        "name": package.name,
        "software_packageVersion": package.version,
        "software_packageUrl": package.purl,
        "software_primaryPurpose": "library",
    }


def _relationships(inventory: Inventory, base: str) -> list[dict[str, Any]]:
    names = {package.name for package in inventory.packages}
    rows = [("model", "contains", [f"file-{n}" for n in range(len(inventory.files))])]
    for dataset in inventory.system.datasets:
        kind = {"evaluation": "testedOn", "retrieval": "dependsOn"}.get(dataset.use, "trainedOn")
        rows.append(("model", kind, [f"data-{dataset.id}"]))
    rows.append(("model", "dependsOn", [f"package-{package.name}" for package in inventory.packages]))
    rows += [
        (f"package-{p.name}", "dependsOn", [f"package-{name}" for name in p.requires if name in names])
        for p in inventory.packages
    ]
    return [
        {
            "type": "Relationship",
            "spdxId": f"{base}relationship-{number}",
            "from": f"{base}{source}",
            "relationshipType": kind,
            "to": [f"{base}{target}" for target in targets],
        }
        for number, (source, kind, targets) in enumerate(row for row in rows if row[2])
    ]


def _hash(sha256: str) -> dict[str, str]:
    return {"type": "Hash", "algorithm": "sha256", "hashValue": sha256}
