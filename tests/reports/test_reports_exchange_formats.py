"""What is written is what others read: their published schemas, models and libraries take it."""

import importlib.util
import json
import re
import sys
import tarfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema_rs
import pymisp
import pytest
import stix2
from incident_cases import bare, cases, make_case, make_incident

from accord.errors import ReportError
from accord.reports.exchange import LEVELS, Case, Product, Sender, export

DATA = Path(__file__).parent / "data"
CASES = {**cases(), "bare": bare()}
VULNERABILITIES = [kind for kind, case in CASES.items() if case.is_vulnerability]
_CSAF = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/"
_SCORES = (
    "https://www.first.org/cvss/cvss-v2.0.json", "https://www.first.org/cvss/cvss-v3.0.json",
    "https://www.first.org/cvss/cvss-v3.1.json", "https://www.first.org/cvss/cvss-v4.0.json",
    "https://certcc.github.io/SSVC/data/schema/v2/SelectionList_2_0_0.schema.json", f"{_CSAF}extension-metaschema.json",
)  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack what others published (tests/reports/data/README.md)."""
    folder = tmp_path_factory.mktemp("published")
    for archive in DATA.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    return folder


def _load(path: Path) -> dict[str, Any]:
    """Return a schema as one of the draft that its own meta-schema builds on."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) | {
        "$schema": "https://json-schema.org/draft/2020-12/schema"
    }


@pytest.fixture(scope="module")
def csaf(published: Path) -> jsonschema_rs.Draft202012Validator:
    held = [_load(path) for path in (published / "csaf-2.1").glob("*.json")]
    nothing: list[tuple[str, Any]] = [(uri, {"not": {}, "$defs": {"content_schema_t": {}}}) for uri in _SCORES]
    registry = jsonschema_rs.Registry([*((one["$id"], one) for one in held), *nothing])
    schema = next(one for one in held if one["$id"] == f"{_CSAF}csaf.json")
    return jsonschema_rs.Draft202012Validator(schema, registry=registry, validate_formats=True)


@pytest.fixture(scope="module")
def stix(published: Path) -> Callable[[str], jsonschema_rs.Draft202012Validator]:
    """Return the validator of a kind of object."""
    held = {path.stem: _load(path) for path in (published / "stix-2.1/schemas").rglob("*.json")}
    registry = jsonschema_rs.Registry([(one["$id"], one) for one in held.values()])
    return lambda kind: jsonschema_rs.Draft202012Validator(held[kind], registry=registry)


@pytest.fixture(scope="module")
def avid(published: Path) -> Iterator[ModuleType]:
    """Yield avidtools' models."""
    folder = published / "avidtools/avidtools/datamodels"
    spec = importlib.util.spec_from_file_location(
        "avid_models", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["avid_models"] = module
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydantic, about how these models are written
        spec.loader.exec_module(module)
        for name in ("report", "vulnerability"):
            importlib.import_module(f"avid_models.{name}")
    yield module
    for name in [name for name in sys.modules if name.startswith("avid_models")]:
        del sys.modules[name]


def _written(case: Case, name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(export(case, name).data)


@pytest.mark.parametrize("kind", CASES)
def test_csaf_satisfies_its_schema(csaf: jsonschema_rs.Draft202012Validator, kind: str) -> None:
    told = _written(CASES[kind], "csaf")
    csaf.validate(told)
    expected = (
        "csaf_vex" if kind in VULNERABILITIES else "csaf_base" if kind == "bare" else "csaf_security_incident_response"
    )
    assert expected == told["document"]["category"]


@pytest.mark.parametrize("level", LEVELS)
def test_csaf_has_every_marking(csaf: jsonschema_rs.Draft202012Validator, level: str) -> None:
    told = _written(make_case(level=level), "csaf")
    csaf.validate(told)
    assert level.upper() == told["document"]["distribution"]["tlp"]["label"]


def test_the_schema_refuses_what_csaf_does_not_have(csaf: jsonschema_rs.Draft202012Validator) -> None:
    told = _written(CASES["incident"], "csaf")
    assert not csaf.is_valid(told | {"harm": "physical"})
    assert not csaf.is_valid(told | {"document": told["document"] | {"csaf_version": "2.0"}})


@pytest.mark.parametrize("kind", CASES)
def test_csaf_passes_the_mandatory_tests_that_concern_it(kind: str) -> None:
    told = _written(CASES[kind], "csaf")
    tracking = told["document"]["tracking"]
    history = tracking["revision_history"]
    assert [str(place) for place in range(1, len(history) + 1)] == [row["number"] for row in history]  # 6.1.21, 6.1.22
    assert [row["date"] for row in history] == sorted(row["date"] for row in history)  # 6.1.14
    assert (history[-1]["number"], history[-1]["date"]) == (tracking["version"], tracking["current_release_date"])
    named = {one["product_id"] for one in told.get("product_tree", {}).get("full_product_names", [])}
    for one in told.get("vulnerabilities", []):
        status = one["product_status"]
        used = [product for products in status.values() for product in products]
        assert sorted(named) == sorted(used)  # 6.1.1 and 6.1.6: each is there, in one group of states
        remedied = {p for row in one.get("remediations", []) for p in row["product_ids"]}
        assert remedied == set(status.get("known_affected", []))  # VEX, 6.1.29 and 6.1.36
        impact = {p for row in one.get("threats", []) for p in row["product_ids"]}
        assert impact == set(status.get("known_not_affected", []))  # VEX
        assert one.get("disclosure_date", "") <= history[-1]["date"]  # 6.1.45
        assert one["ids"]
        assert one["notes"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("new vulnerability", {"under_investigation": ["1.0", "1.1"]}),
        ("open vulnerability", {"known_affected": ["1.0", "1.1"]}),
        ("vulnerability", {"fixed": ["1.1"], "known_affected": ["1.0"]}),
        ("dismissed vulnerability", {"known_not_affected": ["1.0", "1.1"]}),
    ],
)
def test_vex_says_how_each_version_stands(kind: str, status: dict[str, list[str]]) -> None:
    told = _written(CASES[kind], "csaf")
    names = {one["product_id"]: one["name"].split()[-1] for one in told["product_tree"]["full_product_names"]}
    found = told["vulnerabilities"][0]["product_status"]
    assert status == {group: [names[one] for one in held] for group, held in found.items()}
    words = {"known_affected": "affected", "known_not_affected": "not_affected"}
    same = {words.get(group, group): held for group, held in status.items()}
    statements = _written(CASES[kind], "openvex")["statements"]
    assert same == {row["status"]: [p["@id"].rpartition("@")[2] for p in row["products"]] for row in statements}


def test_without_a_measure_that_is_said_and_a_fix_in_place_keeps_its_measures() -> None:
    rows = ({"event": "signal", "category": "vulnerability"}, {"event": "triage", "category": "vulnerability"})
    told = _written(make_case(make_incident((*rows, {"event": "confirm"}))), "csaf")
    assert ["none_available"] == [row["category"] for row in told["vulnerabilities"][0]["remediations"]]
    one = make_case(
        make_incident((*rows, {"event": "confirm"}, {"event": "resolve"})), systems=(Product("Helpdesk", "1.1"),)
    )
    told = _written(one, "csaf")["vulnerabilities"][0]
    assert ["fixed"] == list(told["product_status"])
    assert "Units are checked before an answer." in [note["text"] for note in told["notes"]]


def test_csaf_needs_a_publisher_with_an_address() -> None:
    nowhere = Sender("Acme", None, develops=True, system=Product("Helpdesk", "1.0"), contacts=(), origin="a/b")
    with pytest.raises(ReportError, match="names its publisher") as caught:
        export(make_case(sender=nowhere), "csaf")
    assert "[organisation]" in caught.value.fix


@pytest.mark.parametrize("kind", VULNERABILITIES)
def test_openvex_satisfies_its_schema(published: Path, kind: str) -> None:
    schema = json.loads((published / "openvex/openvex_json_schema.json").read_text(encoding="utf-8"))
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(_written(CASES[kind], "openvex"))


@pytest.mark.parametrize("case", [CASES["incident"], make_case(make_incident(category="vulnerability"), systems=())])
def test_openvex_is_of_vulnerabilities_of_systems(case: Case) -> None:
    with pytest.raises(ReportError, match="how a product stands"):
        export(case, "openvex")


@pytest.mark.parametrize("kind", CASES)
def test_stix_satisfies_its_schemas(stix: Callable[[str], jsonschema_rs.Draft202012Validator], kind: str) -> None:
    told = _written(CASES[kind], "stix")
    for one in told["objects"]:
        stix(one["type"]).validate(one)
    # The schema of bundles takes no incident and no note at all: each satisfies two schemas of which it wants one.
    stix("bundle").validate(
        told | {"objects": [one for one in told["objects"] if one["type"] not in {"incident", "note"}]}
    )


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", CASES)
def test_stix_is_read_by_its_own_library(kind: str, level: str) -> None:
    case = make_case(CASES[kind].incident, level=level)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of extensions that it does not know
        bundle = stix2.parse(export(case, "stix").data.decode(), allow_custom=False)
    ids = {one.id for one in bundle.objects}
    refs = re.findall(r'"([a-z-]+--[0-9a-f-]{36})"', bundle.serialize())
    assert {ref for ref in refs if not ref.startswith(("bundle--", "extension-definition--"))} == ids
    (marking,) = [one for one in bundle.objects if one.type == "marking-definition"]
    assert all([marking.id] == one.object_marking_refs for one in bundle.objects if one is not marking)
    assert f"TLP:{level.upper()}" == marking.name


@pytest.mark.parametrize("kind", CASES)
def test_misp_is_read_by_its_own_library(kind: str) -> None:
    told = export(CASES[kind], "misp").data
    event = pymisp.MISPEvent(strict_validation=False)
    event.load(told)
    (held,) = event.objects
    template = json.loads(
        (Path(pymisp.__file__).parent / f"data/misp-objects/objects/{held.name}/definition.json").read_text(
            encoding="utf-8"
        )
    )
    assert (template["uuid"], template["meta-category"]) == (held.template_uuid, held["meta-category"])
    assert {one.object_relation for one in held.attributes} <= set(template["attributes"])
    needed = set(template.get("required", [])) or set(template["requiredOneOf"])
    assert needed & {one.object_relation for one in held.attributes}
    assert (0, False) == (event.distribution, event.published)


@pytest.mark.parametrize("kind", CASES)
def test_misp_satisfies_the_schema_of_its_library(kind: str) -> None:
    folder = Path(pymisp.__file__).parent / "data"
    schema = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
    schema["defs"]["sharing_group"]["properties"].pop("required")  # misplaced there: it is no member of a group
    event = _written(CASES[kind], "misp")["Event"]
    plain = {name: value for name, value in event.items() if name != "Object"}  # the schema is older than objects
    jsonschema_rs.Draft4Validator(schema).validate({"Event": plain})
    held = json.loads((folder / "describeTypes.json").read_text(encoding="utf-8"))["result"]["category_type_mappings"]
    attributes = [*event["Attribute"], *event["Object"][0]["Attribute"]]
    assert [] == [one for one in attributes if one["type"] not in held[one["category"]]]
    assert len(attributes) == len({one["uuid"] for one in attributes})


@pytest.mark.parametrize("kind", CASES)
def test_avid_is_read_by_its_own_models(avid: ModuleType, kind: str) -> None:
    data = export(CASES[kind], "avid").data
    held = sys.modules["avid_models.report"].Report.model_validate_json(data)
    assert json.loads(data) == json.loads(held.model_dump_json(exclude_none=True))


def test_avid_is_a_vulnerability_where_avid_says_so(avid: ModuleType) -> None:
    incident = make_incident(category="vulnerability", identifiers=("AVID:AVID-2026-V012",))
    data = export(make_case(incident), "avid").data
    held = sys.modules["avid_models.vulnerability"].Vulnerability.model_validate_json(data)
    assert ("AVID-2026-V012", json.loads(data)) == (
        held.metadata.vuln_id,
        json.loads(held.model_dump_json(exclude_none=True)),
    )


# What the submission form asks for, by the types and rules of the database's own code (May 2026), in our own words.
_AIID: dict[str, tuple[type, int, int]] = {
    "title": (str, 6, 500),
    "incident_title": (str, 6, 500),
    "text": (str, 80, 50_000),
    "description": (str, 3, 500),
    "url": (str, 10, 10_000),
    "source_domain": (str, 3, 300),
    "language": (str, 2, 2),
    "image_url": (str, 0, 0),
    **dict.fromkeys(("date_published", "date_downloaded", "date_submitted", "date_modified"), (str, 10, 10)),
    **dict.fromkeys(("authors", "submitters", "developers", "deployers", "harmed_parties"), (list, 1, 100)),
    "tags": (list, 0, 100),
}


@pytest.mark.parametrize("kind", [kind for kind in CASES if kind != "bare"])
def test_aiid_has_what_its_form_asks_for(kind: str) -> None:
    told = _written(CASES[kind], "aiid")
    for name, (shape, least, most) in _AIID.items():
        assert isinstance(told[name], shape), name
        assert least <= len(told[name]) <= most, name
    for name in ("authors", "submitters", "developers", "deployers", "harmed_parties", "implicated_systems"):
        assert all(3 <= len(one) <= 200 for one in told[name])
    assert [815] == told["incident_ids"]


def test_aiid_asks_for_a_public_page_and_cuts_what_is_too_long() -> None:
    with pytest.raises(ReportError, match="stands on a public page"):
        export(CASES["bare"], "aiid")
    told = _written(
        make_case(make_incident(description="word " * 1_000, affected=("x" * 300,), developers=None)), "aiid"
    )
    assert (500, "…", 200) == (len(told["description"]), told["description"][-1], len(told["harmed_parties"][0]))
    assert ["unknown"] == told["developers"]
