"""Statements of fact about clauses of the Code: folded, and questioned where they are vague."""

from accord.statements.folding import Statement, about, gaps, stated
from accord.statements.questions import ask

__all__ = ["Statement", "about", "ask", "gaps", "stated"]
