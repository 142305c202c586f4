"""Checks: one pure function each, from the declared system and the records to a finding.

A new check is a new function in one of these files, or in another package under the entry point group
`accord.checks`; nothing else has to be edited.
"""

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from accord.checks.definition import Check, Practice, check
from accord.errors import AccordError
from accord.evidence import Finding, Records
from accord.manifest import System

__all__ = ["Check", "Practice", "check", "find", "load_checks"]


@cache
def load_checks() -> tuple[Check, ...]:
    """Return every check, sorted by id: the ones that Accord ships, and those of installed plug-ins."""
    names = [m.name for m in pkgutil.iter_modules(__path__, f"{__name__}.") if ".action" in m.name]
    modules = [import_module(name) for name in names]
    modules += [point.load() for point in entry_points(group="accord.checks")]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Check)]
    if len({c.id for c in found}) != len(found):
        raise AccordError("Two checks have the same id.", found=", ".join(sorted(c.id for c in found)))
    return tuple(sorted(found, key=lambda c: c.id))


def find(system: System, records: Records) -> tuple[Finding, ...]:
    """Run every check over the declared system and the records: deterministic, in the order of check ids."""
    return tuple(run(system, records) for run in load_checks())
