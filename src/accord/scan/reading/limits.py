"""How much is ever held at once: whatever the input says of itself."""

LONGEST = 16 << 20
"""The most bytes of one row, or of one text; what is longer is counted as unreadable, and passed over."""
BATCH_BYTES = 8 << 20
"""About how many bytes of text a batch has: more only where a single text is longer."""
BATCH_ROWS = 32_768
"""The most texts of a batch."""
CHUNK = 1 << 20
"""How many bytes are read at once."""
PIECE = 64 << 20
"""About how many bytes of a file are one piece of work, where the file can be cut."""
EXPANSION = 250
"""The most by which a file may grow when it is unpacked ..."""
UNPACKED = 1 << 30
"""... beyond this many bytes, which any file may have."""


def too_much(packed: int, unpacked: int, least: int | None = None) -> bool:
    """Tell whether something of `packed` bytes may not become `unpacked` ones; `least` it always may."""
    return unpacked > max(UNPACKED if least is None else least, packed * EXPANSION)
