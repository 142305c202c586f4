"""A policy as a file states it, with nothing to ask about."""

FACT = """
[risk-policy]
topic = "policy"
claim = "current-practice"
clauses = ["5.1", "5.5"]
title = "Risk policy"
text = "The board approves it each January."
since = 2025-01-01
checked = 2026-11-01
owner = "Head of Risk"
confidentiality = "public"
version = "3"
approver = "Board"
review = 2027-01-31
documents = ["risk.md"]
disclosed = "https://acme.example/risk"
covers = ["risk-management"]
"""
