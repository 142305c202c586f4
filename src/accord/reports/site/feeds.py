"""What other programs read of a site: an Atom feed (RFC 4287), a sitemap, and where crawlers find it."""

from collections.abc import Iterable, Mapping
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from accord.reports.site.models import SCHEMA, Home, Line
from accord.reports.text import format_stamp, seen

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def write_feed(home: Home, leaves: Mapping[int, str], url: str) -> bytes:
    """Return the feed of releases, newest first; `leaves` are the leaf hashes of their assessments, by index.

    Ids follow from the log, so they stay when the site moves. Without a `url` the links are relative (RFC 4287, 2).
    """
    feed = Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _text(feed, "title", f"{home.organisation}: reports on the G7 Code of Conduct")
    _text(feed, "id", _name(home.origin, ""))
    _text(feed, "updated", format_stamp(max(line.assessed for line in home.releases)))
    _text(SubElement(feed, "author"), "name", home.organisation)
    if url:
        SubElement(feed, "link", {"rel": "self", "href": f"{url}feed.xml", "type": "application/atom+xml"})
    SubElement(feed, "link", {"rel": "alternate", "href": f"{url}index.html", "type": "text/html"})
    for line in home.releases:
        _entry(feed, home, line, leaves[line.assessment], url)
    return _write(feed)


def _entry(feed: Element, home: Home, line: Line, leaf: str, url: str) -> None:
    entry = SubElement(feed, "entry")
    _text(entry, "title", f"{line.system} {line.version}")
    _text(entry, "id", _name(home.origin, leaf))
    _text(entry, "updated", format_stamp(line.assessed))
    SubElement(entry, "link", {"rel": "alternate", "href": f"{url}releases/{line.slug}/index.html"})
    _text(entry, "summary", f"A self-assessment, made on {format_stamp(line.assessed)}. It is not a certificate.")


def write_sitemap(url: str, paths: Iterable[str]) -> bytes:
    """Return the sitemap of these pages, whose paths are relative to the site's address."""
    root = Element("urlset", {"xmlns": _SITEMAP})
    for path in sorted(paths):
        _text(SubElement(root, "url"), "loc", f"{url}{path}")
    return _write(root)


def write_robots(url: str) -> bytes:
    """Return robots.txt (RFC 9309), which shuts nobody out; with a `url` it says where the sitemap is."""
    sitemap = f"\nSitemap: {url}sitemap.xml\n" if url else ""
    return f"User-agent: *\nAllow: /\n{sitemap}".encode()


def _name(origin: str, leaf: str) -> str:
    return uuid5(NAMESPACE_URL, f"{SCHEMA}/{origin}/{leaf}").urn


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = seen(text)  # XML has no place for control characters, not even escaped


def _write(root: Element) -> bytes:
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"
