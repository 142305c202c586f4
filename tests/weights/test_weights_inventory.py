"""Inventories: packages that are really installed, bills that the standards' own tools read, and advisories."""

import http.server
import io
import json
import shutil
import sysconfig
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version
from spdx_python_model import v3_0_1 as spdx

from accord.errors import WeightsError
from accord.evidence import EvaluationRecord, ModelRef
from accord.ledger import digest
from accord.manifest import System
from accord.weights.advisories import _in_range, ask_service, read_advisories
from accord.weights.cyclonedx import format_cyclonedx
from accord.weights.inventory import Inventory, look_at_advisories
from accord.weights.packages import Package, list_packages
from accord.weights.spdx import format_spdx

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SITE = Path(sysconfig.get_path("purelib"))


def _advisory(name: str = "jinja2", **changes: object) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [
        {"type": "ECOSYSTEM", "events": [
            {"introduced": "0"}, {"fixed": "2.11.3"}, {"introduced": "3.0"}, {"fixed": "3.1.5"},
        ]}
    ]}  # fmt: skip
    return {"id": "PYSEC-1", "modified": "2026-11-20T00:00:00Z", "affected": [affected], **changes}


def _export(folder: Path, *advisories: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, advisory in enumerate(advisories):
        (folder / f"{number}.json").write_text(json.dumps(advisory))
    return folder


def test_packages_are_those_that_are_installed() -> None:
    found = {p.name: p for p in list_packages(SITE)}
    assert {canonicalize_name(d.metadata["Name"]) for d in distributions(path=[str(SITE)])} == set(found)
    assert "markupsafe" in found["jinja2"].requires
    assert "pkg:pypi/jinja2@" in found["jinja2"].purl


def test_a_changed_a_missing_and_an_unlisted_file_of_a_package(tmp_path: Path) -> None:
    for part in SITE.glob("jinja2*"):
        shutil.copytree(part, tmp_path / part.name)
    assert [()] == [p.damage for p in list_packages(tmp_path)]
    (tmp_path / "jinja2" / "lexer.py").write_bytes(b"import os")
    (tmp_path / "jinja2" / "nodes.py").unlink()
    assert [("jinja2/lexer.py", "jinja2/nodes.py")] == [p.damage for p in list_packages(tmp_path)]
    next(tmp_path.glob("*.dist-info/RECORD")).unlink()
    assert [None] == [p.damage for p in list_packages(tmp_path)]


def test_a_virtual_environment_is_found_by_its_folder(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    for part in SITE.glob("markupsafe*"):
        shutil.copytree(part, site / part.name)
    assert ["markupsafe"] == [p.name for p in list_packages(tmp_path)]


def test_a_lock_file_is_read(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text(
        "# pinned\nJinja2==3.1.6 \\\n    --hash=sha256:00\nuvicorn[standard]==0.30 ; python_version > '3'\n"
    )
    assert ["pkg:pypi/jinja2@3.1.6", "pkg:pypi/uvicorn@0.30"] == [p.purl for p in list_packages(lock)]


@pytest.mark.parametrize("text", ["jinja2>=3\n", "", "jinja2\n", "-r other.txt\n"])
def test_what_pins_nothing_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.lock").write_text(text)
    with pytest.raises(WeightsError, match="pins nothing"):
        list_packages(tmp_path / "a.lock")


def test_a_package_without_a_name_is_refused_and_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "broken-1.dist-info").mkdir()
    (tmp_path / "broken-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n")
    with pytest.raises(WeightsError, match="no name or no version"):
        list_packages(tmp_path)


def test_an_empty_folder_is_no_environment(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no packages here"):
        list_packages(tmp_path)


@pytest.fixture
def inventory(make_system: Callable[..., System], evaluation: Callable[..., EvaluationRecord]) -> Inventory:
    system = make_system(
        organisation={"url": "https://acme.example"},
        system={
            "limitations": ["Often wrong"],
            "appropriate_uses": ["Parcels"],
            "inappropriate_uses": ["Law <script>"],
            "released": "2026-11-01",
        },
        datasets=[
            {
                "id": "web",
                "title": "Web pages",
                "use": "pre-training",
                "url": "https://data.example",
                "licence": "CC0-1.0",
            },
            {"id": "chat", "title": "Chats", "use": "evaluation", "personal_data": "present"},
            {"id": "docs", "title": "Documents", "use": "retrieval"},
        ],
        energy=[
            {"activity": "training", "kwh": 1250.5, "method": "meters", "source": "hydropower", "tonnes_co2": 0.1},
            {"activity": "validation", "kwh": 2, "method": "estimate from hours and the processor's power"},
        ],
    )
    model = ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256=digest(b"tiny"))
    return Inventory(
        NOW,
        system,
        model,
        {"tiny.gguf": digest(b"tiny")},
        digest(b"tiny"),
        "llama",
        list_packages(SITE),
        (evaluation(),),
    )


def test_cyclonedx_is_valid_for_the_projects_own_validator(inventory: Inventory) -> None:
    data = format_cyclonedx(inventory).decode()
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(data) is None
    bill = json.loads(data)
    model = bill["components"][0]
    assert "machine-learning-model" == model["type"]
    metric = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0]
    assert ("misuse.refusal", "1", "en, n=20, 95% interval") == (metric["type"], metric["value"], metric["slice"])
    assert float(metric["confidenceInterval"]["lowerBound"]) < 1
    assert ["data:web", "data:chat", "data:docs"] == [
        d["ref"] for d in model["modelCard"]["modelParameters"]["datasets"]
    ]
    energy = model["modelCard"]["considerations"]["environmentalConsiderations"]["energyConsumptions"]
    assert [("training", 1250.5), ("validation", 2)] == [
        (e["activity"], e["activityEnergyCost"]["value"]) for e in energy
    ]
    assert ["hydropower", "unknown"] == [e["energyProviders"][0]["energySource"] for e in energy]
    refs = {c["bom-ref"] for c in bill["components"]} | {"system"}
    assert {row["ref"] for row in bill["dependencies"]} <= refs
    assert all(set(row.get("dependsOn", [])) <= refs for row in bill["dependencies"])


def test_spdx_is_read_by_the_projects_own_model(inventory: Inventory) -> None:
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(io.BytesIO(format_spdx(inventory)), objects)
    assert set() == objects.missing_ids
    model: Any = next(iter(objects.foreach_type(spdx.ai_AIPackage)))
    (took,) = model.ai_energyConsumption.ai_trainingEnergyConsumption
    assert ("kilowattHour", 1250.5) == (str(took.ai_energyUnit).rsplit("/", 1)[-1], float(took.ai_energyQuantity))
    assert ("tiny", ["llama"], "Often wrong") == (model.name, list(model.ai_typeOfModel), model.ai_limitation)
    assert len(inventory.packages) == sum(
        type(p) is spdx.software_Package for p in objects.foreach_type(spdx.software_Package)
    )
    kinds = {str(r.relationshipType).rsplit("/", 1)[-1] for r in objects.foreach_type(spdx.Relationship)}
    assert {"contains", "trainedOn", "testedOn", "dependsOn"} == kinds


@pytest.mark.parametrize("write", [format_cyclonedx, format_spdx])
def test_a_bill_repeats_byte_for_byte(inventory: Inventory, write: Callable[[Inventory], bytes]) -> None:
    assert write(inventory) == write(inventory)


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("2.11.2", True),
        ("2.11.3", False),
        ("2.99", False),
        ("3.0", True),
        ("3.0rc1", False),
        ("3.1.4", True),
        ("3.1.5", False),
    ],
)
def test_ranges_are_read_as_the_schema_says(tmp_path: Path, version: str, *, affected: bool) -> None:
    advisories = read_advisories(_export(tmp_path, _advisory()))
    assert (("PYSEC-1",) if affected else (), ()) == advisories.find(Package("jinja2", version))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6, unique=True), st.integers(0, 30))
def test_a_version_is_inside_where_the_last_event_before_it_introduced(points: list[int], at: int) -> None:
    kinds = ["introduced", "fixed"]
    events = [{kinds[n % 2]: str(p)} for n, p in enumerate(sorted(points))]
    passed = [kinds[n % 2] for n, p in enumerate(sorted(points)) if p <= at]
    assert (bool(passed) and passed[-1] == "introduced") == _in_range(Version(str(at)), events[::-1])


def test_listed_versions_names_that_differ_in_spelling_and_last_affected(tmp_path: Path) -> None:
    listed = _advisory("Zope.Interface", id="A")
    listed["affected"][0] |= {"versions": ["5.0.0"], "ranges": []}
    last = _advisory("zope-interface", id="B")
    last["affected"][0]["ranges"] = [{"type": "ECOSYSTEM", "events": [{"introduced": "4"}, {"last_affected": "5.0"}]}]
    held = read_advisories(_export(tmp_path, listed, last))
    assert (("A", "B"), ()) == held.find(Package("zope-interface", "5.0"))
    assert ((), ()) == held.find(Package("zope-interface", "5.1"))


def test_what_cannot_be_compared_is_untold_and_not_clean(tmp_path: Path) -> None:
    commits = _advisory(id="GIT")
    commits["affected"][0]["ranges"] = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    held = read_advisories(_export(tmp_path, _advisory(), commits))
    assert ((), ("GIT", "PYSEC-1")) == held.find(Package("jinja2", "not a version"))
    seen = {
        s.subject: s.holds for s in look_at_advisories(held, (Package("jinja2", "3.2"), Package("other", "1")), NOW)
    }
    assert {"2026-11-20": True, "pkg:pypi/jinja2@3.2": None, "pkg:pypi/other@1": True} == seen


def test_withdrawn_advisories_and_other_ecosystems_say_nothing(tmp_path: Path) -> None:
    withdrawn = _advisory(withdrawn="2026-11-21T00:00:00Z")
    other = _advisory()
    other["affected"][0]["package"]["ecosystem"] = "npm"
    assert ((), ()) == read_advisories(_export(tmp_path, withdrawn, other)).find(Package("jinja2", "2.0"))


def test_a_zip_and_a_list_hold_the_same_as_a_folder(tmp_path: Path) -> None:
    folder = _export(tmp_path / "osv", _advisory())
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(folder / "0.json", "PYSEC-1.json")
    (tmp_path / "list.json").write_text(json.dumps([_advisory()]))
    for export in (folder, tmp_path / "all.zip", tmp_path / "list.json"):
        assert ("PYSEC-1",) == read_advisories(export).find(Package("jinja2", "2.0"))[0]


def test_an_old_export_is_flagged(tmp_path: Path) -> None:
    held = read_advisories(_export(tmp_path, _advisory()))
    fresh = {s.observation: s for s in look_at_advisories(held, (), NOW + timedelta(days=6))}["advisories.fresh"]
    assert (False, "the newest is 9 days old") == (fresh.holds, fresh.note)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[1]", '{"id": 3}', '{"id": "A"}', '{"id": "A", "modified": "soon"}', '{"id": "A", "affected": 4}'],
)
def test_what_is_no_advisory_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(WeightsError, match="advisor"):
        read_advisories(tmp_path)


def test_an_empty_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no advisories here"):
        read_advisories(tmp_path)


class _Service(http.server.BaseHTTPRequestHandler):
    answer: ClassVar[object] = None

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        found = [{"vulns": [{"id": "A"}]} if "jinja2" in q["package"]["purl"] else {} for q in asked]
        body = json.dumps(self.answer or {"results": found})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_service_is_asked_for_every_package(service: str) -> None:
    found = ask_service([Package("jinja2", "2"), Package("other", "1")], NOW, service)
    assert {"jinja2": ("A",), "other": ()} == found


@pytest.mark.parametrize("answer", [{"results": []}, {"results": [{"next_page_token": "x"}]}, {"results": [3]}, [1]])
def test_a_service_that_does_not_answer_in_full_is_an_error(
    service: str, answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Service, "answer", answer)
    with pytest.raises(WeightsError, match="did not answer"):
        ask_service([Package("jinja2", "2")], NOW, service)


def test_a_service_that_is_not_there_is_an_error_and_never_clean() -> None:
    with pytest.raises(WeightsError, match="does not answer"):
        ask_service([Package("jinja2", "2")], NOW, "http://127.0.0.1:9", timeout=2)
    with pytest.raises(WeightsError, match="not asked"):
        ask_service([Package("jinja2", "2")], NOW, "file:///etc/passwd")
