"""Showing text that others wrote: a model, an engine, a server."""

LONGEST = 300


def shown(text: str, limit: int = LONGEST) -> str:
    """Return one line that is safe on a terminal: control characters escaped, cut to `limit` characters."""
    line = " ".join(text.split())
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return safe if len(safe) <= limit else safe[: limit - 3] + "..."
