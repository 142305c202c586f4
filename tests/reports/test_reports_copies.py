"""PDF, model card and CSV: the same facts as the page, read by the tools that they are for; hostile text stays text."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from accord.reports import COPIES, Content
from accord.reports.csv_file import COLUMNS, render_csv
from accord.reports.figures import figures
from accord.reports.model_card import render_model_card
from accord.reports.pdf import render_pdf

HOSTILE = "=1+1 <script>alert(1)</script> #panic() $x$ [a](javascript:b) | `c` \u202e *b* \\ @y"


def _rows(content: Content) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(content).decode(), newline="")))


def _text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def _hostile(content: Content, text: str = HOSTILE) -> Content:
    system = content.declared.system.model_copy(
        update={"name": text, "description": text, "limitations": (text,), "capabilities": (text,)}
    )
    findings = tuple(f.model_copy(update={"summary": text, "gaps": (text,)}) for f in content.findings)
    actions = tuple(
        a.model_copy(update={"clauses": tuple(c.model_copy(update={"gaps": (text,)}) for c in a.clauses)})
        for a in content.actions
    )
    changed = {"declared": content.declared.model_copy(update={"system": system}), "findings": findings}
    return content.model_copy(update={**changed, "actions": actions})


def test_every_copy_says_the_same_of_every_clause(content: Content) -> None:
    clauses = {c.id: c for action in content.actions for c in action.clauses}
    rows = {row["clause"]: row for row in _rows(content)}
    assert {name: str(c.status) for name, c in clauses.items()} == {name: row["status"] for name, row in rows.items()}
    pdf = _text(render_pdf(content))
    card = render_model_card(content).decode()
    for action in content.actions:
        counts = ", ".join(f"{n} {s}" for s, n in action.counts.items() if n)
        assert f"Action {action.number}: {counts.replace('-', chr(92) + '-')}" in card
    for clause in clauses.values():
        assert clause.id in pdf


def test_numbers_are_the_same_in_every_copy(content: Content) -> None:
    card: Any = ModelCard(render_model_card(content).decode())
    values = {(r.metric_type, r.dataset_split, r.metric_value) for r in card.data.eval_results}
    told = {(f.metric.id, f.metric.language, f.metric.value) for f in figures(content) if f.metric.value is not None}
    assert told == values
    pdf = _text(render_pdf(content))
    for figure in figures(content):
        if figure.metric.value is not None:
            assert f"{figure.metric.value * 100:.1f}" in pdf


def test_the_card_is_read_by_the_hubs_own_library(content: Content) -> None:
    card: Any = ModelCard(render_model_card(content).decode())
    assert list(content.declared.system.languages) == card.data.language
    assert "model-index" in card.data.to_dict()
    assert content.model.sha256 in card.text


def test_the_pdf_is_pdf_a_and_repeats_byte_for_byte(content: Content) -> None:
    made = render_pdf(content)
    assert made == render_pdf(content)
    reader = PdfReader(io.BytesIO(made))
    assert reader.metadata
    assert content.declared.organisation.name == reader.metadata.author
    metadata = reader.xmp_metadata
    assert metadata
    assert re.search(rb"pdfaid:part[>=\"' ]+2", made)


def test_hostile_text_is_text_in_every_copy(content: Content) -> None:
    changed = _hostile(content)
    pdf = _text(render_pdf(changed))
    assert "#panic()" in pdf
    assert "\u202e" not in pdf
    card = render_model_card(changed).decode()
    assert "<script>" not in card
    assert "](javascript" not in card
    ModelCard(card)
    for row in _rows(changed):
        assert set(COLUMNS) == set(row)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


@given(text=st.text(min_size=1, max_size=80))
@settings(max_examples=60)
def test_any_text_leaves_a_card_and_a_table_whole(content: Content, text: str) -> None:
    changed = _hostile(content, text)
    ModelCard(render_model_card(changed).decode("utf-8", "strict"))
    assert len(_rows(content)) == len(_rows(changed))


@pytest.mark.parametrize("text", ["\ue000", "\U0001f9ff", "ก ไทย", "\x00\x01", "\U000e0041", '"]) #panic()', "\\u{41}"])
def test_any_text_can_be_set(content: Content, text: str) -> None:
    assert render_pdf(_hostile(content, text)).startswith(b"%PDF")


@pytest.mark.parametrize("name", COPIES)
def test_copies_have_names_of_their_own(name: str) -> None:
    assert COPIES[name][0] not in {"report.html", "report.json"}
    assert Path(COPIES[name][0]).suffix
