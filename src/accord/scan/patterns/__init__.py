"""Patterns over text: personal data, secrets and terms, found exactly and at the speed of one automaton."""

from accord.scan.patterns.detector import PatternDetector, personal_data, secrets, terms

__all__ = ["PatternDetector", "personal_data", "secrets", "terms"]
