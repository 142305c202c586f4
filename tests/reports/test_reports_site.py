"""A published site: whole, the same for the same log, written only where it changed, and neutral to what it quotes."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from site_scene import NOW, release_again

from accord.cli import accord
from accord.errors import ReportError
from accord.evidence import AssessmentRecord, Basis, Erasing, ErasureRecord, Origin, ReportRecord
from accord.ledger import SigningKey, digest
from accord.reports import FORMATS, LANGUAGES, RENDERERS
from accord.reports.html import format_page
from accord.reports.site import Site, build_site, write_site
from accord.reports.site.feeds import write_feed
from accord.reports.site.models import SCHEMA, Changes, Home, Line, RecordFile, RecordPage
from accord.reports.site.pages import NAMES, render, render_record
from accord.verify import Result, Trust, verify
from accord.verify.report_file import strip_site
from accord.workspace import Workspace

URL = "https://acme.example/ai/"
PAGES = {"en": format_page}
SIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----\n"
HOSTILE = [
    "</script><script>alert(1)",
    '"><img src=x onerror=alert(1)>',
    "\u202egpj.exe",
    "a\x00\x1b[2J\ufffe",
    "]]>&amp;",
    "{{7*7}}",
]
Sample = Callable[..., Workspace]


class Links(HTMLParser):
    """The tags of a page, and where its links lead."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[str]]] = []
        self.found: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, sorted(name for name, _ in attrs)))
        self.found += [value or "" for name, value in attrs if name == "href"]


@pytest.fixture(scope="module")
def workspace(make_workspace: Sample, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    space = make_workspace(tmp_path_factory.mktemp("space"))
    build_site(space, PAGES, NOW)
    release_again(space)
    return space


@pytest.fixture(scope="module")
def site(workspace: Workspace) -> Site:
    return build_site(workspace, PAGES, NOW, url=URL, security=SIGNED)


@pytest.fixture(scope="module")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "public"
    write_site(site, out)
    return out


def test_same_log_gives_the_same_files_whenever_and_nothing_is_recorded_twice(workspace: Workspace, site: Site) -> None:
    size = workspace.log().size
    again = build_site(workspace, PAGES, NOW.replace(year=2027), url=URL, security=SIGNED)
    assert (dict(site.files), size) == (dict(again.files), workspace.log().size)


def test_second_publish_writes_nothing_and_a_changed_file_is_mended(site: Site, folder: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert ((), ()) == (write_site(site, folder).written, write_site(site, folder).removed)
    assert times == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    (folder / "records/4.html").write_text("forged", encoding="utf-8")
    assert ("records/4.html",) == write_site(site, folder).written


def test_every_link_leads_to_a_file_of_the_site_or_was_declared(site: Site) -> None:
    broken = []
    for path, data in site.files.items():
        if path.endswith(".html") and isinstance(data, bytes):
            for link in Links(data).found:
                parts = urlsplit(link)
                if not parts.scheme and parts.path:
                    place = PurePosixPath("/", path).parent / parts.path
                    resolved = str(Path(str(place)).resolve()).lstrip("/")
                    broken += [] if resolved in site.files else [(path, link)]
                elif parts.scheme:
                    assert parts.scheme in {"https", "mailto"}
    assert [] == broken


def test_every_page_has_its_json_beside_it(site: Site) -> None:
    pages = [path for path in site.files if path.endswith(".html")]
    assert [] == [path for path in pages if f"{path[:-4]}json" not in site.files]
    assert {"https://w3id.org/accord-code/site/v1", "https://w3id.org/accord-code/report/v1"} == {
        json.loads(data)["schema"]
        for path, data in site.files.items()
        if path.endswith(".json") and isinstance(data, bytes)
    }


def test_log_and_reports_of_the_site_verify(workspace: Workspace, folder: Path) -> None:
    trust = Trust((workspace.public_key().vkey,))
    for path in (folder / "log", *sorted(folder.glob("releases/*/report.*"))):
        claims = verify(path, trust=trust, now=NOW, renderers=FORMATS).claims
        form = [c for c in claims if c.id.startswith(("checkpoint", "log", "record.", "report."))]
        assert [] == [c for c in form if c.result not in {Result.VERIFIED, Result.WITHHELD, Result.CANNOT_TELL}]
        assert all(c.result == Result.VERIFIED for c in form if c.id.endswith((".content", ".proof")))


def test_the_log_is_read_by_the_same_bytes_as_in_the_workspace(workspace: Workspace, folder: Path) -> None:
    files = {p.relative_to(folder / "log"): p.read_bytes() for p in (folder / "log").rglob("*") if p.is_file()}
    assert files == {path: (workspace.ledger / path).read_bytes() for path in files}


def test_log_binds_the_bytes_of_each_report(workspace: Workspace, site: Site) -> None:
    records = {e.ref.index: e.record for e in workspace.records(NOW).of(ReportRecord)}
    for release in site.releases:
        page = site.files[f"releases/{release.line.slug}/report.html"]
        assert isinstance(page, bytes)
        assert release.line.recorded is not None
        assert records[release.line.recorded].files["report.html"] == digest(strip_site(page))


def test_changes_are_told_clause_by_clause_and_figures_only_where_they_were_measured_alike(site: Site) -> None:
    slug = site.releases[-1].line.slug
    changes = json.loads(site.files[f"releases/{slug}/changes.json"])  # type: ignore[arg-type] # bytes here
    assert {
        "1.1": ("partial", "partial"),
        "1.2": ("contradicted", "no-evidence"),
        "1.3": ("contradicted", "supported"),
    } == {c["id"]: (c["before"], c["after"]) for c in changes["clauses"]}
    assert ["The red-team exercise is old."] == changes["clauses"][0]["opened"]
    assert [("refusal.harmful", 0.75, 0.916667)] == [
        (m["metric"], m["before"]["value"], m["after"]["value"]) for m in changes["metrics"][:1]
    ]
    assert [("bias", "they differ in the seed (1, 2)")] == [(a["suite"], a["why"]) for a in changes["apart"]]


def test_withheld_fields_are_named_and_their_text_is_nowhere(workspace: Workspace, folder: Path) -> None:
    closed = json.loads((folder / "records/9.json").read_text(encoding="utf-8"))
    assert {"log", "metrics", "scores"} == set(closed["statement"]["predicate"]["withheld"])
    assert "withheld: log, metrics, scores" in (folder / "records/index.html").read_text(encoding="utf-8")
    private = {p.name for p in (workspace.keys, workspace.openings.folder) if p.exists()}
    assert not private & {part for path in folder.rglob("*") for part in path.relative_to(folder).parts}


def test_feed_is_well_formed_and_its_ids_do_not_hang_on_the_address(site: Site, workspace: Workspace) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed, bare = (ET.fromstring(s.files["feed.xml"]) for s in (site, build_site(workspace, PAGES, NOW)))  # type: ignore[arg-type] # noqa: S314 - our own
    ids = [[e.text for e in one.iter(f"{atom}id")] for one in (feed, bare)]
    assert (3, ids[0]) == (len(set(ids[0])), ids[1])
    assert {"title", "id", "updated", "author", "entry", "link"} == {e.tag.removeprefix(atom) for e in feed}
    newest = next(feed.iter(f"{atom}entry")).find(f"{atom}link")
    assert newest is not None
    assert f"{URL}releases/{site.releases[-1].line.slug}/index.html" == newest.get("href")


def test_sitemap_names_every_page(site: Site) -> None:
    root = ET.fromstring(site.files["sitemap.xml"])  # type: ignore[arg-type] # noqa: S314 - our own
    named = {element.text for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    assert {f"{URL}{path}" for path in site.files if path.endswith(".html")} == named


@pytest.mark.parametrize(
    "mark", [None, "{}", '{"schema": "https://w3id.org/accord-code/site/v1", "origin": "other", "files": {}}']
)
def test_folder_that_is_no_site_of_this_log_is_left_alone(site: Site, tmp_path: Path, mark: str | None) -> None:
    (tmp_path / "index.html").write_text("precious", encoding="utf-8")
    if mark:
        (tmp_path / "site.json").write_text(mark, encoding="utf-8")
    with pytest.raises(ReportError, match="not a site of this log"):
        write_site(site, tmp_path)
    assert "precious" == (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["../precious", "/etc/passwd", "records/../../x.json", "notes.txt"])
def test_mark_that_names_foreign_files_removes_none(site: Site, tmp_path: Path, path: str) -> None:
    value = {"schema": SCHEMA, "origin": site.origin, "files": {path: "00"}}
    (tmp_path / "site.json").write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(ReportError, match="not a site of this log"):
        write_site(site, tmp_path)


def test_files_that_are_no_longer_of_the_site_go_and_those_of_others_stay(site: Site, tmp_path: Path) -> None:
    write_site(site, tmp_path)
    (tmp_path / "CNAME").write_text("acme.example", encoding="utf-8")
    fewer = {path: data for path, data in site.files.items() if not path.startswith("releases/")}
    assert not [p for p in write_site(Site(site.origin, fewer, ()), tmp_path).removed if not p.startswith("releases/")]
    assert (False, True) == ((tmp_path / "releases").exists(), (tmp_path / "CNAME").exists())


def test_a_site_that_was_stopped_half_way_is_finished(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, replace = [], Path.replace

    def stop(self: Path, target: Path) -> Path:
        written.append(target.name)
        if len(written) == 9:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(ReportError, match="cannot be written"):
        write_site(site, tmp_path)
    assert ("index.html" in written, list(tmp_path.rglob("*.tmp"))) == (False, [])
    monkeypatch.undo()
    assert write_site(site, tmp_path).kept == 7


def test_release_whose_text_was_erased_stays_in_the_history_without_its_report(sample: Sample) -> None:
    space = sample()
    build_site(space, PAGES, NOW)
    release_again(space)
    records = space.records(NOW)
    old = records.of(AssessmentRecord)[0]
    space.append([ErasureRecord(made=NOW, erased=old.record.findings, records=(old.ref,), reason=Erasing.ORDER)])
    space.artifacts.erase(old.record.findings.sha256)
    site = build_site(space, PAGES, NOW)
    gone, newest = site.releases
    assert ("erased or withheld" in gone.line.reason, {}, bool(newest.files)) == (True, gone.files, True)
    assert "can no longer be made" in _text(site, "index.html")
    assert "Nothing can be compared" in _text(site, f"releases/{newest.line.slug}/changes.html")


def _text(site: Site, path: str) -> str:
    data = site.files[path]
    assert isinstance(data, bytes)
    return data.decode()


def _line(text: str) -> Line:
    return Line(
        slug="2026-11-23-1", assessment=1, assessed=NOW, system=text, version=text, organisation=text, model=text,
        reports={}, reason=text,
    )  # fmt: skip


@given(st.text(min_size=1) | st.sampled_from(HOSTILE))
@settings(max_examples=25)
def test_hostile_text_makes_no_element_in_pages_and_feed(text: str) -> None:
    line, blank = _line(text), _line("x")
    told = {"address": "https://a.example", "origin": "o", "vkey": "v", "fingerprint": "f", "size": 1, "security": True}
    pages = [("index", Home(organisation=t, releases=(one,), **told)) for t, one in ((text, line), ("x", blank))]
    first, second = (Links(render(name, page, "")).tags for name, page in pages)
    assert first == second
    change = {"clauses": (), "same": 0, "metrics": (), "apart": ()}
    changed = [Changes(earlier=one, later=one, reason=t, **change) for t, one in ((text, line), ("x", blank))]
    assert Links(render("changes", changed[0], "")).tags == Links(render("changes", changed[1], "")).tags
    feeds = [ET.fromstring(write_feed(page, {1: "00"}, "")) for _, page in pages]  # noqa: S314 - our own
    assert [e.tag for e in feeds[0].iter()] == [e.tag for e in feeds[1].iter()]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_record_makes_no_element_and_is_read_as_it_was_signed(text: str, key: SigningKey) -> None:
    page, blank = (
        RecordPage(
            index=1, kind="x", about=t, basis=Basis.DECLARED, origin=Origin.SELF, made=NOW, expires=None,
            withheld=(t,), releases=(_line(t),),
        )
        for t in (text, "x")
    )  # fmt: skip
    file = RecordFile(
        index=1, leaf="00" * 32, entry="", inclusion=(), checkpoint=f"{text}\n1\n", vkey=key.public.vkey, signer="s",
        statement={"a": text},
    )  # fmt: skip
    shown = render_record(page, file)
    assert Links(shown).tags == Links(render_record(blank, file.model_copy(update={"statement": {"a": "x"}}))).tags
    assert b"\x1b" not in shown
    assert "\u202e" not in shown.decode().partition('id="accord-record">')[0]


def test_command_publishes_and_says_when_nothing_is_new(sample: Sample, tmp_path: Path) -> None:
    workspace = sample()
    given = ["publish", str(workspace.root), "--output", str(tmp_path / "public"), "--url", "https://acme.example/ai"]
    first, second, third = (
        CliRunner().invoke(accord, [*given, *more], catch_exceptions=False) for more in ([], [], ["--json"])
    )
    assert "accord verify" in first.output
    assert second.output.startswith("Nothing is new")
    assert ([], []) == (json.loads(third.output)["written"], json.loads(third.output)["removed"])
    assert f"{URL}sitemap.xml" in (tmp_path / "public/robots.txt").read_text(encoding="utf-8")


def test_every_language_has_its_report_under_its_own_name(sample: Sample, tmp_path: Path) -> None:
    workspace, out = sample(), tmp_path / "public"
    given = ["publish", str(workspace.root), "--output", str(out), "--language", "ja", "--json"]
    (line,) = json.loads(CliRunner().invoke(accord, given, catch_exceptions=False).output)["releases"]
    assert {"en": "report.html", "ja": "report.ja.html"} == line["reports"]
    assert 'lang="ja">日本語</a>' in (out / "index.html").read_text(encoding="utf-8")
    claims = verify(
        out / f"releases/{line['slug']}/report.ja.html",
        trust=Trust((workspace.public_key().vkey,)),
        now=NOW,
        renderers=RENDERERS,
    ).claims
    assert ["verified"] == [c.result for c in claims if c.id.endswith(".content")]
    assert set(LANGUAGES) == set(NAMES)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/?q", "acme.example", 'https://a.example/"'])
def test_command_refuses_an_address_that_is_none(workspace: Workspace, tmp_path: Path, url: str) -> None:
    given = ["publish", str(workspace.root), "--output", str(tmp_path / "public"), "--url", url]
    assert 2 == CliRunner().invoke(accord, given).exit_code
    assert not (tmp_path / "public").exists()
