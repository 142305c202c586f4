"""Reports in five languages: whole, safe whatever they quote, written as each language writes, and verified alike."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from accord.cli.report import report
from accord.cli.status import status
from accord.errors import ReportError
from accord.evidence import ReportRecord
from accord.reports import LANGUAGES, RENDERERS, Content, render_html, render_pdf
from accord.reports.html import format_page
from accord.reports.json_file import read_content
from accord.reports.languages import find_language
from accord.reports.languages.typography import typeset
from accord.reports.publish import publish
from accord.verify import Proof, Result, Trust, verify
from accord.workspace import Workspace

LATER = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
TRANSLATED = [name for name in LANGUAGES if name != "en"]
ENGLISH = re.compile(r'<span lang="en">(.*?)</span>', re.DOTALL)


@pytest.fixture(scope="module", params=TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def page(judged: Proof, language: str) -> str:
    return render_html(judged, language).decode()


def test_page_says_its_language_and_leaves_nothing_in_english(page: str, language: str) -> None:
    assert f'<html lang="{language}">' in page
    assert [] == [unescape(text) for text in ENGLISH.findall(page)]


def test_page_has_the_words_of_its_language_alone(page: str) -> None:
    shown = page.partition("<body>")[2].partition("<script")[0]
    told = (
        "no evidence",
        "Clause by clause",
        "good until",
        "measured",
        "Assessed",
        "Accord has no check",
        "the run of suite",
    )
    assert [] == [words for words in told if f">{words}<" in shown or f" {words} " in shown]


def test_page_shows_the_same_marks_links_and_days_as_the_english(judged: Proof, page: str) -> None:
    def told(shown: str) -> tuple[list[str], ...]:
        found = (re.findall(pattern, shown) for pattern in ('href="(#[^"]*)"', 'datetime="([^"]*)"', ' id="([^"]*)"'))
        return tuple(sorted(values) for values in found)

    assert told(render_html(judged).decode()) == told(page)


def test_sentence_that_no_template_knows_stays_english_and_says_so(
    content: Content, proof: Proof, language: str
) -> None:
    changed = content.model_copy(update={"limits": ("Nobody <b>knows</b> this sentence\u202e.",)})
    shown = format_page(changed, proof, language)
    assert '<li><span lang="en">Nobody &lt;b&gt;knows&lt;/b&gt; this sentence[U+202E].</span></li>' in shown


def test_page_is_the_same_every_time(judged: Proof, page: str, language: str) -> None:
    assert page.encode() == render_html(judged, language)


def test_unknown_language_is_refused(proof: Proof, content: Content) -> None:
    with pytest.raises(ReportError, match="not written in this language"):
        render_html(proof, "xx")
    with pytest.raises(ReportError, match="not written in this language"):
        render_pdf(content, "../en")


@pytest.mark.parametrize(
    ("name", "day", "share", "count", "pages"),
    [
        ("en", "3 January 2026", "70.8 %", "1,234,567", "pp. 2\u20133"),
        ("fr", "3 janvier 2026", "70,8 %", "1 234 567", "p. 2\u20133"),
        ("de", "3. Januar 2026", "70,8 %", "1.234.567", "S. 2\u20133"),
        ("it", "3 gennaio 2026", "70,8%", "1.234.567", "pp. 2\u20133"),
        ("ja", "2026年1月3日", "70.8%", "1,234,567", "2\u301c3ページ"),
    ],
)
def test_dates_and_numbers_are_as_each_language_writes_them(
    name: str, day: str, share: str, count: str, pages: str
) -> None:
    held = find_language(name)
    shown = (held.day(date(2026, 1, 3)), held.share(0.7083), held.count(1_234_567), held.pages((2, 3)))
    assert (day, share, count, pages) == tuple(re.sub("[\u00a0\u202f]", " ", text) for text in shown)


def test_shares_below_none_are_shares_too() -> None:
    said = find_language("de").said("Canaries that the model gave out: difference -1.0% (-2.8% to 0.5%).")
    assert said == "Köder, die das Modell preisgab: Unterschied -1,0\u00a0% (-2,8\u00a0% bis 0,5\u00a0%)."


def test_french_marks_stand_behind_narrow_spaces() -> None:
    told = "Voici : « ceci » ; cela ? &nbsp; https://x.example 12:30"
    assert "Voici\u202f: «\u202fceci\u202f»\u202f; cela\u202f? &nbsp; https://x.example 12:30" == typeset(told, "fr")
    assert told == typeset(told, "de")


def test_paper_is_in_the_language_and_says_so(judged: Proof, language: str) -> None:
    pdf = PdfReader(BytesIO(render_pdf(read_content(judged), language)))
    shown = " ".join(" ".join(p.extract_text().split()) for p in pdf.pages)
    assert str(pdf.root_object["/Lang"]).partition("-")[0] == language
    assert [] == [words for words in ("No evidence.", "Clause by clause", "Gap:") if words in shown]
    if language != "ja":  # which words a font of Japanese gives back depends on the machine
        assert find_language(language).gettext("What was measured").replace("\u2019", "'") in shown.replace(
            "\u2019", "'"
        )


@pytest.fixture
def published(sample: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    workspace = sample()
    publish(workspace, ["html", "pdf", "json"], tmp_path / "out", None, (), LATER, ["en", "ja"])
    return workspace


def test_each_language_has_its_own_files_and_the_log_binds_them(published: Workspace, tmp_path: Path) -> None:
    names = {"report.html", "report.ja.html", "report.pdf", "report.ja.pdf", "report.json"}
    assert names == {path.name for path in (tmp_path / "out").iterdir()}
    assert names == set(published.records(LATER).of(ReportRecord)[-1].record.files)


def test_translated_page_verifies_and_a_changed_one_does_not(published: Workspace, tmp_path: Path) -> None:
    path, trust = tmp_path / "out" / "report.ja.html", Trust((published.public_key().vkey,))

    def results() -> dict[str, Result]:
        return {c.id: c.result for c in verify(path, trust=trust, now=LATER, renderers=RENDERERS).claims}

    assert Result.VERIFIED == results()["report.ja.html.content"]
    path.write_bytes(path.read_bytes().replace(b"Helpdesk", b"Helpless", 1))
    assert Result.VERIFIED != results()["report.ja.html.content"]


def test_report_and_status_speak_japanese(sample: Callable[..., Workspace], tmp_path: Path) -> None:
    root = str(sample().root)
    wrote = CliRunner().invoke(report, [root, "--language", "ja", "--format", "html"], catch_exceptions=False)
    assert f"Wrote {tmp_path / 'report.ja.html'}" in wrote.output.splitlines()
    shown = CliRunner().invoke(status, [root, "--language", "ja", "--brief"], catch_exceptions=False).output
    held = find_language("ja")
    assert all(held.term(word, "status") in shown for word in ("supported", "partial", "no evidence"))
    assert 2 == CliRunner().invoke(report, [root, "--language", "xx"]).exit_code
