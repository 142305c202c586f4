"""Draw docs/images/report.png, the picture of the README, from the report of `make demo` (needs Debian's chromium)."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "demo" / "report.html"
PICTURE = ROOT / "docs" / "images" / "report.png"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Take a picture of the report's first screen."""
    if not REPORT.exists():
        sys.exit(f"There is no {REPORT}: run make demo first.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 1250})
        page.goto(REPORT.as_uri())
        page.wait_for_selector("[data-worst]")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
