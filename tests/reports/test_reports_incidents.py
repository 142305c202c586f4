"""Incidents in a report: what is open is told, with deadlines as they stood; what is withheld is not."""

from accord.evidence import Records
from accord.reports.incidents import make_incidents
from accord.reports.models import Content
from accord.verify.dossier import Proof


def test_every_incident_is_told_where_it_stands(content: Content) -> None:
    told = [(i.id, i.state, i.category, i.original, i.duplicates) for i in content.incidents.incidents]
    assert [
        ("doses", "published", "incident", "", ("again",)),
        ("grid", "triaged", "incident", "", ()),
        ("again", "duplicate", "", "doses", ()),
        ("near", "signalled", "near-miss", "", ()),
        ("leak", "signalled", "vulnerability", "", ()),
    ] == told


def test_deadlines_are_those_of_the_moment_of_the_assessment(content: Content) -> None:
    told = {i.id: [(d.id, d.status) for d in i.deadlines] for i in content.incidents.incidents}
    assert [("eu-gpai-death", "late"), ("eu-gpai-interim", "not-started")] == told["grid"][:2]
    assert ("eu-gpai-harm", "met") == told["doses"][0]
    assert [] == told["again"]
    assert {"running"} == {status for _, status in told["leak"]}
    assert [] == told["near"]


def test_what_is_withheld_is_not_told(content: Content, proof: Proof) -> None:
    leak = content.incidents.incidents[-1]
    assert ("", "", "", "red", "hazard") == (leak.title, leak.description, leak.source, leak.marking, leak.severity)
    assert ["signal"] == [step.event for step in leak.steps]


def test_misfit_is_told(content: Content) -> None:
    assert ("Record 39 (resolve, incident near) does not count: it is signalled.",) == content.incidents.misfits


def test_notice_is_told_with_its_digest_and_place(content: Content) -> None:
    (notice,) = content.incidents.incidents[0].notices
    assert ("https://acme.example/notices/doses", True) == (notice.address, notice.sha256 is not None)
    assert [("AI Office", "initial", ("eu-gpai-code",))] == [
        (told.authority, told.stage, told.under) for told in content.incidents.incidents[0].tellings
    ]


def test_nothing_recorded_is_nothing_told(content: Content) -> None:
    told = make_incidents(content.declared, Records((), content.assessed))
    assert ((), ()) == (told.incidents, told.misfits)
