"""The EU's model documentation form: what is declared, stated or found answers a field, and each says its source."""

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import docx

from accord.codes import load_form
from accord.evidence import Finding
from accord.manifest import Dataset, Document, Energy, System
from accord.reports import COPIES, Content
from accord.reports.forms.drafting import draft_answer
from accord.reports.gpai import answer_form
from accord.reports.stated import StatementReport

FORM = load_form("eu-gpai-model")


def _json(content: Content) -> dict[str, Any]:
    held = json.loads(COPIES["gpai-json"][1](content))
    return {answer["question"]: answer["sentences"] for answer in held["answers"]}


def test_a_field_that_nothing_answers_is_listed_as_unanswered(content: Content) -> None:
    told = _json(content)
    bare = {name for name, sentences in told.items() if not sentences}
    assert {"properties.architecture", "properties.size", "compute.amount", "distribution.licence"} <= bare
    text = COPIES["gpai-md"][1](content).decode()
    assert len(bare) == text.count("\nUnanswered.")
    paragraphs = [p.text for p in docx.Document(io.BytesIO(COPIES["gpai-docx"][1](content))).paragraphs]
    assert len(bare) == paragraphs.count("Unanswered.")


def test_every_sentence_says_where_it_comes_from(content: Content) -> None:
    sentences = [sentence for held in _json(content).values() for sentence in held]
    assert len(sentences) > 8
    assert all(sentence["sources"] for sentence in sentences)


def test_nothing_is_declared_of_a_system_that_declares_nothing(
    content: Content, make_system: Callable[..., System]
) -> None:
    bare = content.model_copy(update={"declared": make_system(), "findings": (), "statements": ()})
    told = {name for name, sentences in _json(bare).items() if sentences}
    identity = {"general.provider", "general.model", "general.authenticity", "distribution.channels", "use.systems"}
    assert {*identity, "properties.input", "properties.output"} == told


def test_what_is_declared_answers_the_field_that_asks_for_it(
    content: Content, make_system: Callable[..., System]
) -> None:
    declared = make_system(
        documents=(Document(id="aup", kind="acceptable-use", title="Rules of use", url="https://acme.example/aup"),),
        datasets=(Dataset(id="web", title="Web pages", use="pre-training", licence="CC-BY", personal_data="filtered"),),
        energy=(
            Energy(activity="training", kwh=1250, method="a meter"),
            Energy(activity="inference", kwh=3, method="n"),
        ),
        system={"released": date(2026, 11, 1), "inappropriate_uses": ("Medical advice",)},
    )  # fmt: skip
    told = {
        n: " ".join(s["text"] for s in held)
        for n, held in _json(content.model_copy(update={"declared": declared})).items()
    }
    assert "Rules of use, https://acme.example/aup." in told["use.policy"]
    assert "licence CC-BY" in told["data.obtained"]
    assert "personal data filtered" in told["data.unsuitable"]
    assert "1250 kWh" in told["energy.training"]
    assert "a meter" in told["energy.training-method"]
    assert "1250" not in told["energy.use"]
    assert "2026-11-01" in told["general.released"]
    assert "" == told["general.released-eu"]
    assert "Not to be used for: Medical advice." in told["use.intended"]
    assert "weight file: abab" in told["general.authenticity"]


def test_findings_and_statements_answer_the_fields_about_their_clauses(content: Content) -> None:
    refs = content.findings[0].evidence
    found = content.findings[0].model_copy(
        update={"clauses": ("11.1",), "summary": "Bias was looked for.", "evidence": refs}
    )
    said = StatementReport(
        index=1, id="mine", claim="plan", clauses=("11.1",), title="t", text="More will be looked for.",
        since=date(2026, 1, 1), checked=None, due=None, condition="", owner="r", gaps=(),
    )  # fmt: skip
    findings: tuple[Finding, ...] = (found,)
    answer = draft_answer(FORM.question("data.bias"), findings, (said,))
    assert ["check a01.testing", "statement mine"] == [sentence.sources[0] for sentence in answer.sentences]
    assert answer.sentences[1].text.startswith("Planned, and not done yet: ")
    assert not draft_answer(FORM.question("data.amount"), findings, (said,)).sentences


def test_the_form_says_that_it_is_a_draft_and_repeats_byte_for_byte(content: Content) -> None:
    assert "draft" in FORM.title
    assert 37 == len(FORM.questions)
    for name in ("gpai-docx", "gpai-md", "gpai-json"):
        assert COPIES[name][1](content) == COPIES[name][1](content)
    answers, _ = answer_form(content)
    assert "2026-11-23" == answers.made
