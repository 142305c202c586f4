"""A whole site as its files by path: a pure function of the log, the artifacts beside it, and what was asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from accord.ledger import Log
from accord.ledger.tiles import Tile
from accord.reports.site.changes import find_changes
from accord.reports.site.evidence import find_evidence
from accord.reports.site.feeds import write_feed, write_robots, write_sitemap
from accord.reports.site.models import ActionLines, ClauseLine, Home, ReleasePage
from accord.reports.site.pages import render, render_json, render_record
from accord.reports.site.releases import Pages, Release, find_releases, record_files
from accord.verify.archive import Part
from accord.verify.bundle import ledger_tiles
from accord.verify.report_file import add_site
from accord.workspace import Workspace

SECURITY = ".well-known/security.txt"


@dataclass(frozen=True)
class Site:
    """The files of a site by path, in the order in which they are written: what leads to others comes last."""

    origin: str
    files: Mapping[str, Part]
    releases: tuple[Release, ...]


def build_site(workspace: Workspace, pages: Pages, now: datetime, *, url: str = "", security: bytes = b"") -> Site:
    """Return the site of a workspace; what its reports say is bound by a record, appended only where none does.

    `url` is where the site will be, with a slash at its end: a sitemap needs it. `security` is a signed security.txt.
    Raises ReportError where there is nothing to publish.
    """
    releases = record_files(workspace, find_releases(workspace, pages, now), now)
    log = workspace.log()
    home = _home(workspace, log, releases, bool(security))
    leaves = {release.entry.ref.index: release.entry.ref.leaf for release in releases}
    files: dict[str, Part] = {
        **_tiles(log),
        **dict(_evidence(workspace, releases, now)),
        **dict(_releases(releases, home.fingerprint)),
        "log/checkpoint": log.signed_checkpoint,
        "robots.txt": write_robots(url),
        "feed.xml": write_feed(home, leaves, url),
        **({SECURITY: security} if security else {}),
        "index.json": render_json(home),
        "index.html": render("index", home, ""),
    }
    if url:
        files |= {"sitemap.xml": write_sitemap(url, (p for p in files if p.endswith(".html")))}
    return Site(log.origin, files, releases)


def _home(workspace: Workspace, log: Log, releases: tuple[Release, ...], security: bool) -> Home:  # noqa: FBT001 - a fact
    key, newest = workspace.public_key(), releases[-1].content
    organisation = newest.declared.organisation if newest else None
    return Home(
        organisation=organisation.name if organisation else log.origin,
        address=(organisation.url or "") if organisation else "",
        origin=log.origin,
        vkey=key.vkey,
        fingerprint=key.fingerprint,
        size=log.size,
        releases=tuple(release.line for release in reversed(releases)),
        security=security,
    )


def _tiles(log: Log) -> dict[str, Part]:
    return {f"log/{tile.path}": _tile(log, tile) for tile in ledger_tiles(log.size)}


def _tile(log: Log, tile: Tile) -> Part:
    # A writer may replace a partial tile at any time, so it is read now; full ones stay as they are.
    return log.folder / tile.path if tile == tile.full else log.read_tile(tile)


def _evidence(workspace: Workspace, releases: tuple[Release, ...], now: datetime) -> Iterator[tuple[str, bytes]]:
    evidence, held = find_evidence(workspace, releases, now)
    for page in evidence.records:
        file = held[page.index]
        yield f"records/{page.index}.json", render_json(file)
        yield f"records/{page.index}.html", render_record(page, file)
    yield "records/index.json", render_json(evidence)
    yield "records/index.html", render("evidence", evidence, "../")


def _releases(releases: tuple[Release, ...], fingerprint: str) -> Iterator[tuple[str, bytes]]:
    for at, release in enumerate(releases):
        folder = f"releases/{release.line.slug}"
        earlier = releases[at - 1] if at else None
        for name, data in release.files.items():
            yield f"{folder}/{name}", add_site(data) if name.endswith(".html") else data
        if earlier:
            changes = find_changes(earlier, release)
            yield f"{folder}/changes.json", render_json(changes)
            yield f"{folder}/changes.html", render("changes", changes, "../../")
        page = ReleasePage(
            line=release.line,
            fingerprint=fingerprint,
            actions=tuple(_actions(release)),
            previous=earlier.line.slug if earlier else None,
            recorded=release.line.recorded,
        )
        yield f"{folder}/index.json", render_json(page)
        yield f"{folder}/index.html", render("release", page, "../../")


def _actions(release: Release) -> Iterator[ActionLines]:
    content = release.content
    if content is None:
        return
    for action in content.actions:
        yield ActionLines(
            number=action.number,
            title=action.title,
            clauses=tuple(
                ClauseLine(
                    id=clause.id,
                    status=clause.status,
                    basis=clause.basis,
                    origin=clause.origin,
                    summaries=tuple(content.findings[place].summary for place in clause.findings),
                    records=tuple(
                        dict.fromkeys(r.index for place in clause.findings for r in content.findings[place].evidence)
                    ),
                )
                for clause in action.clauses
            ),
        )
