"""Whether a branch is protected, as an export of the forge's configuration says (clauses 6.2 and 6.5).

GitHub: `GET /repos/{owner}/{repo}/branches/{branch}/protection`. GitLab: one branch of
`GET /projects/{id}/protected_branches`. A person handed the export over, so it shows what the forge said then.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from accord.errors import AccordError
from accord.evidence import Sighting

_NOBODY = 0  # GitLab's access level "No access"
_DEVELOPER = 30


def look_at_forge(export: Path) -> Iterator[Sighting]:
    """Yield what an export says of its branch; raise AccordError where it is none that is known."""
    for title, holds in _read(export).items():
        yield Sighting(observation="forge.protected", subject=title, holds=holds)


def _read(export: Path) -> dict[str, bool]:
    try:
        value = json.loads(export.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _refusal(export, "no JSON") from error
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise _refusal(export, "several branches, or none")
    if "push_access_levels" in value:
        return _gitlab(value)
    if "allow_force_pushes" in value or "required_pull_request_reviews" in value:
        return _github(value)
    raise _refusal(export, "neither GitHub's nor GitLab's members")


def _github(value: Mapping[str, Any]) -> dict[str, bool]:
    reviews = value.get("required_pull_request_reviews")
    count = reviews.get("required_approving_review_count", 0) if isinstance(reviews, dict) else 0
    return {
        "a second person approves each change": isinstance(count, int) and count > 0,
        "history cannot be rewritten": not _enabled(value, "allow_force_pushes"),
        "the branch cannot be deleted": not _enabled(value, "allow_deletions"),
        "the rules hold for administrators": _enabled(value, "enforce_admins"),
        "commits must be signed": _enabled(value, "required_signatures"),
        "checks must pass": isinstance(value.get("required_status_checks"), dict),
    }


def _enabled(value: Mapping[str, Any], name: str) -> bool:
    held = value.get(name)
    return isinstance(held, dict) and held.get("enabled") is True


def _gitlab(value: Mapping[str, Any]) -> dict[str, bool]:
    levels = value.get("push_access_levels")
    pushes = [row.get("access_level") for row in levels if isinstance(row, dict)] if isinstance(levels, list) else []
    return {
        "nobody pushes without a merge request": bool(pushes) and all(level == _NOBODY for level in pushes),
        "developers cannot push": bool(pushes)
        and all(isinstance(level, int) and (level == _NOBODY or level > _DEVELOPER) for level in pushes),
        "history cannot be rewritten": value.get("allow_force_push") is False,
        "owners of the code approve": value.get("code_owner_approval_required") is True,
    }


def _refusal(export: Path, found: str) -> AccordError:
    return AccordError(
        "This is no export of a forge's configuration.",
        where=str(export),
        expected="the JSON of GitHub's branch protection, or of one of GitLab's protected branches",
        found=found,
    )
