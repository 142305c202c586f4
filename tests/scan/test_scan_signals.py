"""What sources say of training is read as its conventions say, and hostile files are read within bounds."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ScanError
from accord.scan.sources import signals
from accord.scan.sources.optouts import READERS, find_sources, look_at_optouts
from accord.scan.sources.signals import LARGEST, read_ai_txt, read_headers, read_page, read_robots, read_tdmrep


def _told(found: object) -> dict[str, bool | None]:
    assert hasattr(found, "__iter__")
    return {signal.kind: signal.reserved for signal in found}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", {"robots.txt": False}),
        ("User-agent: *\nDisallow:\n", {"robots.txt": False}),
        ("User-agent: *\nDisallow: /\n", {"robots.txt": True}),
        ("User-agent: *\nDisallow: /private\n", {"robots.txt": False}),
        ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n", {"robots.txt": True}),
        ("User-agent: gptbot\r\nDisallow: /\r\n", {"robots.txt": True}),
        ("User-agent: Googlebot\nDisallow: /\n", {"robots.txt": False}),
        ("User-agent: *\nDisallow: /\nAllow: /$\n", {"robots.txt": False}),
        ("\ufeffUser-agent: *\nDisallow: /\n", {"robots.txt": True}),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\n", {"robots.txt": False, "Content-Signal": True}),
        ("content-signal: AI-Train = yes\n", {"robots.txt": False, "Content-Signal": False}),
        ("Content-Signal: ai-train=yes\nContent-Signal: ai-train=no\n", {"robots.txt": False, "Content-Signal": True}),
        ("Content-Signal: search=no\n", {"robots.txt": False, "Content-Signal": None}),
        ("Content-Signal: no-ai-training=no\n", {"robots.txt": False, "Content-Signal": None}),
    ],
)
def test_robots(text: str, told: dict[str, bool | None]) -> None:
    assert told == _told(read_robots(text.encode()))


@pytest.mark.parametrize(
    ("text", "reserved"),
    [
        ("User-Agent: *\nDisallow: *.txt\n", True),
        ("User-Agent: *\nDisallow: /\n", True),
        ("User-Agent: *\nDisallow: *.png # pictures\nAllow: *.txt\n", False),
        ("User-Agent: *\nDisallow: *.png\n", None),
        ("Allow: *.html\nDisallow: *.pdf\n", True),
        ("", None),
    ],
)
def test_ai_txt(text: str, *, reserved: bool | None) -> None:
    assert {"ai.txt": reserved} == _told(read_ai_txt(text.encode()))


@pytest.mark.parametrize(
    ("rules", "reserved"),
    [
        ([{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://a.org/p.json"}], True),
        ([{"location": "/", "tdm-reservation": 0}], False),
        ([{"location": "/a", "tdm-reservation": 0}, {"location": "/b", "tdm-reservation": 1}], True),
        ([], None),
    ],
)
def test_tdmrep(rules: list[object], *, reserved: bool | None) -> None:
    assert {"TDMRep": reserved} == _told(read_tdmrep(json.dumps(rules).encode(), "tdmrep.json"))


@pytest.mark.parametrize(
    "bad",
    [
        b"", b"{}", b"[1]", b'[{"location": "/"}]', b'[{"location": "/", "tdm-reservation": true}]', b"\xff\xfe",
        b'[{"location": "/", "tdm-reservation": 2}]', b"[" * 200_000, b'[{"a": 1, "a": 2}]', b"[NaN]",
        b'{"a":' * 100 + b"1" + b"}" * 100,
    ],
)  # fmt: skip
def test_what_is_no_tdmrep_is_refused(bad: bytes) -> None:
    with pytest.raises(ScanError):
        list(read_tdmrep(bad, "tdmrep.json"))


def test_headers_and_pages() -> None:
    assert {"TDMRep header": True} == _told(read_headers(b"HTTP/2 200\r\nTDM-Reservation: 1\r\n"))
    assert {"X-Robots-Tag": True} == _told(read_headers(b"x-robots-tag: googlebot: noai, noindex\n"))
    assert {"Content-Signal": True} == _told(read_headers(b"Content-Signal: ai-train=no\n"))
    assert {} == _told(read_headers(b"X-Robots-Tag: noindex\n"))
    assert {"TDMRep meta": True} == _told(read_page(b'<html><meta name="tdm-reservation" content="1">'))
    assert {"robots meta": True} == _told(read_page(b'<META NAME="robots" CONTENT="noai, noimageai">'))
    assert {} == _told(read_page(b"<p>noai</p>"))


HOSTILE = (
    b"User-agent: *\nDisallow: /\n" * 4_000_000, b"Disallow: /" + b"*a" * 5_000_000, b"\0" * 2_000_000,
    b"<" * 2_000_000,
    b"<!--" * 500_000, b"a" * 2_000_000, b"User-agent: GPTBot\n" * 100_000,
    b"Content-Signal: " + b"ai-train = " * 200_000,
    b'<meta name="' * 100_000, b"<![CDATA[" * 100_000, b"%" * 1_000_000, b"Allow: /%zz\n" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("reader", [read_robots, read_ai_txt, read_headers, read_page])
def test_hostile_files_end_soon(reader: object, number: int) -> None:
    assert callable(reader)
    begun = time.process_time()
    list(reader(HOSTILE[number]))
    assert time.process_time() - begun < 5


@given(st.binary(max_size=300), st.sampled_from(sorted(READERS)))
def test_any_bytes_give_signals_or_a_clear_error(data: bytes, name: str) -> None:
    try:
        found = list(READERS[name](data))
    except ScanError:
        return
    assert all(signal.kind and signal.reserved in {True, False, None} for signal in found)


def test_rules_beyond_the_first_bytes_are_not_read_and_it_is_said(tmp_path: Path) -> None:
    site = tmp_path / "a.org"
    site.mkdir()
    (site / "robots.txt").write_bytes(b"# nothing yet\n" * (LARGEST // 14 + 1) + b"User-agent: *\nDisallow: /\n")
    (seen,) = look_at_optouts(find_sources(tmp_path))
    assert (None, True) == (seen.holds, "only its first 512000 bytes were read" in seen.note)


def test_each_source_is_open_reserved_or_unknown(tmp_path: Path) -> None:
    said = {
        "open.org/robots.txt": "User-agent: *\nDisallow:\n",
        "reserved.org/.well-known/tdmrep.json": '[{"location": "/", "tdm-reservation": 1}]',
        "broken.org/tdmrep.json": "{",
        "mixed.org/robots.txt": "",
        "mixed.org/ai.txt": "User-Agent: *\nDisallow: *.txt\n",
        "silent.org/ai.txt": "",
    }
    for name, text in said.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "empty.org").mkdir()
    seen = {s.subject: s for s in look_at_optouts(find_sources(tmp_path))}
    assert {
        "open.org": True, "reserved.org": False, "broken.org": None, "mixed.org": False, "silent.org": None,
        "empty.org": None,
    } == {name: s.holds for name, s in seen.items()}  # fmt: skip
    assert "1 of 1 places are reserved" in seen["reserved.org"].note
    assert "not JSON" in seen["broken.org"].note
    assert "nothing is kept" == seen["empty.org"].note


def test_folder_without_sources_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="no sources"):
        find_sources(tmp_path)
    with pytest.raises(ScanError, match="cannot be read"):
        find_sources(tmp_path / "none")


def test_crawlers_are_named_once() -> None:
    folded = [name.casefold() for name in signals.CRAWLERS]
    assert sorted(set(folded)) == sorted(folded)
