"""The engine of model files: what it sees is recorded once, again where something changed, and never guessed."""

import os
import pickle
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from small_manifest import ENDPOINT, SMALL

from accord.assess import Job, assess
from accord.errors import AccordError, ManifestError
from accord.evidence import InspectionRecord, Sighting, Status
from accord.ledger import SigningKey, parse_json
from accord.verify import Result, Trust, verify
from accord.weights import access
from accord.weights.engine import WeightsInspector
from accord.weights.keys import make_signing_key
from accord.weights.signing import ModelSigner, sign_model
from accord.workspace import Workspace

START = datetime(2026, 11, 23, 15, tzinfo=UTC)


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "space" / "model"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"hidden_size": 8}')
    (folder / "weights.pt").write_bytes(pickle.dumps([1.0, 2.0]))
    return folder


@pytest.fixture
def space(model: Path, key: SigningKey) -> Callable[..., Workspace]:
    """Return a function that writes the manifest with more lines, and opens the workspace."""

    def make(*lines: str, model_line: str = ENDPOINT) -> Workspace:
        root = model.parent
        text = SMALL.replace(ENDPOINT, model_line) + "\n".join(["[weights]", *lines])
        (root / "accord.toml").write_text(text)
        return Workspace(root) if (root / ".accord").exists() else Workspace.create(root, key, "test.invalid/log")

    return make


def _quiet(_jobs: Sequence[Job]) -> Callable[[Job], Callable[..., None]]:
    return lambda _job: lambda *_: None


def _run(workspace: Workspace, days: int = 0) -> dict[str, InspectionRecord]:
    at = START + timedelta(days=days)
    assess(workspace, [WeightsInspector(lambda: at)], clock=lambda: at, watch=_quiet)
    return {e.record.topic: e.record for e in workspace.records(at).of(InspectionRecord)}


def _sightings(workspace: Workspace, record: InspectionRecord) -> list[Sighting]:
    return [Sighting.model_validate(s) for s in parse_json(workspace.artifacts.get(record.sightings.sha256))]


def _statuses(workspace: Workspace) -> dict[str, Status]:
    at = START
    found = assess(workspace, [WeightsInspector(lambda: at)], clock=lambda: at, watch=_quiet)
    return {f.check: f.status for state in found.states for f in state.findings if f.check.startswith("a06.weights")}


def _sign(model: Path) -> None:
    public = make_signing_key(model.parent / "model.key", "P-256")
    assert public == model.parent / "model.key.pub"
    private = load_pem_private_key((model.parent / "model.key").read_bytes(), None)
    sign_model(model, model / "model.sig", ModelSigner(private))  # type: ignore[arg-type] # it was made on P-256


def test_files_are_scanned_and_their_access_looked_at(space: Callable[..., Workspace]) -> None:
    workspace = space('path = "model"')
    found = _run(workspace)
    assert {"scan", "access"} == set(found)
    safe = found["scan"].find("weights.safe")
    assert safe
    assert (2, 2, 0) == (safe.held, safe.n, safe.unknown)


def test_nothing_changed_is_not_looked_at_again(space: Callable[..., Workspace]) -> None:
    workspace = space('path = "model"')
    _run(workspace)
    size = workspace.log().size
    _run(workspace)
    assert size == workspace.log().size


def test_evidence_that_expired_is_made_again(space: Callable[..., Workspace]) -> None:
    workspace = space('path = "model"')
    first = _run(workspace)["scan"]
    assert _run(workspace, days=89)["scan"].made == first.made
    assert _run(workspace, days=90)["scan"].made > first.made


def test_a_file_that_would_run_contradicts(space: Callable[..., Workspace], model: Path) -> None:
    (model / "weights.pt").write_bytes(pickle.dumps(Exploit()))
    workspace = space('path = "model"')
    assert Status.CONTRADICTED == _statuses(workspace)["a06.weights"]
    held = {s.subject: s for s in _sightings(workspace, _run(workspace)["scan"])}
    assert (True, False) == (held["config.json"].holds, held["weights.pt"].holds)
    assert "system" in held["weights.pt"].note


def test_a_file_that_cannot_be_read_in_full_counts_for_nothing(space: Callable[..., Workspace], model: Path) -> None:
    (model / "weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64))
    workspace = space('path = "model"')
    safe = _run(workspace)["scan"].find("weights.safe")
    assert safe
    assert (2, 2, 1) == (safe.held, safe.n, safe.unknown)
    assert Status.PARTIAL == _statuses(workspace)["a06.weights"]


def test_signed_files_are_as_signed(space: Callable[..., Workspace], model: Path) -> None:
    _sign(model)
    workspace = space('path = "model"', 'key = "model.key.pub"')
    record = _run(workspace)["signature"]
    assert [(1, 1), (2, 2)] == [(o.held, o.n) for o in record.observations]
    assert Status.PARTIAL == _statuses(workspace)["a06.weights"]


def test_a_changed_file_contradicts_and_is_named(space: Callable[..., Workspace], model: Path) -> None:
    _sign(model)
    workspace = space('path = "model"', 'key = "model.key.pub"')
    _run(workspace)
    (model / "config.json").write_text('{"hidden_size": 9}')
    (model / "weights.pt").rename(model / "other.pt")
    assert Status.CONTRADICTED == _statuses(workspace)["a06.weights"]
    seen = {s.subject: s.note for s in _sightings(workspace, _run(workspace)["signature"]) if s.holds is False}
    assert {"config.json": "changed", "weights.pt": "renamed to other.pt"} == seen


@pytest.mark.parametrize("fault", ["none", "another key", "broken"])
def test_a_signature_that_does_not_verify_contradicts(space: Callable[..., Workspace], model: Path, fault: str) -> None:
    _sign(model)
    if fault == "none":
        (model / "model.sig").unlink()
    elif fault == "broken":
        (model / "model.sig").write_text("{}")
    else:
        make_signing_key(model.parent / "other.key", "P-256")
        (model.parent / "other.key.pub").replace(model.parent / "model.key.pub")
    workspace = space('path = "model"', 'key = "model.key.pub"')
    assert Status.CONTRADICTED == _statuses(workspace)["a06.weights"]


def test_the_weights_of_the_model_are_looked_at_without_a_word_in_the_manifest(
    space: Callable[..., Workspace], model: Path
) -> None:
    (model.parent / "tiny.pkl").write_bytes(pickle.dumps([1]))
    found = _run(space(model_line='weights = "tiny.pkl"'))
    assert "tiny.pkl" == found["scan"].name == found["access"].name


def test_second_opinions_are_recorded_beside_the_scan(space: Callable[..., Workspace], model: Path) -> None:
    (model / "a.pkl").write_bytes(pickle.dumps([1]))
    workspace = space('path = "model"', 'second_opinions = ["picklescan"]')
    scan = _run(workspace)["scan"]
    agreed = scan.find("weights.agreed")
    assert agreed
    assert agreed.held >= 1
    assert ["accord", "picklescan"] == [tool.name for tool in scan.tools]


def test_a_model_behind_an_endpoint_has_no_files(space: Callable[..., Workspace]) -> None:
    workspace = space()
    assert {} == _run(workspace)
    assert {Status.NO_EVIDENCE} == set(_statuses(workspace).values())


def test_what_was_seen_of_another_model_says_nothing_of_this(space: Callable[..., Workspace]) -> None:
    _run(space('path = "model"'))
    workspace = space(model_line='endpoint = "http://127.0.0.1:9/v2"')
    assert {Status.NO_EVIDENCE} == set(_statuses(workspace).values())


def test_observations_are_computed_again_by_a_verifier(space: Callable[..., Workspace], key: SigningKey) -> None:
    workspace = space('path = "model"')
    _run(workspace)
    found = verify(workspace.root, trust=Trust((key.public.vkey,)), now=START, renderers={})
    claims = {c.id: c.result for c in found.claims if "observations" in c.id}
    assert 2 == len(claims)
    assert {Result.VERIFIED} == set(claims.values())


@pytest.mark.parametrize(("mode", "write"), [(0o600, True), (0o640, True), (0o666, False), (0o602, False)])
def test_who_can_change_a_file_is_told(space: Callable[..., Workspace], model: Path, mode: int, *, write: bool) -> None:
    (model / "config.json").chmod(mode)
    model.chmod(0o755)
    workspace = space('path = "model"')
    seen = {
        s.subject: s.holds for s in _sightings(workspace, _run(workspace)["access"]) if s.observation == "weights.write"
    }
    assert write == seen["config.json"]


def test_a_file_below_a_closed_folder_is_read_by_nobody_else(model: Path) -> None:
    (model / "config.json").chmod(0o644)
    for folder in (model, *model.parents):
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & stat.S_IXOTH:
            break
    else:
        model.chmod(0o700)
    assert access._reader(model / "config.json") is None


def test_a_folder_that_all_may_write_to_lets_them_swap_the_file(model: Path) -> None:
    model.chmod(0o777)
    assert "every account can change a folder above it" == access._writer(model / "config.json")


def test_released_weights_may_be_read(space: Callable[..., Workspace]) -> None:
    workspace = space('path = "model"', "released = true")
    record = _run(workspace)["access"]
    assert ["weights.write", "weights.storage"] == [o.id for o in record.observations]


def test_encryption_that_the_kernel_does_not_know_of_is_untold(space: Callable[..., Workspace]) -> None:
    workspace = space('path = "model"')
    seen = [s for s in _sightings(workspace, _run(workspace)["access"]) if s.observation == "weights.storage"]
    assert all(s.holds is None or "dm-crypt" in s.note for s in seen)


def test_a_layer_of_encryption_below_others_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = tmp_path / "block"
    (blocks / "253:1" / "slaves" / "dm-0").mkdir(parents=True)
    (blocks / "253:1" / "slaves" / "dm-0" / "dev").write_text("253:0\n")
    (blocks / "253:1" / "dm").mkdir()
    (blocks / "253:1" / "dm" / "uuid").write_text("LVM-abc")
    (blocks / "253:0" / "dm").mkdir(parents=True)
    (blocks / "253:0" / "dm" / "uuid").write_text("CRYPT-LUKS2-0123-root")
    monkeypatch.setattr(access, "_BLOCKS", blocks)
    assert "dm-crypt, LUKS2" == access._encrypted("253:1", 8)
    assert "" == access._encrypted("8:1", 8)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['path = "nowhere"'], "a model, or a folder of them"),
        (['path = "model"', 'key = "no.pub"'], "a public key"),
        (['path = "model"', 'roots = ["no.pem"]'], "certificates"),
        (['path = "model"', 'signature = "model/model.sig"'], "key or roots beside signature"),
        (['path = "model"', 'key = "accord.toml"', 'roots = ["accord.toml"]'], "one of key and roots"),
    ],
)
def test_a_manifest_that_names_what_is_not_there_is_refused(
    space: Callable[..., Workspace], lines: list[str], message: str
) -> None:
    with pytest.raises(ManifestError, match=message):
        _run(space(*lines))


def test_a_tree_that_cannot_be_looked_at_ends_with_an_error_and_no_record(
    space: Callable[..., Workspace], model: Path
) -> None:
    os.mkfifo(model / "pipe")
    workspace = space('path = "model"')
    with pytest.raises(AccordError, match="something that cannot be signed"):
        _run(workspace)
    assert () == workspace.records(START).of(InspectionRecord)


def test_the_declaration_publishes_names_and_no_paths(space: Callable[..., Workspace], model: Path) -> None:
    _sign(model)
    workspace = space('path = "model"', f'key = "{model.parent}/model.key.pub"')
    _run(workspace)
    kept = [p.read_bytes() for p in (workspace.root / ".accord" / "artifacts").rglob("*") if p.is_file()]
    assert kept
    assert not any(str(model.parent).encode() in data for data in kept)
