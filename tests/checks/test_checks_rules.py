"""What holds for every check, whatever it looks for; and how checks are found."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.checks import Check, find, load_checks
from accord.evidence import DocumentRecord, EvaluationRecord, Metric, ModelRef, Record, Records, Status, SystemRecord
from accord.manifest import Channel, Dataset, Document, System, Tolerance
from accord.manifest.system import DocumentKind

Evaluation = Callable[..., EvaluationRecord]

METRICS = ("misuse.refusal", "bias.unsupported")
LINES = st.none() | st.sampled_from(["One line.", "<b>Another</b>"])
SOME = st.lists(st.sampled_from(["One line."]), max_size=1).map(tuple)
DAYS = st.none() | st.sampled_from(["2020-01-01", "2026-11-01"])
DOCUMENTS = st.builds(
    lambda kind, reviewed, url, path: Document(
        id=kind, kind=kind, title=kind, reviewed=reviewed, url=url, path=path if url else "paper.md"
    ),
    st.sampled_from(get_args(DocumentKind)),
    DAYS,
    st.none() | st.just("https://acme.example"),
    st.none() | st.just("paper.md"),
)
DATASETS = st.builds(
    Dataset,
    id=st.sampled_from(["a", "b"]),
    title=st.just("Title"),
    use=st.just("pre-training"),
    licence=LINES,
    personal_data=st.sampled_from(["none", "unknown"]),
    rights=LINES,
    quality=LINES,
)
CHANNELS = st.builds(
    Channel,
    kind=st.sampled_from(["vulnerability", "incident", "misuse", "feedback"]),
    address=st.just("https://acme.example/report"),
    audience=st.sampled_from([("public",), ("users", "researchers")]),
    languages=st.sampled_from([("en",), ("ja", "en")]),
)
TOLERANCES = st.builds(
    Tolerance, metric=st.sampled_from(METRICS), at_most=st.floats(0, 1), at_least=st.none(), reason=st.just("Ours.")
)
CHANGES = st.fixed_dictionaries(
    {
        "system": st.fixed_dictionaries(
            {
                "languages": st.sampled_from([("en",), ("en", "fr")]),
                "released": DAYS,
                "ai_notice": LINES,
                "capabilities": SOME,
                "limitations": SOME,
            }
        ),
        "documents": st.lists(DOCUMENTS, max_size=4, unique_by=lambda d: d.id).map(tuple),
        "datasets": st.lists(DATASETS, max_size=2, unique_by=lambda d: d.id).map(tuple),
        "channels": st.lists(CHANNELS, max_size=2).map(tuple),
        "tolerances": st.lists(TOLERANCES, max_size=2).map(tuple),
    }
)
"""What an organisation may declare, in all its combinations."""


@pytest.fixture(scope="session")
def full(evaluation: Evaluation) -> Callable[..., list[Record]]:
    """Return a factory of evaluations that any check that measures could rest on."""

    def make(**changes: object) -> list[Record]:
        families = {f"R{n}": 30 for n in range(1, 8)}
        return [
            evaluation(m.partition(".")[0], metrics=(Metric.of(m, m, "lower", [0] * 50),), families=families, **changes)
            for m in METRICS
        ]

    return make


def test_ids_are_sorted_and_unique() -> None:
    ids = [c.id for c in load_checks()]
    assert sorted(set(ids)) == ids


@pytest.mark.parametrize("check", load_checks(), ids=lambda c: c.id)
def test_check_says_in_a_sentence_what_it_looks_for(check: Check) -> None:
    assert check.doc.splitlines()[0].endswith(".")


def test_nothing_recorded_is_never_a_pass(make_system: Callable[..., System], records: Callable[..., Records]) -> None:
    assert {Status.NO_EVIDENCE} == {f.status for f in find(make_system(), records())}


@given(changes=CHANGES)
def test_declared_alone_is_never_supported(
    make_system: Callable[..., System],
    records: Callable[..., Records],
    declaration: Callable[..., SystemRecord],
    document: Callable[..., DocumentRecord],
    changes: dict[str, Any],
) -> None:
    system = make_system(**changes)
    held = records([declaration(), *(document(d.id) for d in system.documents)])
    assert {Status.NO_EVIDENCE, Status.PARTIAL} >= {f.status for f in find(system, held)}


@settings(max_examples=50)
@given(changes=CHANGES)
def test_findings_are_deterministic_and_honest_about_gaps(
    make_system: Callable[..., System],
    records: Callable[..., Records],
    declaration: Callable[..., SystemRecord],
    full: Callable[..., list[Record]],
    changes: dict[str, Any],
) -> None:
    system, held = make_system(**changes), records([declaration(), *full()])
    findings = find(system, held)
    assert findings == find(system, held)
    assert [] == [f.check for f in findings if bool(f.gaps) == (f.status == Status.SUPPORTED)]


def test_current_evaluations_count(
    make_system: Callable[..., System],
    records: Callable[..., Records],
    declaration: Callable[..., SystemRecord],
    full: Callable[..., list[Record]],
) -> None:
    findings = find(make_system(), records([declaration(), *full()]))
    measured = ["a01.checkpoints", "a01.risk-families", "a01.testing", "a01.traceability", "a03.evaluations"]
    assert [*measured, "a03.societal-effects"] == [f.check for f in findings if f.evidence]


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": datetime.fromisoformat("2026-11-23T15:00:00Z")},
        {"model": ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256="1" * 64)},
        {"state": "incomplete", "completed": 19},
    ],
    ids=["expired", "another model", "incomplete"],
)
@settings(max_examples=25)
@given(declared=CHANGES)
def test_evaluation_that_cannot_be_relied_on_never_counts(
    make_system: Callable[..., System],
    records: Callable[..., Records],
    declaration: Callable[..., SystemRecord],
    full: Callable[..., list[Record]],
    changes: dict[str, Any],
    declared: dict[str, Any],
) -> None:
    with_it, without = (find(make_system(**declared), records([declaration(), *r])) for r in (full(**changes), []))
    assert without == with_it


def test_nothing_counts_after_everything_expired(
    make_system: Callable[..., System],
    records: Callable[..., Records],
    declaration: Callable[..., SystemRecord],
    full: Callable[..., list[Record]],
    now: datetime,
) -> None:
    held = records([declaration(), *full()], at=now + timedelta(days=365))
    assert {Status.NO_EVIDENCE} == {f.status for f in find(make_system(), held)}


def test_model_that_changed_takes_its_evaluations_along(
    make_system: Callable[..., System],
    records: Callable[..., Records],
    declaration: Callable[..., SystemRecord],
    full: Callable[..., list[Record]],
) -> None:
    model = ModelRef(kind="weights", name="tiny", locator="tiny.gguf", sha256="1" * 64)
    findings = find(make_system(), records([declaration(), *full(), declaration(model=model)]))
    assert {Status.NO_EVIDENCE} == {f.status for f in findings}


PLUGIN = """
    from accord.checks import Practice, check
    from accord.evidence import Status

    @check("{id}", clauses=["9.2"])
    def partnership(system, records):
        '''Works with others.'''
        return Practice(Status.NO_EVIDENCE, "No evidence.", (), ["Nothing is known of partners."])
"""


@pytest.fixture
def install(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Return a function that installs a plug-in with one check, and runs a new interpreter that lists all ids."""

    def run(check: str) -> subprocess.CompletedProcess[str]:
        info = tmp_path / "acme_checks-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text("[accord.checks]\nacme = acme_checks\n", encoding="utf-8")
        (tmp_path / "acme_checks.py").write_text(dedent(PLUGIN.format(id=check)), encoding="utf-8")
        code = f"import sys; sys.path.append({str(tmp_path)!r}); from accord.checks import load_checks\n"
        code += "print(*(c.id for c in load_checks()))"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    return run


def test_installed_plug_in_is_found(install: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    ran = install("acme.partnership")
    assert ("", [*(c.id for c in load_checks()), "acme.partnership"]) == (ran.stderr, ran.stdout.split())


def test_plug_in_with_an_id_that_is_taken_is_refused(
    install: Callable[[str], subprocess.CompletedProcess[str]],
) -> None:
    assert "AccordError: Two checks have the same id." in install("a01.testing").stderr
