"""report.html in a real browser: accessible in both schemes, at any width, on paper, without script or network."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import IN_BROWSER
from playwright.sync_api import Browser, Page, Route
from pypdf import PdfReader

from accord.reports import Content, render_html
from accord.verify import Proof

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}

pytestmark = IN_BROWSER


@pytest.fixture(scope="module")
def html(proof: Proof) -> str:
    return render_html(proof).decode()


@pytest.fixture(scope="module")
def url(html: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(url)
    yield page
    page.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_page_has_no_accessibility_violation(page: Page, scheme: Literal["light", "dark"], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    found = Axe().run(page, options=RULES)
    assert 0 == found.violations_count, found.generate_report()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_page_never_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert width >= page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("width", [320, 1280])
def test_endless_words_do_not_widen_the_page(page: Page, html: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(
        html.replace("Order log", "w" * 300).replace("tiny-1", "m" * 300).replace("Risk policy", "r" * 300)
    )
    assert width >= page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("language", ["de", "ja"])
def test_translated_page_is_accessible_narrow_and_sound(
    browser: Browser, judged: Proof, tmp_path: Path, language: str
) -> None:
    path = tmp_path / f"report.{language}.html"
    path.write_bytes(render_html(judged, language))
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(path.as_uri())
    page.wait_for_selector("[data-state].k-verified, [data-state].k-withheld, [data-state].k-contradicted")
    assert 0 == page.locator(".k-contradicted").count()
    assert 320 >= page.evaluate("document.documentElement.scrollWidth")
    found = Axe().run(page, options=RULES)
    assert 0 == found.violations_count, found.generate_report()
    page.close()


def test_page_asks_for_nothing_but_itself(browser: Browser, url: str) -> None:
    asked: list[str] = []

    def watch(route: Route) -> None:
        asked.append(route.request.url)
        if route.request.url == url:
            route.continue_()
        else:
            route.abort()

    page = browser.new_page()
    page.route("**/*", watch)
    page.goto(url, wait_until="networkidle")
    page.close()
    assert [url] == asked


def test_page_breaks_no_rule_of_its_own_policy(browser: Browser, url: str) -> None:
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.goto(url)
    page.close()
    assert [] == said


def test_page_works_without_script(browser: Browser, url: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(url)
    page.locator("#record-2 summary").click()
    shown = page.locator("#record-2 details ol").is_visible()
    page.close()
    assert shown


def test_first_key_press_reaches_the_skip_link(page: Page) -> None:
    page.keyboard.press("Tab")
    assert "Skip to the report" == page.evaluate("document.activeElement.textContent")


def test_print_holds_every_leaf_and_path(page: Page, content: Content, proof: Proof) -> None:
    pdf = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    printed = "".join("".join(sheet.extract_text().split()) for sheet in pdf.pages)
    expected = [row.leaf for row in content.records] + [h for entry in proof.entries for h in entry.inclusion]
    assert [] == [h for h in expected if h not in printed]


def test_print_is_light_on_a4_in_a_dark_scheme(page: Page) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    sheet = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages[0].mediabox
    assert ("rgb(255, 255, 255)", (595, 842)) == (colour, (round(sheet.width), round(sheet.height)))
