"""A gate as SARIF 2.1.0 (OASIS, 27 March 2020): a rule for each kind of reason, a result for each reason."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accord import __version__
from accord.gate import KINDS, Gate, Reason
from accord.reports.text import visible

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(gate: Gate, at: datetime, uri: str, lines: Mapping[tuple[str | int, ...], int]) -> bytes:
    """Return the reasons of a gate as SARIF; `uri` names accord.toml, and `lines` tells where its keys stand.

    A reason that is overridden is suppressed, and its decision is the justification.
    """
    names = sorted({reason.kind for reason in gate.reasons})
    rules = [{"id": kind, "shortDescription": {"text": KINDS[kind]}} for kind in names]
    run = {
        "tool": {"driver": {"name": "Accord", "version": __version__, "rules": rules}},
        "automationDetails": {"id": f"accord-gate/{gate.stage}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": 0 if gate.passed else 1,
                "endTimeUtc": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(reason, names.index(reason.kind), uri, lines) for reason in gate.reasons],
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(whole, indent=2) + "\n").encode()


def _result(reason: Reason, rule: int, uri: str, lines: Mapping[tuple[str | int, ...], int]) -> dict[str, Any]:
    place = reason.place
    while place and place not in lines:
        place = place[:-1]
    overridden = reason.overridden_by
    return {
        "ruleId": reason.kind,
        "ruleIndex": rule,
        "level": "error" if reason.level == "block" else "note",
        "message": {"text": str(visible(reason.text))},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": lines.get(place, 1)}}}
        ],
        "partialFingerprints": {"accordReason/v1": str(visible(reason.id))},
        "properties": {"reason": str(visible(reason.id)), "records": [ref.index for ref in reason.records]},
        "suppressions": [
            {
                "kind": "external",
                "justification": f"Overridden by the decision in record {overridden.index}.",
            }
        ]
        if overridden
        else [],
    }
