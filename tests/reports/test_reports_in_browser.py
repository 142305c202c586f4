"""A report checks itself in its reader's browser: what was changed is contradicted, what cannot be told is said."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import IN_BROWSER
from playwright.sync_api import Browser, Page

from accord.ledger import format_json
from accord.reports import render_html
from accord.reports.scripting import read_script
from accord.verify import Proof

pytestmark = IN_BROWSER
BLOCK = re.compile(r'(?<=id="accord-report">).*?(?=</script>)', re.DOTALL)
READ = """() => ({
  state: document.querySelector("[data-state]").textContent,
  worst: document.getElementById("in-browser").dataset.worst,
  claims: Object.fromEntries([...document.querySelectorAll("[data-claims] > li")].map((li) =>
    [li.firstChild.textContent.trim(), li.querySelector(".checked").className.split("k-")[1]])),
})"""


@pytest.fixture(scope="module")
def html(proof: Proof) -> str:
    return render_html(proof).decode()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    return browser.new_page()


@pytest.fixture(scope="module")
def check(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    path = tmp_path_factory.mktemp("page") / "report.html"

    def look(text: str) -> Any:  # noqa: ANN401 - what the page says, as JSON
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri())
        page.wait_for_selector("#in-browser[data-worst]", state="attached")
        return page.evaluate(READ)

    return look


def change(html: str, edit: Callable[[Any], object]) -> str:
    """Return the page with its data edited, and spelled as before."""
    value = json.loads(BLOCK.findall(html)[0])
    edit(value)
    return BLOCK.sub(lambda _: format_json(value).decode().replace("<", "\\u003c"), html)


def sign_nothing(value: Any) -> None:  # noqa: ANN401 - JSON
    """Let a record say something else than was signed, in a tree that is sound."""
    entry = value["proof"]["entries"][4]
    data = base64.b64decode(entry["envelope"]).replace(b'"sig":"', b'"sig":"AA', 1)
    entry["envelope"] = base64.b64encode(data).decode()


def test_saved_page_verifies_itself_and_says_what_it_did_not_check(html: str, check: Callable[[str], Any]) -> None:
    found = check(html)
    results = set(found["claims"].values())
    assert ("withheld", {"verified", "untold", "withheld"}) == (found["worst"], results)
    assert {"Fields of record 9": "withheld"}.items() <= found["claims"].items()
    untold = [text for text, result in found["claims"].items() if result == "untold"]
    assert ["The risk register, incidents", "The files of records on this"] == [text[:28] for text in untold]


CLAUSES = [
    ('s-contradicted"><svg class="mark', 's-supported"><svg class="mark', "Clause 1.2"),
    ("contradicted</span>\n</div>", "supported</span>\n</div>", "Clause 1.3"),
    ("<p>Every declared tolerance holds. ", "<p>Every conceivable tolerance holds. ", "Clause 1.3"),
    ("<li>No independent party has recorded a test.</li>", "", "Clause 1.1"),
    ('href="#record-4">record 4', 'href="#record-3">record 3', "Clause 1.1"),
    ('<p class="clause-text">', '<p>Certified.</p><p class="clause-text">', "Clause 11.1"),
]
HEAD = [
    ('href="#m-contradicted"/></svg><svg', 'href="#m-supported"/></svg><svg', "The head"),
    ('data-label="Share">75.0', 'data-label="Share">95.0', "The head"),
    ("<h1><bdi>Helpdesk", "<h1><bdi>Trusted Helpdesk", "The head"),
]


@pytest.mark.parametrize("changes", [CLAUSES, *([change] for change in HEAD)])
def test_page_that_shows_something_else_is_contradicted(
    html: str, check: Callable[[str], Any], changes: list[tuple[str, str, str]]
) -> None:
    changed = html
    for old, new, _ in changes:
        assert old in changed
        changed = changed.replace(old, new)
    found = check(changed)
    told = {text for text, result in found["claims"].items() if result == "contradicted"}
    assert [] == [claim for _, _, claim in changes if not any(text.startswith(claim) for text in told)]
    assert found["state"].startswith("Something here is not what it claims to be.")


@pytest.mark.parametrize(
    "edit",
    [
        lambda v: v["content"]["actions"][0]["clauses"][0].update(status="supported"),
        lambda v: v["content"]["findings"][0].update(summary="All is well."),
        lambda v: v["content"]["runs"][0]["evaluation"]["metrics"][0].update(value=0.99),
        lambda v: v["content"]["declared"]["system"].update(name="Another"),
        lambda v: v["content"]["records"][3].update(leaf="00" * 32),
        lambda v: v["proof"]["artifacts"].update({next(iter(v["proof"]["artifacts"])): "[]"}),
        lambda v: v["proof"].update(checkpoint=v["proof"]["checkpoint"].replace("\n42\n", "\n41\n")),
        lambda v: v["proof"]["entries"].pop(),
        lambda v: v["proof"]["entries"][5]["inclusion"].reverse(),
        sign_nothing,
    ],
)
def test_data_that_was_not_signed_is_contradicted(
    html: str, check: Callable[[str], Any], edit: Callable[[Any], object]
) -> None:
    assert "contradicted" == check(change(html, edit))["worst"]


def test_data_that_can_be_read_in_two_ways_is_not_believed(html: str, check: Callable[[str], Any]) -> None:
    twice = html.replace('id="accord-report">{"content":', 'id="accord-report">{"content":{},"content":')
    assert ["untold"] == list(check(twice)["claims"].values())


def test_reader_compares_the_key_with_one_of_their_own(html: str, check: Callable[[str], Any], page: Page) -> None:
    check(html)
    fingerprint = re.findall(r"--key (sha256:[0-9a-f]{64})", html)[0]
    page.locator("#in-browser summary").click()
    for given, result in ((fingerprint, "verified"), (fingerprint[:-1] + "x", "contradicted")):
        page.get_by_label("The fingerprint").fill(given)
        assert page.locator(f"[data-key] .k-{result}").is_visible()


def test_withheld_fields_are_said_to_be_withheld(html: str, check: Callable[[str], Any], page: Page) -> None:
    check(html)
    said = page.locator(".records .k-withheld").all_inner_texts()
    assert ["withheld: log, metrics, scores"] == [text.partition("here: ")[2] for text in said][:1]


def test_without_scripts_the_page_says_that_nothing_was_checked(browser: Browser, html: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.goto((tmp_path / "report.html").as_uri())
    said = page.locator("#in-browser").inner_text()
    page.close()
    assert "Nothing was checked here: scripts are off" in said


def test_without_webcrypto_the_page_says_that_nothing_was_checked(browser: Browser, html: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(window, 'crypto', {value: {}})")
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("#in-browser[data-worst=untold]", state="attached")
    said = (page.locator("[data-state]").inner_text(), page.locator(".checked").count())
    page.close()
    assert (True, 0) == (said[0].startswith("Nothing was checked: this browser has no WebCrypto"), said[1])


@pytest.fixture
def core(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Return a page that has the functions of the script, and does nothing."""
    (tmp_path / "core.html").write_text("<!DOCTYPE html><title>core</title>", encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "core.html").as_uri())
    page.add_script_tag(content=read_script("report").partition("// report.html:")[0])
    yield page
    page.close()


@pytest.mark.vectors
def test_signatures_are_judged_as_wycheproof_has_them(core: Page, vectors: Path) -> None:
    groups = json.loads((vectors / "wycheproof/ed25519_test.json").read_text(encoding="utf-8"))["testGroups"]
    cases = [[g["publicKey"]["pk"], t["sig"], t["msg"], t["result"]] for g in groups for t in g["tests"]]
    judged = core.evaluate(
        """(cases) => Promise.all(cases.map(async ([pk, sig, msg]) => {
          const key = { handle: await importKey(unhex(pk)) };
          const found = await attempt({}, () => checkSignature(key, unhex(sig), unhex(msg)));
          return found.result === "verified" ? "valid" : "invalid";
        }))""",
        cases,
    )
    assert (151, [case[3] for case in cases]) == (len(cases), judged)


@pytest.mark.vectors
def test_inclusion_is_judged_as_the_vectors_have_it(core: Page, vectors: Path) -> None:
    files = sorted((vectors / "merkle/inclusion").rglob("*.json"))
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    fit = [c for c in cases if c["leafIdx"] < 2**53 and c["treeSize"] < 2**53]  # JavaScript's own numbers
    judged = core.evaluate(
        """(cases) => Promise.all(cases.map(async ({ leafIdx, treeSize, leafHash, proof, root }) => {
          const bytes = [leafHash, root, ...(proof || [])].map((text) => unbase64(text || ""));
          const found = await attempt({}, () => checkInclusion(leafIdx, treeSize, bytes[0], bytes.slice(2), bytes[1]));
          return found.result !== "verified";
        }))""",
        fit,
    )
    assert [case["wantErr"] for case in fit] == judged
    assert len(fit) > 50


def test_key_of_small_order_is_refused(core: Page) -> None:
    points = core.evaluate(
        "SMALL.flatMap((p) => [p, p.slice(0, 62) + (parseInt(p.slice(62), 16) | 0x80).toString(16)])"
    )
    assert (14, [False] * 14) == (len(points), core.evaluate("(all) => all.map((p) => isPoint(unhex(p)))", points))
