"""The attack matrix: every forgery that we know of, carried out on a copy of a log, and what sees through it.

A new attack is a new function in one of these files; nothing else has to be edited but the generated page.
"""

from accord.verify.attacks import bundle, formats, log, records
from accord.verify.attacks.case import Case
from accord.verify.attacks.definition import Attack, Defence, attack
from accord.verify.attacks.harness import Outcome, run_attacks
from accord.verify.attacks.outsiders import Authority

ATTACKS: tuple[Attack, ...] = tuple(
    value for module in (log, bundle, records, formats) for value in vars(module).values() if isinstance(value, Attack)
)
"""Every attack, in the order of the files."""

AREAS = {
    "log": "The log",
    "bundle": "Bundles and reports",
    "records": "What records say",
    "formats": "How bytes are read",
}
"""What is attacked, by the name of the file."""

__all__ = ["AREAS", "ATTACKS", "Attack", "Authority", "Case", "Defence", "Outcome", "attack", "run_attacks"]
