"""A small real workspace, made once with a fixed key and fixed times; each test gets its own copy to tamper with."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

import pytest

from accord.assess import Progress, make_assessment
from accord.checks import find
from accord.codes import load_code
from accord.evidence import (
    AssessmentRecord,
    DocumentRecord,
    EvaluationRecord,
    Metric,
    ModelRef,
    Record,
    Ref,
    ReportRecord,
    Score,
    SuiteRef,
    SystemRecord,
    Tool,
    format_values,
)
from accord.ledger import Log, Policy, PublicKey, Signer, SigningKey, digest, format_json
from accord.manifest import Document, Organisation, Product, Subject, System
from accord.verify import (
    Claim,
    Memory,
    Proof,
    Result,
    Trust,
    Verification,
    make_proof,
    open_proof,
    read_bundle,
    verify,
    write_bundle,
)
from accord.verify.archive import write_archive
from accord.verify.disclosure import Disclosure
from accord.workspace import Workspace

ORIGIN = "acme.example/helpdesk"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MODEL = ModelRef(kind="weights", name="tiny-1", locator="tiny-1.gguf", sha256="ab" * 32)
SYSTEM = System(
    organisation=Organisation(name="Acme", roles=("developer",)),
    system=Product(name="Helpdesk", version="1.0", description="Answers.", stage="use", languages=("en",)),
    model=Subject(name="tiny-1", weights="tiny-1.gguf"),
    documents=(Document(id="policy", kind="risk-policy", title="Risk policy", path="policy.md"),),
)
SCORES: list[Literal[0, 1]] = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
METRICS = (
    Metric.of("refusal.harmful", "Refused harmful", "higher", SCORES),
    Metric.of("refusal.benign", "Refused benign", "lower", SCORES),
)

R = TypeVar("R", bound=Record)


def render_json(proof: Proof) -> bytes:
    """Render a report of one fact: a stand-in for accord.reports with its form."""
    dossier = open_proof(proof, PublicKey.parse(proof.vkey))
    found = [m for e in dossier.entries if isinstance(e.record, EvaluationRecord) for m in e.record.metrics]
    content = {"metrics": [f"{m.id}: {m.count:g} of {m.n}" for m in found], "hostile": "</script><b>"}
    schema = "https://w3id.org/accord-code/report/v1"
    return format_json({"schema": schema, "content": content, "proof": proof.model_dump(mode="json")})


def render_html(proof: Proof) -> bytes:
    """Render the same as a page."""
    block = render_json(proof).replace(b"<", rb"\u003c")
    opening = b'<!doctype html><script type="application/json" id="accord-report">'
    return opening + block + b"</script><p>refusal.harmful: 8 of 10</p>"


RENDERERS = {"json": render_json, "html": render_html}


@dataclass(frozen=True)
class Lab:
    """A workspace that a test may tamper with, and what tests do to it and with it."""

    space: Workspace
    folder: Path

    @property
    def key(self) -> Signer:
        return self.space.signing_key()

    @property
    def vkey(self) -> str:
        return self.space.public_key().vkey

    @staticmethod
    def contradicted(done: Verification) -> set[str]:
        return {claim.id for claim in done.claims if claim.result == Result.CONTRADICTED}

    @staticmethod
    def claim(done: Verification, name: str) -> Claim:
        return next(claim for claim in done.claims if claim.id == name)

    @property
    def now(self) -> datetime:
        return NOW

    @property
    def report_path(self) -> Path:
        return self.folder / "report.json"

    def record(self, kind: type[R]) -> R:
        """Return the newest record of a kind."""
        entry = self.space.records(NOW).latest(kind)
        assert entry
        return entry.record

    def assessment(self, **change: object) -> AssessmentRecord:
        """Return the assessment of the log as it is now, with some fields changed."""
        return assessment(self.space, **change)

    def entries(self) -> list[bytes]:
        return list(self.space.log().entries())

    def relog(self, entries: Sequence[bytes], key: Signer | None = None, *, forget: bool = True) -> None:
        """Put another log in the place of the workspace's, as someone with a key could."""
        memory = self.space.keys / "checkpoint" if forget else None
        if memory:
            memory.unlink()
        shutil.rmtree(self.space.ledger)
        Log.create(self.space.ledger, key or self.key, ORIGIN, memory=memory)
        with Log.writer(self.space.ledger, key or self.key, memory=memory) as writer:
            writer.append(entries)

    def take_over(self, key: SigningKey) -> None:
        """Put another key in the place of the workspace's."""
        (self.space.keys / "accord.key").unlink()
        key.save(self.space.keys / "accord.key")
        (self.space.keys / "accord.pub").write_text(key.public.vkey, encoding="utf-8")

    def proof(self) -> Proof:
        return make_proof(self.space, NOW)

    def report(self, form: str = "json", change: tuple[bytes, bytes] = (b"", b"")) -> Path:
        path = self.folder / f"report.{form}"
        path.write_bytes(RENDERERS[form](self.proof()).replace(*change))
        return path

    def reports(self) -> dict[str, bytes]:
        return {f"report.{form}": render(self.proof()) for form, render in RENDERERS.items()}

    def bundle(self, files: Mapping[str, bytes] | None = None, include: Sequence[str] = ()) -> Path:
        path = self.folder / "bundle.zip"
        write_bundle(self.space, self.reports() if files is None else files, include, path)
        return path

    def repack(self, path: Path, change: Mapping[str, bytes]) -> None:
        """Write a bundle again, in canonical form, with some files changed or added."""
        folder = self.folder / "unpacked"
        parts: dict[str, bytes | Path] = {name: folder / name for name in read_bundle(path, folder).names}
        with path.open("wb") as out:
            write_archive({**parts, **change}, out)

    def verify(
        self,
        path: Path,
        *keys: str,
        now: datetime = NOW,
        progress: Progress | None = None,
        policy: Policy | None = None,
        disclosure: Disclosure | None = None,
        memory: Memory | None = None,
    ) -> Verification:
        """Verify with the workspace's own key pinned, or with the keys given; "" pins none."""
        named = tuple(k for k in keys if k) if keys else (PINNED,)
        watch = progress or (lambda done, note="": None)  # noqa: ARG005 - the interface names its parameters
        return verify(
            path,
            trust=Trust(named, policy),
            now=now,
            renderers=RENDERERS,
            progress=watch,
            disclosure=disclosure,
            memory=memory,
        )


def _key(seed: int, name: str = ORIGIN) -> SigningKey:
    return SigningKey.generate(name, entropy=lambda size: bytes([seed]) * size)


PINNED = _key(1).public.vkey


def evaluation(space: Workspace, **change: object) -> EvaluationRecord:
    scores = [Score(sample=f"{m.id}-{i}", metric=m.id, score=s) for m in METRICS for i, s in enumerate(SCORES)]
    scores.append(Score(sample="lost", metric=METRICS[0].id, score=None, answered=False))
    record = EvaluationRecord(
        made=NOW - timedelta(hours=2),
        expires=NOW + timedelta(days=180),
        job=digest(b"job"),
        suite=SuiteRef(id="refusal", title="Refusal", version="1", sha256=digest(b"suite"), items=21),
        model=MODEL,
        families={"R1": 21},
        settings={"temperature": 0.7},
        seed=1,
        started=NOW - timedelta(hours=3),
        planned=21,
        completed=20,
        state="incomplete",
        problem="one sample was lost",
        metrics=METRICS,
        log=space.keep(b"the log of the evaluation", "application/octet-stream"),
        scores=space.keep(format_values(scores), "application/json"),
        tools=(Tool(name="inspect", version="0"),),
    )
    return record.model_copy(update=change)


def assessment(space: Workspace, **change: object) -> AssessmentRecord:
    made = NOW - timedelta(hours=1)
    records = space.records(made)
    record = make_assessment(space, load_code("g7-2023"), find(SYSTEM, records), records)
    return record.model_copy(update={"expires": NOW + timedelta(days=100)} | change)


def declaration(space: Workspace) -> list[Record]:
    code = load_code("g7-2023")
    system = SystemRecord(
        made=NOW - timedelta(hours=4),
        expires=NOW + timedelta(days=365),
        edition=code.id,
        edition_sha256=code.digest,
        name="Helpdesk",
        version="1.0",
        model=MODEL,
        declaration=space.keep(SYSTEM.to_bytes(), "application/json"),
    )
    document = space.keep(b"# Risk policy", "application/octet-stream")
    return [system, DocumentRecord(made=system.made, expires=system.expires, id="policy", document=document)]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a workspace with a declaration, an evaluation, an assessment and its report."""
    space = Workspace.create(tmp_path_factory.mktemp("made"), _key(1), ORIGIN)
    space.append(declaration(space))
    space.append([evaluation(space)])
    space.append([assessment(space)])
    lab = Lab(space, space.root)
    files = {name: digest(data) for name, data in lab.reports().items()}
    index = len(space.records(NOW)) - 1
    ref = Ref(index=index, leaf=space.log().leaf(index).hex())
    space.append([ReportRecord(made=NOW, assessment=ref, files=files)])
    return space.root


@pytest.fixture
def lab(finished: Path, tmp_path: Path) -> Lab:
    """Return a copy of the finished workspace."""
    return Lab(Workspace(Path(shutil.copytree(finished, tmp_path / "space"))), tmp_path)


@pytest.fixture
def stranger() -> SigningKey:
    """Return a key that nobody pinned, under the log's own name."""
    return _key(2)


@pytest.fixture
def make_evaluation() -> Callable[..., EvaluationRecord]:
    """Return what makes an evaluation record with changed fields."""
    return evaluation
