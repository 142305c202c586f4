"""The gate: whether a stage of the lifecycle may be passed, and every reason that speaks against it.

A pure function of what accord.toml says and what the log holds. Whatever is not shown blocks: no evidence is never a
pass. A person may override a reason for a time, by role and on record, but never a red line (fact P11).
"""

from accord.gate.models import FIRM, KINDS, Gate, Held, Kind, Reason
from accord.gate.passing import pass_gate
from accord.gate.scene import OVERRIDE_DAYS, find_stage
from accord.gate.tolerances import more_samples

__all__ = [
    "FIRM",
    "KINDS",
    "OVERRIDE_DAYS",
    "Gate",
    "Held",
    "Kind",
    "Reason",
    "find_stage",
    "more_samples",
    "pass_gate",
]
