"""Statements of fact about clauses of the Code: folded, and questioned where they are vague."""

from accord.statements.folding import LINKS, Statement, about, dead_links, gaps, overdue, stated
from accord.statements.questions import ask, ask_text

__all__ = ["LINKS", "Statement", "about", "ask", "ask_text", "dead_links", "gaps", "overdue", "stated"]
