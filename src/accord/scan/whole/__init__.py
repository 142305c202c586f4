"""Detectors that say something of a whole text: its language, its quality, what it answers, whom it speaks of."""
