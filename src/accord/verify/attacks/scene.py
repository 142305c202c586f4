"""The stage of the attacks: an honest log that outsiders saw.

The records are the workspace's own, signed again by a key that is made for the occasion. It can do to this log all
that the real one could; but a forgery by the real key, should it ever leak, would prove that its owner forged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from accord.errors import WorkspaceError
from accord.evidence import (
    AssessmentRecord,
    Entry,
    EvaluationRecord,
    Metric,
    ModelRef,
    PlanRecord,
    Score,
    SuiteRef,
    SystemRecord,
    format_values,
)
from accord.ledger import SigningKey, WitnessSigner, digest
from accord.ledger.witness import Witness
from accord.verify.attacks.outsiders import Authority, Outsiders
from accord.verify.attacks.scribe import Scribe, assess, read_drafts, report
from accord.verify.dossier import needed_artifacts
from accord.verify.published import Renderers
from accord.workspace import Workspace, first_key

SUITE = SuiteRef(id="rehearsal", title="A rehearsal", version="1", sha256=digest(b"rehearsal"), items=10)
"""What the scene's own two runs ask: both were announced, the first went badly and the second well."""

BAD, GOOD = 2, 9
"""How many of its ten answers were right."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Scene:
    """The honest state that every attack begins with, what the log's owner holds, and who saw it.

    The workspace's own records were there at `now`, when it was cosigned; the scene's runs take place a day later.
    """

    space: Workspace
    key: SigningKey
    following: SigningKey
    stranger: SigningKey
    outsiders: Outsiders
    renderers: Renderers
    now: datetime

    @property
    def start(self) -> datetime:
        """When the scene's own runs begin."""
        return self.now + timedelta(days=1)

    @property
    def later(self) -> datetime:
        """The moment at which readers verify."""
        return self.start + timedelta(hours=1)


def set_scene(
    workspace: Workspace,
    renderers: Renderers,
    now: datetime,
    folder: Path,
    entropy: Callable[[int], bytes],
    authority: Authority | None = None,
) -> Scene:
    """Build the honest state from the records of a workspace; WorkspaceError where it holds no assessment."""
    drafts = read_drafts(workspace, now)
    if not any(isinstance(draft.record, AssessmentRecord) for draft in drafts):
        raise WorkspaceError(
            "There is no assessment in the log to attack.", where=str(workspace.root), fix="run: accord assess"
        )
    now = max(now, *(draft.record.made for draft in drafts))
    name = workspace.log().origin
    key, following, stranger = (SigningKey.generate(name, entropy=entropy) for _ in range(3))
    signer = WitnessSigner.generate("witness.invalid/w1", entropy=entropy)
    outsiders = Outsiders(folder / "witness", signer, (key.public, following.public), authority)
    Witness.create(outsiders.folder, outsiders.signer)
    space = begin(folder / "honest", workspace, key, following, now)
    Scribe(space).write(drafts)
    scene = Scene(space, key, following, stranger, outsiders, renderers, now)
    _rehearse(scene)
    return scene


def begin(root: Path, source: Workspace, key: SigningKey, following: SigningKey, now: datetime) -> Workspace:
    """Start a workspace with a log of this key, and with the artifacts that the records of another need."""
    root.mkdir()
    space = Workspace.create(
        root, key, source.log().origin, following=following, records=[first_key(key.public, following.public, now)]
    )
    for ref in needed_artifacts(source.records(now, opened=True)):
        if ref.sha256 in source.artifacts:
            space.artifacts.put(source.artifacts.get(ref.sha256))
    return space


def make_plan(model: ModelRef, made: datetime) -> PlanRecord:
    """Return the announcement of a run of the scene's suite."""
    return PlanRecord(
        made=made, job=digest(b"rehearsal"), suite=SUITE, model=model, settings={}, seed=1, planned=SUITE.items
    )


def make_run(space: Workspace, plan: Entry[PlanRecord], count: int) -> EvaluationRecord:
    """Return the run that was announced, with so many right answers; its scores are kept in the workspace."""
    said, right = plan.record, "rehearsal.right"
    values = [1.0 if i < count else 0.0 for i in range(SUITE.items)]
    scores = [Score(sample=str(i), metric=right, score=value) for i, value in enumerate(values)]
    return EvaluationRecord(
        made=said.made + 10 * MINUTE,
        job=said.job,
        suite=said.suite,
        model=said.model,
        families={},
        plan=plan.ref,
        settings=said.settings,
        seed=said.seed,
        started=said.made + MINUTE,
        planned=said.planned,
        completed=said.planned,
        state="complete",
        metrics=(Metric.of(right, "Right answers", "higher", values),),
        log=space.keep(b"what was asked and answered", "text/plain"),
        scores=space.keep(format_values(scores), "application/json"),
        tools=(),
    )


def announce(space: Workspace, made: datetime) -> Entry[PlanRecord]:
    """Append the plan of a run of the declared model."""
    system = space.records(made).latest(SystemRecord)
    if system is None:
        raise WorkspaceError("There is no declaration in the log.", where=str(space.root), fix="run: accord assess")
    space.append([make_plan(system.record.model, made)])
    return space.records(made).of(PlanRecord)[-1]


def _rehearse(scene: Scene) -> None:
    """Run the suite twice, assess and report; whoever is honest has outsiders see it before and after."""
    space, outsiders = scene.space, scene.outsiders
    outsiders.fix(space, scene.now)
    for number, count in enumerate((BAD, GOOD)):
        plan = announce(space, scene.start + number * 15 * MINUTE)
        space.append([make_run(space, plan, count)])
    space.append([assess(space, scene.start + 30 * MINUTE)])
    outsiders.fix(space, scene.start + 30 * MINUTE)
    report(space, scene.renderers, scene.start + 40 * MINUTE)
    outsiders.fix(space, scene.start + 40 * MINUTE)
