"""Every format is read back: statuses, counts, figures with n and interval, and digests are the same in all of them."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import docx
import pytest
from huggingface_hub import ModelCard
from pypdf import PdfReader

from accord.evidence import Status
from accord.reports import COPIES, FORMATS, Content
from accord.reports.figures import figures
from accord.reports.html import format_page
from accord.reports.json_file import format_report
from accord.reports.text import format_share
from accord.verify.dossier import Proof

Figures = Counter[tuple[str, ...]]
_SHARE = r"\d+\.\d %"
_HEX = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Facts:
    """What a format says; none of what it does not carry. Digests are compared as far as a format names them."""

    statuses: Mapping[str, str] | None = None
    counts: Mapping[int, Mapping[str, int]] | None = None
    figures: Figures | None = None
    digests: frozenset[str] = frozenset()


def _share(value: float | None) -> str:
    return "not stated" if value is None else format_share(value).replace("\u00a0", " ")


def _figure(n: object, value: float | None, low: float | None, high: float | None) -> tuple[str, ...]:
    between = "" if low is None or high is None else f"{_share(low)} to {_share(high)}"
    return (str(n), _share(value), between)


def _expected(content: Content, *, whole: bool, stated: bool) -> Figures:
    """Return the figures: of all samples alone where a format has no parts, and those with a share where it says so."""
    metrics = [f.metric for f in figures(content)]
    held = [m for m in metrics if not (whole and m.group) and not (stated and m.value is None)]
    return Counter(_figure(m.n, m.value, m.low, m.high) for m in held)


def _counted(statuses: Mapping[str, str]) -> dict[int, dict[str, int]]:
    actions = sorted({int(clause.partition(".")[0]) for clause in statuses})
    return {
        action: dict(Counter(s for clause, s in statuses.items() if clause.startswith(f"{action}.")))
        for action in actions
    }


def _props(held: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in held.get("props", [])}


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def _read_json(data: bytes) -> Facts:
    told = Content.model_validate(json.loads(data)["content"])
    statuses = {c.id: str(c.status) for action in told.actions for c in action.clauses}
    counts = {a.number: {str(s): n for s, n in a.counts.items() if n} for a in told.actions}
    return Facts(
        statuses, counts, _expected(told, whole=False, stated=False), frozenset({told.model.sha256, told.log.root})
    )


def _read_html(data: bytes) -> Facts:
    page = data.decode().partition('<script type="application/json"')[0].replace("&nbsp;", " ").replace("\u00a0", " ")
    statuses = dict(re.findall(r'id="clause-([\d.]+)".*?<span class="badge s-([a-z-]+)">', page, re.DOTALL))
    counts = {
        int(number): {name.replace(" ", "-"): int(n) for n, name in re.findall(r'class="count">(\d+) ([a-z ]+)<', told)}
        for number, told in re.findall(r'id="action-(\d+)">.*?<p class="source">(.*?)</p>', page, re.DOTALL)
    }
    cell = r'data-label="{}">(.*?)</td>'
    rows = re.findall("".join(f"{cell.format(name)}.*?" for name in ("Share", "Interval", "Count")), page)
    shown: Figures = Counter()
    for share, interval, count in rows:
        between = re.match(rf"{_SHARE} to {_SHARE}", interval)
        n = re.search(r"of (\d+)", count)
        shown[(n[1] if n else "", share, between[0] if between else "")] += 1
    return Facts(statuses, counts, shown, frozenset(_HEX.findall(page)))


def _read_pdf(data: bytes) -> Facts:
    pages = PdfReader(io.BytesIO(data)).pages
    text = " ".join(" ".join(page.extract_text().split()) for page in pages).replace("\u00a0", " ")
    status = "|".join(s.replace("-", " ") for s in Status)
    listed = text.partition("Clause by clause")[2].partition("What was measured")[0]
    parts = re.split(r"(?<![\w.])(\d{1,2}\.\d{1,2})(?= [A-Z])", listed)
    statuses = {}
    for clause, told in zip(parts[1::2], parts[2::2], strict=True):
        said = re.findall(rf"(?:^|[. ])({status})(?= (?:measured|declared), |\s*$| \d+\. | \d+ / )", told)
        statuses[clause] = said[0].replace(" ", "-") if said else f"unread: {told[-80:]}"
    table = text.rpartition("What was measured")[2]
    shown = Counter(re.findall(rf"(\d+) ({_SHARE}) ({_SHARE} to {_SHARE})", table))
    return Facts(statuses, None, shown, frozenset(_HEX.findall(text)))


def _read_markdown(data: bytes) -> Facts:
    text = data.decode().replace("\u00a0", " ")
    statuses = dict(re.findall(r"^#### ([\d.]+): ([a-z-]+)$", text, re.MULTILINE))
    counts = {}
    for number, told in re.findall(r"^\| (\d+) \| .*? \| ((?:\d+ \| ){4}\d+) \|$", text, re.MULTILINE):
        held = zip(map(str, Status), map(int, told.split(" | ")), strict=True)
        counts[int(number)] = {name: n for name, n in held if n}
    shown: Figures = Counter()
    for row in re.findall(r"^\| (.*\\\..*) \|$", text.partition("## What was measured")[2], re.MULTILINE):
        cells = [cell.replace("\\", "") for cell in row.split(" | ")]
        shown[(cells[4], cells[5], cells[6] if re.fullmatch(rf"{_SHARE} to {_SHARE}", cells[6]) else "")] += 1
    return Facts(statuses, counts, shown, frozenset(_HEX.findall(text)))


def _read_card(data: bytes) -> Facts:
    card: Any = ModelCard(data.decode())
    counts = {
        int(number): {name: int(n) for n, name in re.findall(r"(\d+) ([a-z-]+)", told)}
        for number, told in re.findall(r"Action (\d+): (.*)", card.text.replace("\\", ""))
    }
    between = r"n=(\d+), 95% interval ([\d.]+) to ([\d.]+)"
    shown: Figures = Counter()
    for result in card.data.eval_results:
        found = re.search(between, result.metric_name)
        assert found
        shown[_figure(found[1], result.metric_value, float(found[2]), float(found[3]))] += 1
    return Facts(None, counts, shown, frozenset(_HEX.findall(card.text)))


def _read_csv(data: bytes) -> Facts:
    statuses = {row["clause"]: row["status"] for row in csv.DictReader(io.StringIO(data.decode(), newline=""))}
    return Facts(statuses, _counted(statuses))


def _read_catalog(data: bytes) -> Facts:
    catalog = json.loads(data)["catalog"]
    return Facts(digests=frozenset({_props(catalog["metadata"])["sha256"]}))


def _read_results(data: bytes) -> Facts:
    document = json.loads(data)["assessment-results"]
    (result,) = document["results"]
    statuses = {f["title"].split()[1].rstrip(":"): _props(f)["status"] for f in result["findings"]}
    (selected,) = result["reviewed-controls"]["control-selections"]
    outside = [c["control-id"].removeprefix("clause-") for c in selected["exclude-controls"]]
    statuses |= dict.fromkeys(outside, "not-applicable")
    told = [_props(o) for o in result["observations"] if o["types"] == ["metric"]]
    shown = Counter(_figure(p["n"], *(_number(p.get(name)) for name in ("value", "low", "high"))) for p in told)
    return Facts(statuses, _counted(statuses), shown, frozenset(_HEX.findall(data.decode())))


def _read_poam(data: bytes) -> Facts:
    return Facts(digests=frozenset(_HEX.findall(data.decode())))


def _read_form(data: bytes) -> Facts:
    return Facts(digests=frozenset(_HEX.findall(data.decode())))


def _read_docx(data: bytes) -> Facts:
    text = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)
    return Facts(digests=frozenset(_HEX.findall(text)))


READERS: dict[str, Callable[[bytes], Facts]] = {
    "html": _read_html, "json": _read_json, "pdf": _read_pdf, "markdown": _read_markdown, "model-card": _read_card,
    "csv": _read_csv, "gpai-docx": _read_docx, "gpai-md": _read_form, "gpai-json": _read_form,
    "oscal-catalog": _read_catalog, "oscal-results": _read_results, "oscal-poam": _read_poam,
}  # fmt: skip
WHOLE = {"html"}  # its parts stand in a table of their own
STATED = {"pdf", "model-card"}  # these are read by their intervals
MODEL = {"csv", "pdf", "oscal-catalog"}  # these do not name the model by its digest
ROOT = {"csv", "model-card", "oscal-catalog", "gpai-docx", "gpai-md", "gpai-json"}  # nor the log by its root


@pytest.fixture(scope="module")
def varied(content: Content) -> Content:
    """Return a report in which every status is there."""
    first = content.actions[0]
    clauses = tuple(c.model_copy(update={"status": Status.SUPPORTED}) if c.id == "1.3" else c for c in first.clauses)
    counts = {s: [c.status for c in clauses].count(s) for s in Status}
    action = first.model_copy(update={"clauses": clauses, "counts": counts})
    return content.model_copy(update={"actions": (action, *content.actions[1:])})


def _render(name: str, content: Content, proof: Proof) -> bytes:
    if name in COPIES:
        return COPIES[name][1](content)
    return format_page(content, proof).encode() if name == "html" else format_report(content, proof)


@pytest.mark.parametrize("name", [*FORMATS, *COPIES])
def test_every_format_says_the_same(name: str, varied: Content, proof: Proof) -> None:
    told = READERS[name](_render(name, varied, proof))
    statuses = {c.id: str(c.status) for action in varied.actions for c in action.clauses}
    assert told.statuses in (None, statuses)
    assert told.counts in (None, _counted(statuses))
    assert told.figures in (None, _expected(varied, whole=name in WHOLE, stated=name in STATED))
    assert name in MODEL or varied.model.sha256 in told.digests
    assert name in ROOT or varied.log.root in told.digests
    assert name != "oscal-catalog" or varied.edition.sha256 in told.digests


def test_what_a_format_carries_is_what_it_is_read_for(varied: Content, proof: Proof) -> None:
    held = {name: READERS[name](_render(name, varied, proof)) for name in ("html", "json", "markdown", "oscal-results")}
    assert [] == [name for name, told in held.items() if not (told.statuses and told.counts and told.figures)]


def test_a_share_whose_judge_nobody_can_rely_on_is_stated_nowhere(content: Content) -> None:
    doubtful = [f for f in figures(content) if f.doubt]
    assert doubtful
    assert all((f.metric.value, f.metric.low, f.metric.high) == (None, None, None) for f in doubtful)
    card: Any = ModelCard(COPIES["model-card"][1](content).decode())
    stated = {(r.metric_type, r.dataset_split) for r in card.data.eval_results}
    assert not stated & {(f.metric.id, f.metric.language) for f in doubtful}
