"""The trail of a release: what belongs to it, what rests on what, and its form as PROV-O."""

import json
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from release_scene import DATASET, MODEL, OLD, SECOND, fill

from accord.checks import find
from accord.errors import VerificationError, WorkspaceError
from accord.evidence import (
    ArtifactRef,
    ClosedRecord,
    DecisionRecord,
    Entry,
    EvaluationRecord,
    Finding,
    Origin,
    Records,
    Ref,
    Status,
    SystemRecord,
)
from accord.ledger import SigningKey
from accord.manifest import System
from accord.reports.prov import BASE, TERMS, render_prov
from accord.trace import Link, Node, Trail, releases, trace, trace_sample
from accord.workspace import Workspace

PROV = "http://www.w3.org/ns/prov#"
PREFIXES = f"PREFIX prov: <{PROV}> PREFIX accord: <{TERMS}>"


@pytest.fixture(scope="module")
def system(make_system: Callable[..., System]) -> System:
    """Return the declared system."""
    return make_system(datasets=[DATASET])


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, key: SigningKey) -> Workspace:
    """Return a workspace that all tests here read, and none writes to."""
    return Workspace.create(tmp_path_factory.mktemp("space"), key, "test.invalid/log")


@pytest.fixture(scope="module")
def placed(space: Workspace, system: System, now: datetime) -> dict[str, int]:
    """Return where each record of the release stands in the log."""
    return fill(space, system, now)


@pytest.fixture(scope="module")
def records(space: Workspace, placed: dict[str, int], now: datetime) -> Records:
    """Return the log as it stands."""
    return space.records(now)


@pytest.fixture(scope="module")
def trail(records: Records, system: System, placed: dict[str, int]) -> Trail:
    """Return the trail of the release, with what was found when it was assessed."""
    return trace(records, system, None, find(system, records.before(placed["assessment"])))


def hows(trail: Trail, name: str) -> set[tuple[str, str]]:
    """Return how a node rests on others, and on which."""
    return {(link.how, link.target) for link in trail.rests_on(name)}


def test_releases_are_in_the_order_of_their_last_declaration(records: Records) -> None:
    assert ["0.9", "1.0"] == list(releases(records))


def test_version_that_is_declared_again_is_the_newest(
    records: Records, declaration: Callable[..., SystemRecord]
) -> None:
    again = Entry(Ref(index=99, leaf="9" * 64), Origin.SELF, declaration(version="0.9"))
    assert ["1.0", "0.9"] == list(releases(Records([*records, again], records.at)))


def test_trail_holds_every_record_of_the_release_and_none_of_another(trail: Trail, placed: dict[str, int]) -> None:
    held = {node.entry.ref.index for node in trail.of("record") if node.entry}
    assert set(placed.values()) == held
    assert f"model.{OLD.sha256}" not in trail.nodes


def test_trail_of_the_release_before_ends_where_the_next_one_begins(records: Records, placed: dict[str, int]) -> None:
    old = trace(records, None, "0.9")
    assert ({0, 1, placed["judge"]}, "0.9") == (
        {node.entry.ref.index for node in old.of("record") if node.entry},
        old.release,
    )


def test_trail_names_the_data_of_the_declaration(trail: Trail, placed: dict[str, int]) -> None:
    assert ("data", "dataset.orders") in hows(trail, f"record.{placed['system']}")
    assert "Orders, used for fine-tuning; personal data: filtered" == trail.nodes["dataset.orders"].text


def test_run_rests_on_its_plan_suite_model_log_and_scores(trail: Trail, placed: dict[str, int]) -> None:
    found = dict(hows(trail, f"record.{placed['run']}"))
    assert {"announced in", "asked", "tested", "log", "scores"} == set(found)
    assert (f"record.{placed['plan']}", f"model.{MODEL.sha256}") == (found["announced in"], found["tested"])


def test_figure_rests_on_its_scores_and_on_how_well_its_judge_agrees_with_people(
    trail: Trail, placed: dict[str, int]
) -> None:
    found = dict(hows(trail, f"metric.{placed['run']}.misuse.complied.en"))
    assert (f"record.{placed['run']}", f"record.{placed['judge']}") == (found["measured in"], found["judged by"])


def test_judge_that_nobody_measured_is_named_alone(trail: Trail, placed: dict[str, int]) -> None:
    assert ("judged by", f"judge.{SECOND.sha256}") in hows(trail, f"record.{placed['judgement']}")


def test_risk_follows_its_events_and_what_measures_it(trail: Trail, placed: dict[str, int]) -> None:
    found = hows(trail, f"record.{placed['assessed']}")
    assert ("after", f"record.{placed['risk']}") in found
    assert ("measured by", f"metric.{placed['run']}.misuse.complied.en") in found


def test_decision_names_what_was_in_view(trail: Trail, placed: dict[str, int]) -> None:
    assert ("in view of", f"record.{placed['run']}") in hows(trail, f"record.{placed['decision']}")


def test_erased_text_says_on_which_ground(trail: Trail, placed: dict[str, int]) -> None:
    (how,) = (target for how, target in hows(trail, f"record.{placed['draft']}") if how == "read")
    assert "erased: recorded-by-mistake" in trail.nodes[how].text
    assert ("erased", how) in hows(trail, f"record.{placed['erasure']}")


def test_clause_leads_back_to_the_model_the_items_and_the_transcripts(trail: Trail, placed: dict[str, int]) -> None:
    part = trail.back(["clause.1.1"])
    assert {f"record.{placed['run']}", f"record.{placed['plan']}", f"model.{MODEL.sha256}"} <= set(part.nodes)
    assert {"finding.a01.testing", "clause.1.1"} <= set(part.nodes)
    assert f"record.{placed['report']}" not in part.nodes
    assert {link.source for link in part.links} | {link.target for link in part.links} <= set(part.nodes)


def test_published_file_leads_back_to_the_assessment(trail: Trail, placed: dict[str, int]) -> None:
    assert f"record.{placed['assessment']}" in trail.back([f"file.{'a' * 64}"]).nodes


def test_what_rests_on_a_record_is_found(trail: Trail, placed: dict[str, int]) -> None:
    sources = {link.source for link in trail.carries(f"record.{placed['run']}")}
    assert {f"record.{placed['decision']}", f"record.{placed['judgement']}", "finding.a01.testing"} <= sources


def test_nothing_is_lost_between_nodes_and_links(trail: Trail) -> None:
    named = {link.source for link in trail.links} | {link.target for link in trail.links}
    assert set() == named - set(trail.nodes)
    assert len(trail.links) == len(set(trail.links))


def test_closed_result_stands_in_the_trail_with_its_plan(records: Records, placed: dict[str, int]) -> None:
    entries = [_close(e) if e.ref.index == placed["run"] else e for e in records]
    part = trace(Records(entries, records.at)).back([f"record.{placed['run']}"])
    assert {f"record.{placed['run']}", f"record.{placed['plan']}"} <= set(part.nodes)


def _close(entry: Entry[EvaluationRecord]) -> Entry[ClosedRecord]:
    record = entry.record
    shut = ClosedRecord(made=record.made, of=record.kind, why="withheld", topic=record.about(), plan=record.plan)
    return Entry(entry.ref, entry.origin, shut)


def test_findings_without_their_assessment_are_no_part_of_a_trail(records: Records, placed: dict[str, int]) -> None:
    before = records.before(placed["assessment"])
    found = Finding(check="a01.x", clauses=("1.1",), status=Status.NO_EVIDENCE, summary="Nothing.")
    assert () == trace(before, None, None, (found,)).of("finding")


def test_release_that_was_not_declared_is_refused(records: Records, now: datetime) -> None:
    with pytest.raises(WorkspaceError) as error:
        trace(records, None, "2.0")
    assert ("one of 0.9, 1.0", "2.0") == (error.value.expected, error.value.found)
    with pytest.raises(WorkspaceError, match="No such release"):
        trace(Records((), now))


def test_chain_of_references_of_any_length_and_direction_is_followed(
    declaration: Callable[..., SystemRecord], now: datetime
) -> None:
    # Each decision rests on the next one, which no honest log can hold, and the last on the first.
    size = 3000
    refs = [Ref(index=i, leaf=f"{i:064x}") for i in range(size)]
    decided = [
        DecisionRecord(made=now, topic="release", stage="release", outcome="proceed", role="R", reason="So.",
                       model=declaration().model, rests_on=(refs[(i + 1) % size],))
        for i in range(size)
    ]  # fmt: skip
    entries = [Entry(ref, Origin.SELF, record) for ref, record in zip(refs, decided, strict=True)]
    declared = Entry(Ref(index=size, leaf="f" * 64), Origin.SELF, declaration())
    trail = trace(Records([*entries, declared], now))
    assert size == len(trail.back(["record.0"]).of("decision"))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40), st.integers(0, 9))
def test_part_of_a_trail_is_closed_and_the_least_that_is(pairs: Sequence[tuple[int, int]], start: int) -> None:
    links = tuple(Link(str(a), str(b), "rests on") for a, b in pairs)
    whole = Trail("1", {str(i): Node(str(i), "record", "") for i in range(10)}, links)
    part = whole.back([str(start)])
    assert str(start) in part.nodes
    assert all(link.target in part.nodes for link in links if link.source in part.nodes)
    reached = {str(start)} | {link.target for link in part.links}
    assert reached == set(part.nodes)


def read(space: Workspace) -> Callable[[ArtifactRef], bytes | None]:
    """Return what reads artifacts that are still here."""
    held = space.artifacts
    return lambda ref: held.get(ref.sha256) if ref.sha256 in held else None


def test_sample_leads_to_its_scores_judges_and_run(space: Workspace, records: Records, placed: dict[str, int]) -> None:
    new, old = trace_sample(records, read(space), "misuse", "en/item2/plain")
    assert (placed["run"], 1) == (new.run.ref.index, old.run.ref.index)
    assert [placed["run"], placed["judgement"]] == [verdicts.entry.ref.index for verdicts in new.verdicts]
    assert [0.0, 1.0] == [verdicts.scores[0][0].score for verdicts in new.verdicts]
    judges = [metric.judge.id for verdicts in new.verdicts for _, metric in verdicts.scores if metric and metric.judge]
    assert ["rules-refusal", "classifier"] == judges


def test_sample_whose_scores_are_gone_is_still_judged_by_the_others(
    space: Workspace, records: Records, placed: dict[str, int]
) -> None:
    again, get = next(e for e in records if e.ref.index == placed["judgement"]).record.scores, read(space)
    kept: Callable[[ArtifactRef], bytes | None] = lambda ref: None if ref == again else get(ref)  # noqa: E731 - one line
    found = trace_sample(records, kept, "misuse", "en/item2/plain")[0]
    assert [1, 0] == [len(verdicts.scores) for verdicts in found.verdicts]


@pytest.mark.parametrize(
    ("suite", "sample", "expected"), [("misuse", "en/item99/plain", "en/item9/plain"), ("nothing", "x", "misuse")]
)
def test_unknown_sample_or_suite_is_refused_with_what_there_is(
    space: Workspace, records: Records, suite: str, sample: str, expected: str
) -> None:
    with pytest.raises(WorkspaceError) as error:
        trace_sample(records, read(space), suite, sample)
    assert expected in error.value.expected


@pytest.mark.parametrize("data", [b"{}", b'[{"sample": 1}]', b"not JSON"])
def test_scores_that_are_none_are_refused(records: Records, data: bytes) -> None:
    with pytest.raises(VerificationError):
        trace_sample(records, lambda _: data, "misuse", "en/item2/plain")


@pytest.fixture(scope="module")
def graph(trail: Trail, system: System) -> rdflib.Graph:
    return parse(render_prov(trail, system))


def parse(data: bytes) -> rdflib.Graph:
    """Return what a peer reads of an export, with no network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its parser of JSON-LD uses what it deprecates itself
        return rdflib.Graph().parse(data=data, format="json-ld")


def ask(graph: rdflib.Graph, query: str) -> set[tuple[str, ...]]:
    """Return the rows of a SPARQL query."""
    rows: Any = graph.query(f"{PREFIXES} {query}")
    return {tuple(str(value) for value in row) for row in rows}


def test_peer_finds_the_model_that_a_clause_rests_on(graph: rdflib.Graph) -> None:
    query = """SELECT DISTINCT ?sha256 WHERE {
      ?clause accord:clause "1.1" .
      ?clause (prov:wasDerivedFrom|prov:wasGeneratedBy|prov:used)+ ?model .
      ?model a accord:Model ; accord:sha256 ?sha256 }"""
    assert {(MODEL.sha256,)} == ask(graph, query)


def test_peer_finds_every_node_as_an_entity(graph: rdflib.Graph, trail: Trail) -> None:
    entities = ask(graph, "SELECT ?e WHERE { ?e a prov:Entity }")
    assert len(trail.nodes) == len(entities)
    assert {(f"urn:sha256:{MODEL.sha256}",)} <= entities


def test_peer_finds_when_a_run_began_and_ended_and_who_did_it(graph: rdflib.Graph, now: datetime) -> None:
    query = """SELECT ?start ?end ?who WHERE {
      ?run a accord:EvaluationActivity ; prov:startedAtTime ?start ; prov:endedAtTime ?end ;
           prov:wasAssociatedWith ?agent . ?agent a prov:SoftwareAgent ;
           <http://www.w3.org/2000/01/rdf-schema#label> ?who }"""
    assert {("2026-11-23T14:55:00+00:00", "2026-11-23T15:00:00+00:00", "accord 0.1")} == ask(graph, query)


def test_peer_finds_what_generated_the_scores_and_what_they_were_judged_from(graph: rdflib.Graph) -> None:
    query = """SELECT ?log WHERE {
      ?scores a accord:Artifact ; prov:wasGeneratedBy ?run ; prov:wasDerivedFrom ?log .
      ?run a accord:EvaluationActivity .
      ?log prov:wasGeneratedBy ?run }"""
    assert 1 == len(ask(graph, query))


def test_peer_finds_the_role_that_decided_and_for_whom(graph: rdflib.Graph) -> None:
    query = """SELECT ?role ?name WHERE {
      ?done a accord:DecisionActivity ; prov:wasAssociatedWith ?who .
      ?who prov:actedOnBehalfOf ?organisation ; <http://www.w3.org/2000/01/rdf-schema#label> ?role .
      ?organisation a prov:Organization ; <http://www.w3.org/2000/01/rdf-schema#label> ?name }"""
    assert {("Chief Safety Officer", "Acme")} == ask(graph, query)


def test_peer_finds_the_run_that_was_informed_by_its_plan_and_what_was_erased(graph: rdflib.Graph) -> None:
    informed = "SELECT ?plan WHERE { ?run a accord:EvaluationActivity ; prov:wasInformedBy ?plan }"
    assert 1 == len(ask(graph, informed))
    assert 1 == len(ask(graph, "SELECT ?gone WHERE { ?gone prov:wasInvalidatedBy ?erasure }"))


def test_peer_finds_nothing_that_is_used_and_not_described(graph: rdflib.Graph) -> None:
    query = "SELECT ?x WHERE { ?a prov:used ?x FILTER NOT EXISTS { ?x a prov:Entity } }"
    assert set() == ask(graph, query)


def test_independent_record_is_nobodys_of_the_organisation(
    records: Records, system: System, placed: dict[str, int]
) -> None:
    entries = [Entry(e.ref, Origin.INDEPENDENT, e.record) if e.ref.index == placed["import"] else e for e in records]
    graph = parse(render_prov(trace(Records(entries, records.at), system), system))
    rows = ask(graph, f"SELECT ?who WHERE {{ ?done a <{TERMS}ImportedResultActivity> ; prov:wasAssociatedWith ?who }}")
    assert 1 == len(rows)
    assert set() == rows & ask(graph, "SELECT ?o WHERE { ?o a prov:Organization }")


def test_export_is_the_same_every_time_and_carries_its_context(trail: Trail, system: System) -> None:
    first, second = (render_prov(trail, system) for _ in range(2))
    assert first == second
    assert dict is type(json.loads(first)["@context"])
    assert BASE in first.decode()
