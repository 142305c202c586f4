"""`accord trace`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import TypeAdapter, ValidationError
from rich.tree import Tree

from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, safe, say
from accord.codes import load_code
from accord.errors import VerificationError, WorkspaceError
from accord.evidence import ArtifactRef, AssessmentRecord, Entry, EvaluationRecord, Finding, Metric
from accord.ledger import parse_json
from accord.manifest import System
from accord.reports.prov import render_prov
from accord.reports.rows import describe
from accord.trace import Node, SampleTrail, Trail, releases, trace_sample
from accord.trace import trace as trace_release
from accord.workspace import Workspace

SECTIONS = {
    "Declaration": ("system",),
    "Data": ("dataset",),
    "Documents": ("document",),
    "Testing": ("plan", "evaluation", "judge", "judgement", "imported-result"),
    "Risks": ("risk",),
    "Incidents": ("incident",),
    "Decisions": ("decision",),
    "Assessments": ("assessment",),
    "Reports": ("report",),
    "Keys and erasures": ("key", "erasure"),
}
"""What a trail shows, in the order in which it is told."""

T = TypeVar("T")

_FINDINGS = TypeAdapter(tuple[Finding, ...])
_SYSTEM = TypeAdapter(System)


@dataclass(frozen=True)
class _Asked:
    """What is looked at; all of the release where nothing is said."""

    clause: str | None
    metric: str | None
    record: int | None
    sample: str | None

    def names(self, trail: Trail) -> list[str] | None:
        """Return the nodes that were asked for; a usage error where the trail has none of them."""
        if self.clause is not None:
            return self._require([f"clause.{self.clause}"], trail, "clause", [n.text for n in trail.of("clause")])
        if self.metric is not None:
            held = [n for n in trail.of("metric") if isinstance(n.value, Metric)]
            found = [n.id for n in held if isinstance(n.value, Metric) and n.value.id == self.metric]
            known = sorted({n.value.id for n in held if isinstance(n.value, Metric)})
            return self._require(found, trail, "metric", known)
        if self.record is not None:
            known = [str(n.entry.ref.index) for n in trail.of("record") if n.entry]
            return self._require([f"record.{self.record}"], trail, "record", known)
        return None

    def _require(self, names: list[str], trail: Trail, option: str, known: Sequence[str]) -> list[str]:
        if not names or any(name not in trail.nodes for name in names):
            listed = ", ".join(known) if known else "none"
            said = f"The trail of {trail.release} has no such {option}; it has: {listed}."
            raise click.BadParameter(str(safe(said)), param_hint=f"--{option}")
        return names


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=".")
@click.option("--release", metavar="VERSION", help="The version that is traced; the newest if none.")
@click.option("--clause", metavar="ID", help="Go back from this clause of the Code, as in 1.9.")
@click.option("--metric", metavar="ID", help="Go back from this metric, as in refusal.harmful.")
@click.option("--record", type=click.IntRange(min=0), help="Go back from this record, and show what rests on it.")
@click.option("--sample", metavar="SUITE/ID", help="Go down to one sample: its scores, judges and transcript.")
@click.option("--prov", type=click.Path(path_type=Path, dir_okay=False), help="Also write the release as PROV-O here.")
@json_option
def trace(
    folder: Path,
    release: str | None,
    clause: str | None,
    metric: str | None,
    record: int | None,
    sample: str | None,
    prov: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show the trail of a release in FOLDER: its data, process and decisions, or what one sentence rests on.

    It shows what the public log shows; --sample opens what is withheld, and reads the scores that lie beside the log.
    """
    if sum(option is not None for option in (clause, metric, record, sample)) > 1:
        raise click.UsageError("Give one of --clause, --metric, --record and --sample.")
    workspace, asked = Workspace.open(folder.resolve()), _Asked(clause, metric, record, sample)
    trail, system = read_trail(workspace, release)
    if prov:
        _write(prov, render_prov(trail, system), quiet=as_json)
    if asked.sample is not None:
        _show_sample(workspace, asked.sample, as_json=as_json)
        return
    names = asked.names(trail)
    part = trail if names is None else trail.back(names)
    if as_json:
        print_json(to_json(part))
    elif names is None:
        console().print(_release(trail))
    else:
        if clause:
            _show_clause(trail, clause)
        _show_back(trail, names)


def read_trail(workspace: Workspace, release: str | None) -> tuple[Trail, System | None]:
    """Return the trail of a release as the public log shows it, and its declaration where that is still here."""
    records = workspace.records(now())
    declared = releases(records)
    if release is not None and release not in declared:
        listed = ", ".join(declared) or "none"
        raise click.BadParameter(
            str(safe(f"No such release was declared; there are: {listed}.")), param_hint="--release"
        )
    own = declared.get(release or next(reversed(declared), ""), ())
    assessed = [e for e in records.of(AssessmentRecord) if e.record.system in {d.ref for d in own}]
    findings = _load(workspace, assessed[-1].record.findings, _FINDINGS) if assessed else None
    system = _load(workspace, own[-1].record.declaration, _SYSTEM) if own else None
    return trace_release(records, system, release, findings or ()), system


def _load(workspace: Workspace, ref: ArtifactRef, shape: TypeAdapter[T]) -> T | None:
    """Return what an artifact holds; None where it was erased."""
    data = _read(workspace, ref)
    try:
        return None if data is None else shape.validate_python(parse_json(data))
    except ValidationError as error:
        raise VerificationError(
            "What lies beside the log cannot be read: another version of Accord wrote it.",
            where=str(workspace.artifacts.path(ref.sha256)),
            found=f"{error.error_count()} mistakes",
        ) from error


def to_json(part: Trail) -> dict[str, object]:
    """Return the stable JSON form of a trail or a part of it."""
    return {
        "release": part.release,
        "nodes": [
            {"id": n.id, "kind": _kind(n), "text": _text(n), **({"sha256": n.sha256} if n.sha256 else {})}
            for n in part.nodes.values()
        ],
        "links": [{"source": each.source, "target": each.target, "how": each.how} for each in part.links],
    }


def _release(trail: Trail) -> Tree:
    root = Tree(safe(f"Release {trail.release}"))
    for title, kinds in SECTIONS.items():
        found = (n for kind in kinds for n in trail.of(kind))
        nodes = sorted((n for n in found if n.entry or n.value), key=_place)  # a judge alone stands under its runs
        branch = root.add(safe(title, "bold"))
        for node in nodes:
            leaf = branch.add(_line(node))
            for link in trail.rests_on(node.id):
                leaf.add(safe(f"{link.how}: ", "dim") + _line(trail.nodes[link.target]))
            for link in trail.carries(node.id):
                if link.how == "measured in":
                    leaf.add(_line(trail.nodes[link.source]))
        if not nodes:
            branch.add(safe("nothing is recorded", "yellow"))
    return root


def _place(node: Node) -> int:
    return node.entry.ref.index if node.entry else 0


def _show_clause(trail: Trail, name: str) -> None:
    """Print a clause with its register, without which its text would say more than the Code does."""
    declared = next(n.entry for n in trail.of("system") if n.entry)
    clause = load_code(declared.record.edition).clause(name)
    say(f"{clause.text} ({clause.grade})")


def _show_back(trail: Trail, names: Iterable[str]) -> None:
    seen = set[str]()
    for name in names:
        node = trail.nodes[name]
        root = Tree(_line(node))
        _grow(root, trail, name, seen)
        above = trail.carries(name) if node.kind == "record" else ()
        if above:
            resting = root.add(safe("what rests on it", "bold"))
            for link in above:
                resting.add(_line(trail.nodes[link.source]) + safe(f"  ({link.how})", "dim"))
        console().print(root)


def _grow(branch: Tree, trail: Trail, name: str, seen: set[str]) -> None:
    """Grow the tree of what a node rests on; what stands in it already is not told again."""
    waiting = [(branch, name)]
    while waiting:
        where, at = waiting.pop(0)
        if at in seen:
            if trail.rests_on(at):
                where.add(safe("as above", "dim"))
            continue
        seen.add(at)
        for link in trail.rests_on(at):
            leaf = where.add(safe(f"{link.how}: ", "dim") + _line(trail.nodes[link.target]))
            waiting.append((leaf, link.target))


def _line(node: Node) -> Any:  # noqa: ANN401 - a Text of Rich
    place = f"record {node.entry.ref.index}:" if node.entry else node.kind
    sha256 = f"  {node.sha256[:16]}…" if node.sha256 and not node.entry else ""
    # A line break in what a stranger wrote could pretend to be another line of the tree.
    return safe(f"{place} {_text(node)}{sha256}".replace("\n", r"\n"))


def _kind(node: Node) -> str:
    return node.entry.record.kind if node.entry else node.kind


def _text(node: Node) -> str:
    if node.kind == "clause":
        return node.text
    return describe(node.entry.record) if node.entry else node.text


def _show_sample(workspace: Workspace, asked: str, *, as_json: bool) -> None:
    suite, _, sample = asked.partition("/")
    if not sample:
        raise click.BadParameter("expected SUITE/ID, as in refusal/en/knife/harmful", param_hint="--sample")
    records = workspace.records(now(), opened=True)
    found = trace_sample(records, lambda ref: _read(workspace, ref), suite, sample)
    if as_json:
        print_json([_sample_json(workspace, each) for each in found])
        return
    for each in found:
        _show_run(workspace, each)


def _sample_json(workspace: Workspace, found: SampleTrail) -> dict[str, object]:
    return {
        "sample": found.sample,
        "run": found.run.ref.index,
        "log": found.run.record.log.sha256,
        "transcript": _transcript(workspace, found.run),
        "verdicts": [
            {
                "record": verdicts.entry.ref.index,
                "score": score.model_dump(mode="json"),
                "judge": metric.judge.model_dump(mode="json") if metric and metric.judge else None,
                "agreement": metric.agreement.model_dump(mode="json") if metric and metric.agreement else None,
            }
            for verdicts in found.verdicts
            for score, metric in verdicts.scores
        ],
    }


def _show_run(workspace: Workspace, found: SampleTrail) -> None:
    run = found.run.record
    root = Tree(safe(f"Sample {found.sample} of suite {run.suite.id}, record {found.run.ref.index}"))
    for verdicts in found.verdicts:
        branch = root.add(safe(f"Scores of record {verdicts.entry.ref.index}", "bold"))
        for score, metric in verdicts.scores:
            said = "not answered" if not score.answered else "no verdict" if score.score is None else f"{score.score:g}"
            leaf = branch.add(
                safe(f"{score.metric} ({score.language}): {said}; made of the item {score.stem or score.sample}")
            )
            leaf.add(safe(_judge(metric)))
        if not verdicts.scores:
            branch.add(safe("nothing of this sample, or the scores are not here", "yellow"))
    console().print(root)
    path = _transcript(workspace, found.run)
    say(f"Its transcript, under this id: {path or f'not here, {run.log.sha256}'}")


def _judge(metric: Metric | None) -> str:
    if metric is None or metric.judge is None:
        return "The answer itself is the measurement."
    kappa = metric.agreement.kappa if metric.agreement else None
    agrees = "not measured against people" if kappa is None else f"kappa with people {kappa:.2f}"
    return f"Judge {metric.judge.id} {metric.judge.version} ({metric.judge.kind}), {agrees}, {metric.judge.sha256}"


def _transcript(workspace: Workspace, run: Entry[EvaluationRecord]) -> str | None:
    path = workspace.artifacts.path(run.record.log.sha256)
    return str(path) if path.is_file() else None


def _read(workspace: Workspace, ref: ArtifactRef) -> bytes | None:
    return workspace.artifacts.get(ref.sha256) if ref.sha256 in workspace.artifacts else None


def _write(path: Path, data: bytes, *, quiet: bool) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise WorkspaceError(
            "The trail cannot be written.",
            where=str(path),
            found=error.strerror or str(error),
            fix="choose a folder that is there and that you may write to",
        ) from error
    if not quiet:
        say(f"Wrote {path}")
