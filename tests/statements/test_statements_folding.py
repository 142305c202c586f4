"""Statements fold into what stands now: the newest under each id, until it is withdrawn or closed to the reader."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from accord.evidence import Outcome, Records, StatementRecord
from accord.statements import about, ask, ask_text, gaps, overdue, stated

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def statement(now: datetime) -> Callable[..., StatementRecord]:
    def make(name: str = "policy", **changes: object) -> StatementRecord:
        base: dict[str, Any] = {
            "made": now,
            "id": name,
            "event": "state",
            "topic": "practice",
            "claim": "current-practice",
            "clauses": ("5.1",),
            "title": "Risk policy",
            "text": "The board approves the risk policy each January.",
            "since": date(2025, 1, 1),
            "checked": TODAY,
            "owner": "Head of Risk",
            "confidentiality": "public",
            "links": ("https://acme.example/policy",),
        }
        return StatementRecord(**{k: v for k, v in (base | changes).items() if v is not None})

    return make


def withdrawal(name: str, now: datetime) -> StatementRecord:
    return StatementRecord(made=now, id=name, event="withdraw", reason="It ended.")


def test_the_newest_stands_and_keeps_its_history(
    statement: Callable[..., StatementRecord], records: Callable[..., Records]
) -> None:
    (held,) = stated(records([statement(), statement(title="Risk policy, 2")]))
    assert ("Risk policy, 2", 2) == (held.record.title, len(held.history))


def test_what_is_withdrawn_does_not_stand_until_it_is_stated_again(
    statement: Callable[..., StatementRecord], records: Callable[..., Records], now: datetime
) -> None:
    gone = [statement(), withdrawal("policy", now)]
    assert () == stated(records(gone))
    assert 1 == len(stated(records([*gone, statement()])))


def test_what_others_state_is_not_the_organisations(
    statement: Callable[..., StatementRecord], records: Callable[..., Records]
) -> None:
    (held,) = stated(records([statement()], [statement(title="Not theirs")]))
    assert "Risk policy" == held.record.title


def test_statements_are_found_by_their_clauses(
    statement: Callable[..., StatementRecord], records: Callable[..., Records]
) -> None:
    held = stated(records([statement(), statement("law", clauses=("11.4", "5.1")), statement("aid", clauses=("9.1",))]))
    assert ["policy", "law"] == [s.record.id for s in about(held, ["5.1"])]
    assert ["law"] == [s.record.id for s in about(held, ["11.4"])]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"checked": date(2025, 1, 2)}, ["was last checked on 2025-01-02"]),
        ({"review": date(2026, 1, 1)}, ["was to be reviewed by 2026-01-01"]),
        ({"links": None}, ["names no evidence"]),
        ({"confidentiality": "private"}, ["is private"]),
        ({"claim": "commitment", "due": date(2026, 1, 1)}, ["was promised for 2026-01-01"]),
        ({"claim": "commitment", "due": date(2027, 1, 1)}, []),
        ({"claim": "declared-authority"}, ["says what may be done; nothing says that it was"]),
        (
            {"topic": "policy", "version": "1", "approver": "Board", "review": TODAY},
            ["names no place where it is disclosed"],
        ),
    ],
)
def test_what_is_missing_of_a_statement(
    statement: Callable[..., StatementRecord],
    records: Callable[..., Records],
    changes: dict[str, Any],
    expected: list[str],
) -> None:
    (held,) = stated(records([statement(**changes)]))
    found = list(gaps(held, TODAY))
    assert len(expected) == len(found)
    assert all(part in gap for part, gap in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"topic": "policy"}, "says also: approver, review, version"),
        ({"topic": "funding"}, "says also: amount, currency"),
        ({"topic": "project", "goals": (4,)}, "says also: outcome"),
        ({"topic": "standard", "body": "ISO/IEC JTC 1/SC 42"}, "says also: deliverable"),
        ({"claim": "conditional-plan"}, "says also: condition"),
        ({"claim": "commitment"}, "says also: due"),
        ({"amount": 3.0}, "does not say: amount"),
        ({"since": None}, "says also: since"),
        ({"owner": "jane@acme.example"}, "person's address"),
        ({"text": "Ask jane@acme.example"}, "person's address"),
        ({"checked": date(2024, 1, 1)}, "before the day from which it holds"),
        ({"clauses": ("12.1",)}, "clauses"),
        ({"links": ("http://acme.example",)}, "links"),
    ],
)
def test_a_statement_says_what_its_topic_needs(
    statement: Callable[..., StatementRecord], changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        statement(**changes)


def test_activities_have_figures(statement: Callable[..., StatementRecord]) -> None:
    outcome = Outcome(value=120, unit="teachers trained", method="register of courses")
    assert (4,) == statement(topic="project", goals=(4,), outcome=outcome).goals


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We test every release on 2 machines.", []),
        ("Models are regularly tested.", ["regularly"]),
        ("Models are regularly tested, 4 times a year.", []),
        ("We aim to test where possible.", ["where possible", "aim to"]),
        ("Nous testons régulièrement plusieurs modèles.", ["régulièrement", "plusieurs"]),
        ("Wir prüfen regelmäßig einige Modelle.", ["regelmäßig", "einige"]),
        ("Verifichiamo spesso alcuni modelli.", ["spesso", "alcuni"]),
        ("必要に応じて定期的に評価します。", ["定期的", "必要に応じて"]),
        ("Someone else tests.", []),
        ("He somewhat often softens.", ["often"]),
    ],
)
def test_vague_words_are_questioned_in_five_languages(text: str, words: list[str]) -> None:
    found = list(ask_text(text))
    assert sorted(words) == sorted(question.split("”")[0][1:] for question in found)


@pytest.mark.parametrize(
    ("changes", "questions"),
    [
        ({}, []),
        ({"text": "Models are tested."}, ["neither a number nor of what"]),
        ({"text": "Helpdesk is tested."}, []),
        ({"text": "Models are tested soon."}, ["“soon”: on which day", "neither a number"]),
        ({"text": "Nous testerons prochainement chaque modèle."}, ["“prochainement”: on which day"]),
        ({"text": "今後すべてのモデルを試験する。"}, ["“今後”: on which day"]),
        ({"text": "Jedes Modell wird geprüft."}, []),
        ({"claim": "plan"}, ["no day by which it will be done"]),
        ({"claim": "plan", "due": date(2027, 1, 1)}, []),
        ({"claim": "external-finding", "links": None}, ["where can that be read"]),
    ],
)
def test_what_a_reader_would_ask_of_a_statement(
    statement: Callable[..., StatementRecord], changes: dict[str, Any], questions: list[str]
) -> None:
    found = list(ask(statement(**changes), ["Helpdesk", ""]))
    assert len(questions) == len(found)
    assert all(part in question for part, question in zip(questions, found, strict=True))


def test_what_is_overdue_is_told_apart_from_what_is_missing(
    statement: Callable[..., StatementRecord], records: Callable[..., Records]
) -> None:
    late = statement(review=date(2026, 1, 1), checked=date(2025, 1, 2), links=None)
    (held,) = stated(records([late]))
    assert (2, 3) == (len(list(overdue(held, TODAY))), len(list(gaps(held, TODAY))))


@given(st.text(max_size=300))
def test_any_text_can_be_asked(text: str) -> None:
    assert all(question.endswith("?") for question in ask_text(text))


@given(st.data())
def test_any_order_of_events_folds(data: st.DataObject) -> None:
    from accord.evidence import read_entry, sign_record  # noqa: PLC0415 - fixtures of function scope do not mix with given
    from accord.ledger import SigningKey  # noqa: PLC0415 - as above

    key = SigningKey.generate("test.invalid/log", entropy=lambda size: bytes(range(size)))
    at = datetime.fromisoformat("2026-11-23T15:00:00+00:00")
    events = data.draw(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=8))
    made = [
        withdrawal(name, at)
        if gone
        else StatementRecord(
            made=at,
            id=name,
            event="state",
            topic="practice",
            claim="current-practice",
            clauses=("5.1",),
            title="t",
            text="t",
            since=TODAY,
            checked=TODAY,
            owner="Board",
            confidentiality="public",
        )
        for name, gone in events
    ]
    signed = [read_entry(i, sign_record(r, key), [key.public]) for i, r in enumerate(made)]
    held = {s.record.id for s in stated(Records(signed, at + timedelta(days=1)))}
    last = dict(events)
    assert {name for name, gone in last.items() if not gone} == held
