"""Our own form of a report, in TOML or JSON: few members, of which two are needed."""

from collections.abc import Mapping
from typing import Any

from accord.errors import IntakeError
from accord.incidents.intake.report import Report, cut, propose

FORMAT = "accord-report/1"
NEEDED = ("title", "description")
VOCABULARY = ("category", "severity", "harms", "consequences", "occurred", "jurisdictions", "use", "source")
"""Members whose words are those of the record."""
WEAKNESS = ("cvss", "cwe", "detection", "resources", "relation")
"""Members of [security] whose words are those of the record; a component is the reporter's own words, and stays."""
TEXTS = ("steps", "affected", "system", "contact", "credit", "credit_name", "disclose_on", "links")
"""Members that stay in the report."""


def read_own(told: Mapping[str, Any], data: bytes, media_type: str) -> Report:
    """Return the report that a file in our own form holds; raise IntakeError for one that says too little."""
    if missing := [name for name in NEEDED if not isinstance(told.get(name), str) or not told[name].strip()]:
        wanted = f"a text for: {', '.join(NEEDED)}"
        raise IntakeError("This report says too little.", expected=wanted, found=f"no {', '.join(missing)}")
    security = told.get("security")
    weakness = {name: security[name] for name in WEAKNESS if name in security} if isinstance(security, dict) else {}
    proposed, notes = propose({**{name: told.get(name) for name in VOCABULARY}, "security": weakness})
    known = {"format", *NEEDED, *VOCABULARY, *TEXTS, "security"}
    if unknown := sorted(map(str, set(told) - known)):
        notes += (f"It has members that we do not know: {', '.join(unknown[:20])}.",)
    lines = [told["description"], *(f"{name}: {told[name]}" for name in TEXTS if name in told)]
    return Report(FORMAT, data, media_type, cut(told["title"]), cut("\n".join(lines)), proposed=proposed, notes=notes)
