"""Hostile text in every field of a report that holds text is neutral in every format: seen, and nothing else."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any, get_args

import docx
import pytest
import yaml
from markdown_it import MarkdownIt
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pypdf import PdfReader

from accord.reports import COPIES, FORMATS, Content
from accord.reports.html import format_page
from accord.reports.json_file import format_report
from accord.verify.dossier import Proof

HOSTILE = (
    '=1+1 <script>alert(1)</script><img src=x onerror=alert(2)> ]]></w:t> &lt;b&gt; #panic() #image("/etc/passwd") $x$ '
    "[a](javascript:b) | `c` *b* \\ {{7*7}} ${x} @SUM(A1) \x1b[31m\x07 \u202e\u200b\r\n"
    "# head\n---\n- x: &y !!python/none"
)
LINK = 'https://x.example/?a="><script>alert(3)</script>&b=](javascript:c)'
_LINKS = {"url", "urls", "address"}
_OURS = {"id", "language", "languages", "clauses", "number", "check", "fingerprint", "vkey", "sha256", "leaf", "root"}
"""Fields whose texts are ids, digests and names of languages that the records' own types check."""
_SEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u202e]")


def _is_text(field: FieldInfo) -> bool:
    kinds = (field.annotation, *get_args(field.annotation))
    return str in kinds and not any(_is_narrow(limit) for limit in field.metadata)


def _is_narrow(limit: object) -> bool:
    """Tell whether it is the pattern of an id; those of texts only forbid."""
    pattern = getattr(limit, "pattern", None)
    return bool(pattern) and not str(pattern).startswith("^[^")


def _poison(value: Any) -> Any:  # noqa: ANN401 - whatever a report holds
    if isinstance(value, BaseModel):
        told = {name: (field, getattr(value, name)) for name, field in type(value).model_fields.items()}
        return value.model_copy(update={name: _put(name, *held) for name, held in told.items()})
    return tuple(map(_poison, value)) if isinstance(value, tuple) else value


def _put(name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ANN401 - as above
    if name in _OURS or isinstance(value, dict):
        return value
    if type(value) is str:
        return (LINK if name in _LINKS else HOSTILE) if _is_text(field) else value
    if isinstance(value, tuple) and value and all(type(one) is str for one in value):
        return (LINK if name in _LINKS else HOSTILE,)
    return _poison(value)


@pytest.fixture(scope="module")
def poisoned(content: Content) -> Content:
    made: Content = _poison(content)
    names = made.declared.system.name, made.findings[0].summary, made.risk_register.risks[0].title
    assert (HOSTILE,) * 3 == names
    return made


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, dict):
        for name, held in value.items():
            yield from (name, *_texts(held))
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)
    elif isinstance(value, str):
        yield value


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = [("", {})]
        self.shown: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags[-1][0] not in {"script", "style"}:
            self.shown.append(data)


def _check_html(data: bytes) -> None:
    page = _Page()
    page.feed(data.decode())
    # Its data, and our own script that checks them; the policy of the page names that one by its digest.
    assert [{"type": "application/json", "id": "accord-report"}, {}] == [a for tag, a in page.tags if tag == "script"]
    assert not [a for _, a in page.tags for name in a if name.startswith("on")]
    assert not [a for tag, a in page.tags if tag == "img" or (a.get("href") or "").startswith("javascript")]
    assert not _SEEN.search("".join(page.shown))


def _check_json(data: bytes) -> None:
    assert not re.search(rb"[\x00-\x1f\x7f]", data)
    assert HOSTILE == json.loads(data)["content"]["declared"]["system"]["name"]  # data, to the letter


def _check_markdown(text: str) -> None:
    assert not _SEEN.search(text)
    tokens = [
        t for token in MarkdownIt("commonmark").enable("table").parse(text) for t in (token, *(token.children or ()))
    ]
    assert {"html_block", "html_inline", "image", "link_open"}.isdisjoint({token.type for token in tokens})
    assert "head" not in {t.content for t in tokens}  # no heading of a stranger's


def _check_card(data: bytes) -> None:
    head, body = data.decode().removeprefix("---\n").split("\n---\n", 1)
    assert {"language", "tags", "model-index"} == set(yaml.safe_load(head))
    assert not _SEEN.search(head)
    _check_markdown(body)


def _check_csv(data: bytes) -> None:
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert 1 == len({len(row) for row in rows})
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r")) or _SEEN.search(cell)]
    assert [cell for cell in cells if cell.startswith("'=1+1 <script>")]


def _check_oscal(data: bytes) -> None:
    texts = list(_texts(json.loads(data)))
    assert not [text for text in texts if _SEEN.search(text) or "\n" in text]
    told = {text for text in texts if "alert" in text}
    for text in sorted(told - {v for v in told if v.startswith("=1+1 <script>")}):
        _check_markdown(text)


def _check_plain_json(data: bytes) -> None:
    assert not re.search(rb"[\x00-\x1f\x7f]", data)
    json.loads(data)


def _check_docx(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    assert b"<script" not in parts["word/document.xml"]
    assert not [name for name in parts if "vba" in name.lower() or "embeddings" in name.lower()]
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
    assert "<script>alert(1)</script>" in text  # as text
    assert not _SEEN.search(text)


def _check_pdf(data: bytes) -> None:
    reader = PdfReader(io.BytesIO(data))
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert "#panic()" in text
    assert "root:" not in text
    assert not _SEEN.search(text.replace("\n", ""))
    assert b"/JavaScript" not in data


CHECKS: dict[str, Callable[[bytes], None]] = {
    "html": _check_html, "json": _check_json, "pdf": _check_pdf, "model-card": _check_card, "csv": _check_csv,
    "markdown": lambda data: _check_markdown(data.decode()), "gpai-docx": _check_docx, "gpai-json": _check_plain_json,
    "gpai-md": lambda data: _check_markdown(data.decode()), "oscal-catalog": _check_oscal,
    "oscal-results": _check_oscal, "oscal-poam": _check_oscal,
}  # fmt: skip


@pytest.mark.parametrize("name", [*FORMATS, *COPIES])
def test_hostile_text_is_neutral_in_every_format(name: str, poisoned: Content, proof: Proof) -> None:
    if name in COPIES:
        data = COPIES[name][1](poisoned)
    else:
        data = format_page(poisoned, proof).encode() if name == "html" else format_report(poisoned, proof)
    CHECKS[name](data)
