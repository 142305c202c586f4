"""From the spool to parts: names are mapped, texts redacted, what was sent twice is kept once, old parts go."""
