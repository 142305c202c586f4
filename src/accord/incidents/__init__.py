"""Incidents: what signed events leave of each, the deadlines that run, and what the public is told.

A pure fold, never a table that can be edited. What does not fit is left out and named (`misfits`).
"""

from accord.incidents.clocks import Clock, Rule, clocks, load_rules, rules
from accord.incidents.criteria import CRITERIA, Criterion, missing, spoken
from accord.incidents.folding import misfits, possible, register, require_fit
from accord.incidents.incident import Event, Incident, Misfit, State
from accord.incidents.notice import Publisher, make_notice, write_notice

__all__ = [
    "CRITERIA",
    "Clock",
    "Criterion",
    "Event",
    "Incident",
    "Misfit",
    "Publisher",
    "Rule",
    "State",
    "clocks",
    "load_rules",
    "make_notice",
    "misfits",
    "missing",
    "possible",
    "register",
    "require_fit",
    "rules",
    "spoken",
    "write_notice",
]
