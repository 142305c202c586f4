"""Checks that read what the organisation declares: partial at best, with each thing unsaid as a gap."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accord.evidence import Basis, Finding, Status, SystemRecord
from accord.manifest import System

DECLARED = "It is declared; nothing measured it."
CHANNEL = {
    "kind": "vulnerability",
    "address": "mailto:security@acme.example",
    "audience": ["public"],
    "languages": ["en"],
}
CHANNELS = {"channels": [CHANNEL, CHANNEL | {"kind": "misuse"}]}
DATASET = {
    "id": "base",
    "title": "Base",
    "use": "pre-training",
    "licence": "CC0-1.0",
    "personal_data": "none",
    "rights": "Opt-outs were honoured.",
    "quality": "Deduplicated.",
}
OTHER = DATASET | {"id": "more", "title": "More"}
STATED = {
    "capabilities": ["Finds parcels."],
    "limitations": ["Knows no customs law."],
    "appropriate_uses": ["Parcels."],
    "inappropriate_uses": ["Legal advice."],
}
BEST: dict[str, dict[str, Any]] = {
    "a02.outside-reports": CHANNELS,
    "a02.accessible-channels": CHANNELS,
    "a03.capabilities-and-limits": {"system": STATED},
    "a07.ai-notice": {"system": {"ai_notice": "A line above the answer."}},
    "a11.data-quality": {"datasets": [DATASET]},
    "a11.privacy": {"datasets": [DATASET]},
    "a11.rights": {"datasets": [DATASET]},
}
each_check = pytest.mark.parametrize("check", BEST)

Run = Callable[..., Finding]
MakeSystem = Callable[..., System]
Declaration = Callable[..., SystemRecord]


UNSEEN = (
    "No page was looked at",
    "its texts were not scanned",
    "was not looked at",
    "no licence was looked for",
    "divulges",
    "gives away",
)


def _said(finding: Finding) -> list[str]:
    """Return the gaps of what is declared, without those of what a check also looks at."""
    return [gap for gap in finding.gaps if not any(part in gap for part in UNSEEN)]


@each_check
def test_nothing_declared_is_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, check: str
) -> None:
    finding = run(check, make_system(), [declaration()])
    assert (Status.NO_EVIDENCE, 1) == (finding.status, len(_said(finding)))


@each_check
def test_everything_declared_is_partial(
    run: Run, make_system: MakeSystem, declaration: Declaration, check: str
) -> None:
    finding = run(check, make_system(**BEST[check]), [declaration()])
    assert (Status.PARTIAL, Basis.DECLARED, [DECLARED]) == (finding.status, finding.basis, _said(finding))


@each_check
def test_expired_declaration_is_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, now: datetime, check: str
) -> None:
    finding = run(check, make_system(**BEST[check]), [declaration(expires=now)])
    assert (Status.NO_EVIDENCE, ["The declaration of the system has expired."]) == (finding.status, _said(finding))


@pytest.mark.parametrize(
    ("check", "changes", "gaps"),
    [
        ("a02.outside-reports", {"channels": [CHANNEL]}, ["There is no channel for reports of misuse."]),
        (
            "a02.outside-reports",
            {"channels": [CHANNEL | {"kind": "feedback"}]},
            ["There is no channel for reports of vulnerability.", "There is no channel for reports of misuse."],
        ),
        (
            "a02.accessible-channels",
            {"channels": [CHANNEL | {"audience": ["users"]}]},
            ["No channel is open to the public."],
        ),
        (
            "a02.accessible-channels",
            CHANNELS | {"system": {"languages": ["en", "ja"]}},
            ["The system is offered in ja, but no channel takes reports in it."],
        ),
        *(
            ("a03.capabilities-and-limits", {"system": STATED | {name: []}}, [f"accord.toml states no {name}."])
            for name in STATED
        ),
        (
            "a11.data-quality",
            {"datasets": [DATASET, OTHER | {"quality": None}]},
            ["“More”: nothing is said of its quality."],
        ),
        (
            "a11.privacy",
            {"datasets": [DATASET, OTHER | {"personal_data": "unknown"}]},
            ["“More”: it is not known whether it holds personal data."],
        ),
        ("a11.rights", {"datasets": [DATASET | {"licence": None}]}, ["“Base”: no licence is named."]),
        (
            "a11.rights",
            {"datasets": [DATASET | {"rights": None}]},
            ["“Base”: how opt-outs and rights were respected is not said."],
        ),
    ],
)
def test_what_is_not_declared_is_a_gap(
    run: Run, make_system: MakeSystem, declaration: Declaration, check: str, changes: dict[str, Any], gaps: list[str]
) -> None:
    finding = run(check, make_system(**changes), [declaration()])
    assert (Status.PARTIAL, [*gaps, DECLARED]) == (finding.status, _said(finding))


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("a11.data-quality", {"quality": None}),
        ("a11.privacy", {"personal_data": "unknown"}),
        ("a11.rights", {"licence": None, "rights": None}),
    ],
)
def test_dataset_of_which_nothing_is_said_is_no_evidence(
    run: Run, make_system: MakeSystem, declaration: Declaration, check: str, changes: dict[str, Any]
) -> None:
    finding = run(check, make_system(datasets=[DATASET | changes]), [declaration()])
    assert (Status.NO_EVIDENCE, 1) == (finding.status, len(_said(finding)))
