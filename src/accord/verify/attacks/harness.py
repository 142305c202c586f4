"""Carrying out attacks, and telling which of a reader's defences saw through each of them."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from accord.errors import VerificationError
from accord.verify.attacks.case import Case
from accord.verify.attacks.definition import Attack, Defence
from accord.verify.attacks.outsiders import Authority
from accord.verify.attacks.scene import Scene, set_scene
from accord.verify.claims import Result, Verification, explain
from accord.verify.memory import Memory
from accord.verify.published import Renderers
from accord.verify.target import verify
from accord.verify.trust import Trust
from accord.workspace import STATE, Workspace

Verifier = Callable[..., Verification]
"""What is tried: `accord.verify.verify`, or one like it."""

_WORDS = {
    Defence.KEY: "detected",
    Defence.WITNESS: "detected with a witness",
    Defence.MEMORY: "detected with memory",
    Defence.TIMESTAMP: "detected with a time-stamp",
}


@dataclass(frozen=True)
class Outcome:
    """What became of an attack: which defences detected it, and the first thing that gave it away.

    `named` are the gaps and the unverified claims that there are of the forged target and not of the honest one, as
    the best equipped reader sees them.
    """

    attack: Attack
    by: frozenset[Defence]
    evidence: str
    named: tuple[str, ...]
    untried: frozenset[Defence] = frozenset()

    @property
    def result(self) -> str:
        """The least that detects it, in words."""
        return next((_WORDS[defence] for defence in Defence if defence in self.by), "not detectable")

    @property
    def expected(self) -> bool:
        """Tell whether the attack was detected as its definition says, no less and no more."""
        named = not self.attack.named or any(name.startswith(self.attack.named) for name in self.named)
        return named and self.by == self.attack.by - self.untried


@dataclass(frozen=True)
class _Sight:
    """What a reader saw of a target: why it is rejected, if it is, and what was left open."""

    fault: str
    named: frozenset[tuple[str, str]] = frozenset()


def run_attacks(
    workspace: Workspace,
    renderers: Renderers,
    now: datetime,
    scratch: Path,
    entropy: Callable[[int], bytes],
    *,
    attacks: Iterable[Attack],
    authority: Authority | None = None,
    verifier: Verifier = verify,
) -> Iterator[Outcome]:
    """Carry out attacks on copies in the empty folder `scratch`, and yield what became of each.

    Raises WorkspaceError where the log holds no assessment, VerificationError where an honest target of some kind
    would be rejected: then nothing would follow from the rejection of a forged one.
    """
    place = scratch / "scene"
    place.mkdir()
    scene = set_scene(workspace, renderers, now, place, entropy, authority)
    reader = _Reader(place, scene, verifier)
    for attack in attacks:
        folder = scratch / f"attack-{attack.id}"
        folder.mkdir()
        yield reader.judge(attack, attack.forge(Case(folder, scene)))
        shutil.rmtree(folder)


class _Reader:
    """Somebody who is handed targets, and looks at each with one defence and with another."""

    def __init__(self, folder: Path, scene: Scene, verifier: Verifier) -> None:
        self._scene = scene
        self._verifier = verifier
        self._memory = folder / "memory"
        self._memory.mkdir()
        self._trusted = scene.outsiders.authority is not None
        self._honest = _make_honest(Case(folder, scene))
        # Whoever verified the honest log remembers it.
        self._verify(self._honest["workspace"], frozenset({Defence.KEY}), Memory(self._memory))
        self._sights = dict[tuple[str, frozenset[Defence]], _Sight]()

    @property
    def untried(self) -> frozenset[Defence]:
        """The defences that this reader cannot have."""
        return frozenset() if self._trusted else frozenset({Defence.TIMESTAMP})

    def judge(self, attack: Attack, target: Path) -> Outcome:
        """Return what became of an attack, once it is known that the honest target holds with the same defences."""
        by, evidence, named = set[Defence](), "", frozenset[tuple[str, str]]()
        for defence in (defence for defence in Defence if defence not in self.untried):
            fault = self._look(attack, target, frozenset({Defence.KEY, defence})).fault
            if fault:
                by.add(defence)
                evidence = evidence or fault
            if Defence.KEY in by:
                break
        else:
            every = frozenset(Defence) - self.untried
            named = self._look(attack, target, every).named - self._honest_sight(target, every).named
        return Outcome(attack, frozenset(by), evidence, tuple(sorted(name for name, _ in named)), self.untried)

    def _look(self, attack: Attack, target: Path, defences: frozenset[Defence]) -> _Sight:
        honest = self._honest_sight(target, defences)
        if honest.fault:
            raise VerificationError(
                "An honest target is rejected, so nothing follows from the rejection of a forged one.",
                where=f"{_kind(target)}, with {', '.join(sorted(defences))}",
                found=honest.fault,
            )
        with TemporaryDirectory(dir=target.parent) as folder:
            memory = Memory(Path(folder) if attack.unseen else _copy(self._memory, Path(folder) / "memory"))
            return self._verify(target, defences, memory if Defence.MEMORY in defences else None)

    def _honest_sight(self, target: Path, defences: frozenset[Defence]) -> _Sight:
        kind = _kind(target)
        if (kind, defences) not in self._sights:
            memory = Memory(self._memory) if Defence.MEMORY in defences else None
            self._sights[kind, defences] = self._verify(self._honest[kind], defences, memory)
        return self._sights[kind, defences]

    def _verify(self, target: Path, defences: frozenset[Defence], memory: Memory | None) -> _Sight:
        scene, outsiders = self._scene, self._scene.outsiders
        trust = Trust(
            (scene.key.public.vkey,),
            policy=outsiders.policy if Defence.WITNESS in defences else None,
            roots=(outsiders.authority.root,) if outsiders.authority and Defence.TIMESTAMP in defences else (),
        )
        try:
            done = self._verifier(target, trust=trust, now=scene.later, renderers=scene.renderers, memory=memory)
        except VerificationError as error:
            return _Sight(explain(error))
        fault = next((f"{c.id}: {c.reason or c.text}" for c in done.claims if c.result == Result.CONTRADICTED), "")
        open_claims = {(c.id, c.result.value) for c in done.claims if c.result != Result.VERIFIED}
        return _Sight(fault, frozenset({*open_claims, *((gap.id, gap.text) for gap in done.gaps)}))


def _make_honest(case: Case) -> dict[str, Path]:
    """Return an honest target of each kind."""
    return {
        "workspace": case.scene.space.root,
        "log": case.scene.space.ledger,
        "bundle": case.bundle(case.scene.space),
        "report.json": case.file("report.json", case.render(case.scene.space)["report.json"]),
    }


def _kind(target: Path) -> str:
    """Return which honest target a forged one stands beside."""
    if target.is_dir():
        return "workspace" if (target / STATE).is_dir() else "log"
    return "report.json" if target.suffix == ".json" else "bundle"


def _copy(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target))
