"""The page where users ask, in a real browser: it answers, is accessible, and shows a stranger's words as words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import IN_BROWSER
from PIL import Image
from playwright.sync_api import Browser, Page
from serving import serving

from accord.provenance.credentials import Maker, sign_content
from accord.provenance.keys import load_certificates, load_content_signer, make_content_signer
from accord.provenance.origin import LARGEST, origin_app

pytestmark = IN_BROWSER


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with content of the system, of another with a hostile name, and without a credential."""
    folder = tmp_path_factory.mktemp("content")
    make_content_signer(folder / "keys", "Acme", "Helpdesk", datetime.now(UTC))
    signer = load_content_signer(folder / "keys" / "signer.key", folder / "keys" / "signer.pem")
    Image.effect_noise((96, 64), 40).convert("RGB").save(folder / "bare.png")
    sign_content(folder / "bare.png", folder / "own.png", signer, Maker("Helpdesk", "1.0", "tiny", "ab" * 32))
    hostile = Maker("<img src=x onerror=alert(1)>", "1.0", "tiny", "ab" * 32)
    sign_content(folder / "bare.png", folder / "other.png", signer, hostile)
    return folder


@pytest.fixture
def page(browser: Browser, content: Path) -> Iterator[Page]:
    anchors = load_certificates(content / "keys" / "root.pem")
    with serving(origin_app("Helpdesk", anchors), LARGEST) as address:
        page = browser.new_page()
        page.goto(address)
        yield page
        page.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("own.png", "Yes: this system made it."),
        ("other.png", "No: another system made it."),
        ("bare.png", "It cannot be told."),
    ],
)
def test_the_page_answers_and_is_accessible(page: Page, content: Path, name: str, words: str) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    page.set_input_files("#file", content / name)
    page.wait_for_selector("#answer:not([hidden])")
    assert words == page.inner_text("#verdict")
    if name == "other.png":
        assert "<img src=x onerror=alert(1)>" in page.inner_text("#details")
    assert [] == alerts
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    assert 0 == found.violations_count, found.generate_report()


def test_a_file_of_no_known_type_is_not_sent_in_vain(page: Page, tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("x")
    page.set_input_files("#file", tmp_path / "a.xyz")
    page.wait_for_selector("#answer:not([hidden])")
    assert "Say which type the content has" in page.inner_text("#reason")
