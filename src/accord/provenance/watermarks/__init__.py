"""Watermarks: marks inside content that only who has their key finds, each scheme a plug-in (clause 7.1)."""
