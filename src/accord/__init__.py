"""Accord: the G7 Code of Conduct for advanced AI, measured, signed and open to anyone's check.

The names in `__all__` are the public interface of the library, promised in SECURITY.md; each is loaded when it is
first asked for, so that `import accord` stays light. `assess` and `verify` are modules, each with the function of its
name: a package cannot offer a function under the name of one of its modules.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord import assess, verify
    from accord.checks import Check, Practice, check
    from accord.codes import load_code
    from accord.errors import AccordError
    from accord.evidence import Finding, Records
    from accord.ledger import Log
    from accord.manifest import System, load_system
    from accord.reports import FORMATS
    from accord.verify import Trust
    from accord.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "FORMATS",
    "AccordError",
    "Check",
    "Finding",
    "Log",
    "Practice",
    "Records",
    "System",
    "Trust",
    "Workspace",
    "assess",
    "check",
    "load_code",
    "load_system",
    "verify",
]

_HOMES = {
    "FORMATS": "reports",
    "AccordError": "errors",
    "Check": "checks",
    "Finding": "evidence",
    "Log": "ledger",
    "Practice": "checks",
    "Records": "evidence",
    "System": "manifest",
    "Trust": "verify",
    "Workspace": "workspace",
    "check": "checks",
    "load_code": "codes",
    "load_system": "manifest",
}
"""Where each name lives; a name of `__all__` that is not here is a module."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    if name not in __all__:
        msg = f"module 'accord' has no attribute {name!r}"
        raise AttributeError(msg)
    home = import_module(f"accord.{_HOMES.get(name, name)}")
    return getattr(home, name) if name in _HOMES else home
