"""report.html: self-contained, well-formed, whole, and deaf to whatever hostile text it quotes."""

import re
from base64 import b64encode
from collections.abc import Iterator
from enum import Enum
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from accord.reports import Content, render_html, render_json
from accord.reports.html import format_page
from accord.reports.text import visible
from accord.verify import Proof

VOID = {"meta", "br", "link"}
TEXTS = st.text(min_size=1) | st.sampled_from(
    [
        "</script><script>alert(1)",
        '"><img src=x onerror=alert(1)>',
        "<!--",
        "]]>",
        "{{ 7*7 }}",
        "</style>",
        "\u202egpj.exe",
    ]
)


class Page(HTMLParser):
    """Every tag with its attributes, and the text outside script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text += data

    def find(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module")
def html(proof: Proof) -> str:
    return render_html(proof).decode()


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def poison(model: Any, text: str) -> Any:  # noqa: ANN401 - any value of a report
    """Put `text` in place of every free string of a report, without asking the models."""
    if isinstance(model, BaseModel):
        fields = {n: f for n, f in type(model).model_fields.items() if "Literal" not in repr(f.annotation)}
        return model.model_copy(update={name: poison(getattr(model, name), text) for name in fields})
    if isinstance(model, tuple):
        return tuple(poison(item, text) for item in model)
    if isinstance(model, dict):
        return {key: poison(value, text) for key, value in model.items()}
    return text if isinstance(model, str) and not isinstance(model, Enum) else model


def shape(page: Page) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in page.tags]


@pytest.fixture(scope="module")
def benign(content: Content, proof: Proof) -> list[tuple[str, list[str]]]:
    return shape(Page(format_page(poison(content, "x"), proof)))


@given(TEXTS)
@settings(max_examples=40)
def test_hostile_text_never_makes_an_element(
    content: Content, proof: Proof, benign: list[tuple[str, list[str]]], text: str
) -> None:
    assert benign == shape(Page(format_page(poison(content, text), proof)))


def test_hostile_text_is_shown_with_its_controls(content: Content, proof: Proof) -> None:
    page = Page(format_page(poison(content, "a\u202eb<i>"), proof))
    assert ("a[U+202E]b<i>" in page.text, "\u202e" in page.text) == (True, False)


def test_every_element_is_closed(page: Page) -> None:
    assert [] == page.open


def test_only_scripts_are_the_inert_data_block_and_our_own(page: Page) -> None:
    assert [{"type": "application/json", "id": "accord-report"}, {}] == page.find("script")


def test_data_block_is_report_json(html: str, proof: Proof) -> None:
    block = html.partition('id="accord-report">')[2].partition("</script>")[0]
    assert render_json(proof) == block.replace("\\u003c", "<").encode()


def test_policy_allows_our_script_our_style_and_nothing_else(html: str, page: Page) -> None:
    style = html.partition("<style>")[2].partition("</style>")[0]
    script = html.partition("<script>")[2].partition("</script>")[0]
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (script, style)]
    policy = next(m["content"] for m in page.find("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_is_loaded(page: Page, html: str) -> None:
    assert [] == page.find("link", "img", "iframe", "object", "embed", "form", "base")
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert ("url(" in style, "@import" in style) == (False, False)


def test_no_element_has_a_style_or_a_handler(page: Page) -> None:
    assert [] == [name for _, attributes in page.tags for name in attributes if name == "style" or name[:2] == "on"]


def test_every_inner_link_has_its_target_and_ids_are_unique(page: Page) -> None:
    ids = [a["id"] for _, a in page.tags if "id" in a]
    targets = {href[1:] for a in page.find("a", "use") if (href := a["href"] or "").startswith("#")}
    assert (len(ids), set()) == (len(set(ids)), targets - set(ids))


def test_every_outer_link_is_declared(page: Page) -> None:
    outer = {str(a["href"]) for a in page.find("a") if not str(a["href"]).startswith("#")}
    assert all(link.startswith(("https://", "mailto:")) for link in outer)


def test_headings_begin_with_one_h1_and_skip_no_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert (1, 1) == (levels[0], levels.count(1))
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_html_says_everything_that_json_says(page: Page, content: Content) -> None:
    # Headings, links and facts alike: every text of the content is on the page, in an attribute or in its text.
    shown = " ".join(page.text.split()) + " ".join(str(v) for _, a in page.tags for v in a.values())
    missing = [t for t in facts(content) if " ".join(str(visible(t)).split()) not in shown]
    assert [] == missing


def facts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any value of a report
    """Find every text of a report, but what the page says in words of its own."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in OWN_WORDS and "Literal" not in repr(type(value).model_fields[name].annotation):
                yield from facts(getattr(value, name))
    elif isinstance(value, (tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from facts(item)
    elif isinstance(value, str) and not isinstance(value, Enum):
        yield value


OWN_WORDS = {
    "chain",  # the place in a sequence, which only a program compares
    "job",  # digests that only a program compares
    "others",  # runs that nothing rests on: named and linked, not printed in full
    "incomplete",
    "media_type",
}


def test_every_measure_is_shown_with_interval_and_count(page: Page, content: Content) -> None:
    least = content.declared.evaluation.agreement
    stated = [m for run in content.runs for m in run.evaluation.metrics if not m.doubt(least)]
    metrics = [m for m in stated if m.value is not None]
    assert metrics
    for m in metrics:
        assert f"{m.value:.1%}".replace("%", "\u00a0%") in page.text
        assert f"{m.low:.1%} to {m.high:.1%}".replace("%", "\u00a0%") in page.text
        assert f"{m.count:g} of {m.n}" in page.text


def test_every_finding_leads_to_its_records(page: Page, content: Content) -> None:
    linked = {a["href"] for a in page.find("a")}
    assert {f"#record-{ref.index}" for f in content.findings for ref in f.evidence} <= linked


def test_declared_text_is_escaped_once(html: str) -> None:
    assert ("Helpdesk &lt;beta&gt;" in html, "Helpdesk <beta>" in unescape(html)) == (True, True)


@pytest.mark.parametrize("word", ["compliant", "certified"])
def test_report_never_says(page: Page, word: str) -> None:
    assert word not in page.text.lower()


def test_rate_that_its_judge_does_not_bear_is_not_drawn(content: Content, html: str) -> None:
    least = content.declared.evaluation.agreement
    doubted = [m for run in content.runs for m in run.evaluation.metrics if m.n and m.doubt(least)]
    assert [("misuse.refused", "ja")] == [(m.id, m.language) for m in doubted]
    assert 2 == html.count(f"No rate is stated: {doubted[0].doubt(least)}.") + html.count(
        f'<span class="quiet">{doubted[0].doubt(least)}</span>'
    )


def test_topic_of_a_decision_keeps_its_capitals_in_german(proof: Proof) -> None:
    assert "Rote Linien, Phase" in render_html(proof, "de").decode()


def test_override_is_seen_with_role_reason_and_end(page: Page) -> None:
    said = "plan.privacy at the stage release, by the role Chief Safety Officer until 7 December 2026: It is run again"
    assert said in " ".join(page.text.split())
