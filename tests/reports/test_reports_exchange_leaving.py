"""What may leave of an incident at which level, from a log in which it is withheld."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from incident_cases import FACTS, SENDER, make_incident
from incident_events import make_incident_event

from accord.evidence import IncidentRecord, Opening, Records, Ref, SystemRecord, make_openings, read_entry, sign_record
from accord.evidence.incident_facts import Tlp
from accord.incidents import register
from accord.ledger import SigningKey
from accord.reports.exchange import FORMATS, LEVELS, Case, export
from accord.reports.exchange import make_case as clear

SECRET = ("title", "description", "relation", "affected", "security", "role", "source", "reason", "materials")
Leave = Callable[..., Case]


@pytest.fixture
def leave(key: SigningKey, now: datetime, declaration: Callable[..., SystemRecord]) -> Leave:
    """Return a factory of cases: a log in which what is marked above clear is withheld, and a level."""

    def make(
        tlp: str | None,
        level: Tlp,
        *later: IncidentRecord,
        withhold: Iterable[str] = SECRET,
        reserved: tuple[str, ...] = (),
    ) -> Case:
        system = declaration()
        first = sign_record(system, key)
        ref = read_entry(0, first, [key.public]).ref
        marked = FACTS | {"tlp": tlp, "source": "user", "systems": (Ref(index=0, leaf=ref.leaf),)}
        signal = make_incident_event(now, "signal", **marked)
        rows = [(signal, tuple(withhold)), *((one, tuple(withhold)) for one in later)]
        entries: list[tuple[bytes, tuple[Opening, ...]]] = [(first, ())]
        for record, names in rows:
            held = sorted(set(names) & record.model_fields_set & record.withholdable())
            openings = make_openings(record, held, bytes)
            entries.append((sign_record(record, key, openings), tuple(openings)))
        public = Records((read_entry(i, data, [key.public]) for i, (data, _) in enumerate(entries)), now)
        own = Records((read_entry(i, data, [key.public], held) for i, (data, held) in enumerate(entries)), now)
        return clear(register(own)[0], public, SENDER, level=level, at=now, reserved=reserved)

    return make


def _texts(case: Case) -> set[str]:
    """Return the secret words that are in any format."""
    words = {
        "Wrong doses",
        "A patient was told",
        "The system gave",
        "their families",
        "tokenizer",
        "Support desk",
        "news.example",
    }
    data = b"".join(_render(case, name) for name in FORMATS if name != "eu-gpai").decode()
    return {word for word in words if word in data}


def _render(case: Case, name: str) -> bytes:
    try:
        return FORMATS[name].render(case)
    except Exception as error:  # noqa: BLE001 - what a format refuses is shown by its own test
        return str(error).encode()


@pytest.mark.parametrize("marking", LEVELS[1:])
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_withheld_leaves_at_its_marking_and_above(leave: Leave, marking: Tlp, level: Tlp) -> None:
    case = leave(marking, level)
    allowed = LEVELS.index(level) >= LEVELS.index(marking)
    assert allowed == bool(_texts(case))
    assert allowed == (not case.hidden)
    marks = {mark.field: mark.fate for mark in export(case, "oecd-29").marks}
    assert ("direct" if allowed else "withheld") == marks["title"] == marks["security.component"]
    assert "direct" == marks["severity"] == marks["occurred"]


@pytest.mark.parametrize("marking", [None, "clear"])
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_withheld_for_another_reason_leaves_at_red_alone(leave: Leave, marking: Tlp | None, level: Tlp) -> None:
    assert (level == "red") == ("Wrong doses" in _texts(leave(marking, level)))


def test_what_accord_toml_withholds_leaves_at_red_alone(leave: Leave) -> None:
    assert {"tokenizer", "Wrong doses"} & _texts(leave("amber", "amber"))
    case = leave("amber", "amber", reserved=("title",))
    assert (None, "title" in case.hidden) == (case.said.get("title"), True)
    assert "Wrong doses of medicine" == leave("amber", "red", reserved=("title",)).said["title"]


def test_marking_down_to_clear_opens_nothing(leave: Leave, now: datetime) -> None:
    down = make_incident_event(now + timedelta(hours=1), "correct", tlp="clear", severity=None)
    for level in LEVELS[:-1]:
        assert set() == _texts(leave("amber", level, down))


def test_marking_up_closes_what_left_before(leave: Leave, now: datetime) -> None:
    up = make_incident_event(now + timedelta(hours=1), "correct", tlp="red", severity=None)
    assert _texts(leave("amber", "amber"))
    assert set() == _texts(leave("amber", "amber", up))


def test_what_is_public_leaves_beside_what_is_withheld(leave: Leave, now: datetime) -> None:
    told = make_incident_event(now + timedelta(hours=1), "correct", title="Advice that was wrong", severity=None)
    case = leave("amber", "clear", told, withhold=("description",))
    assert "Advice that was wrong" == case.said["title"]
    assert frozenset({"description"}) == case.hidden
    assert ["Helpdesk 1.0"] == [str(one) for one in case.systems]


def test_nothing_that_is_not_seen_is_left_in_a_text(leave: Leave) -> None:
    case = leave("clear", "clear", withhold=())
    hidden = "a\u202eb\u200bc\x1b[0m\x00\u2066d"
    record = case.incident.events[0].record.model_copy(update={"title": hidden, "affected": (hidden,)})
    events = (replace(case.incident.events[0], record=record),)  # a stranger may sign such a one
    case = replace(case, incident=replace(case.incident, events=events))
    for name in FORMATS:
        if name in {"eu-gpai", "openvex"}:
            continue
        data = json.dumps(json.loads(_render(case, name)), ensure_ascii=False)
        assert not set("\u202e\u200b\x1b\x00\u2066") & set(data)
        assert not {"\\u0000", "\\u001b"} & {data[i : i + 6] for i in range(len(data))}
    assert "a[U+202E]b[U+200B]c[U+001B][0m[U+0000][U+2066]d" == case.said["title"]


@pytest.mark.parametrize(("level", "known"), [("green", []), ("amber", ["AIID:1"]), ("red", ["AIID:1", "AIID:2"])])
def test_a_duplicate_has_a_marking_of_its_own(level: Tlp, known: list[str], now: datetime) -> None:
    other = make_incident(name="again", tlp="red", identifiers=("AIID:2",))
    owner = make_incident(tlp="amber", identifiers=("AIID:1",)).with_duplicates([other])
    case = clear(owner, Records([], now), SENDER, level=level, at=now)  # nothing of it is open
    assert (known, level != "red") == (case.list("identifiers"), "identifiers" in case.hidden)
