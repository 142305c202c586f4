"""A published site in a real browser: a changed record is contradicted, and every page can be read by everyone."""

import os
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from threading import Thread
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import IN_BROWSER
from playwright.sync_api import Browser, Page
from site_scene import NOW, release_again

from accord.reports.html import format_page
from accord.reports.site import Site, build_site, write_site

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
READ = """() => Object.fromEntries([...document.querySelectorAll("[data-claims] > li")].map((li) =>
  [li.firstChild.textContent.trim(), li.querySelector(".checked").className.split("k-")[1]]))"""

pytestmark = IN_BROWSER


class Quiet(SimpleHTTPRequestHandler):
    """A plain web server, which knows nothing of a site of ours."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(make_workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Site:  # noqa: ANN401 - a factory
    space = make_workspace(tmp_path_factory.mktemp("space"))
    build_site(space, {"en": format_page}, NOW)
    release_again(space)
    return build_site(space, {"en": format_page}, NOW)


@pytest.fixture(scope="module")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "public"
    write_site(site, out)
    copytree(out, out / "forged")  # the same site, of which the tests change files
    return out


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=os.fspath(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def report(site: Site) -> str:
    return f"releases/{site.releases[-1].line.slug}/report.html"


def look(page: Page, url: str) -> Any:  # noqa: ANN401 - what each claim came to
    page.goto(url)
    page.wait_for_selector("#in-browser[data-worst]", state="attached")
    return page.evaluate(READ)


def test_pages_check_the_site_and_ask_nobody_else(page: Page, address: str, report: str) -> None:
    asked, said = set[str](), list[str]()
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda message: said.append(message.text))
    found = look(page, f"{address}/{report}")
    assert {"The files of records on this site are those in this page (4)", "This page is, byte for byte,"} <= {
        claim if "(4)" in claim else claim[:28] for claim, result in found.items() if result == "verified"
    }
    record = look(page, f"{address}/records/9.html")
    assert {"verified", "withheld"} == set(record.values())
    assert {True} == {url.startswith(address) for url in asked}
    assert [] == said


def test_record_that_was_changed_on_the_site_turns_what_rests_on_it_to_contradicted(
    page: Page, address: str, folder: Path, report: str
) -> None:
    path = folder / "forged/records/4.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"entry":"eyJw', '"entry":"eyJx'), encoding="utf-8")
    found = look(page, f"{address}/forged/{report}")
    contradicted = {claim for claim, result in found.items() if result == "contradicted"}
    assert {"Clause 1.1", "Clause 1.3"} == {claim for claim in contradicted if claim.startswith("Clause")}
    shown = page.locator('[id="clause-1.3"] .k-contradicted').inner_text()
    assert "record 4: the file on this site is not what the log has" in shown


def test_record_page_that_was_changed_is_contradicted(page: Page, address: str, folder: Path) -> None:
    path = folder / "forged/records/5.html"
    text = path.read_text(encoding="utf-8")
    assert "&#34;seed&#34;: 1" in text
    path.write_text(text.replace("&#34;seed&#34;: 1", "&#34;seed&#34;: 3"), encoding="utf-8")
    assert "contradicted" == look(page, f"{address}/forged/records/5.html")["The page shows what was signed"]


def test_report_that_was_changed_anywhere_is_not_the_one_the_log_recorded(
    page: Page, address: str, folder: Path, report: str
) -> None:
    path = folder / "forged" / report
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("The Code is voluntary", "The Code is voluntary, and this system is certified"), "utf-8"
    )
    found = look(page, f"{address}/forged/{report}")
    path.write_text(text, encoding="utf-8")
    assert ["contradicted"] == [result for claim, result in found.items() if claim.startswith("This page is, byte for")]


def test_site_that_is_opened_from_disk_checks_its_pages_and_says_what_it_did_not(page: Page, folder: Path) -> None:
    found = look(page, (folder / "records/4.html").as_uri())
    assert {"verified", "untold"} == set(found.values())


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
def test_no_page_has_an_accessibility_violation_or_scrolls_sideways(
    page: Page, address: str, report: str, scheme: Literal["light", "dark"], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    folder = report.rpartition("/")[0]
    names = ["index.html", f"{folder}/index.html", f"{folder}/changes.html", "records/index.html", "records/9.html"]
    for name in [*names, report] if scheme == "dark" else names:
        page.goto(f"{address}/{name}", wait_until="networkidle")
        found = Axe().run(page, options=RULES)
        assert 0 == found.violations_count, f"{name}: {found.generate_report()}"
        assert width >= page.evaluate("document.documentElement.scrollWidth"), name
