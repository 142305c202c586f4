"""The two tables of a scan: the texts that are looked at, and what is found in them.

Both are the same whatever the input was and however it was cut into batches, so that the same input gives the same
findings on one core and on a cluster.
"""

import pyarrow as pa

TEXTS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("part", pa.int32(), nullable=False),
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("role", pa.string()),
        pa.field("time", pa.timestamp("us", tz="UTC")),
        pa.field("account", pa.string()),
        pa.field("conversation", pa.string()),
        pa.field("model", pa.string()),
    ]
)
"""One text a row. `source` is the file's path below the input, `row` its row there from 0, and `part` the text's place
in that row from 0 (a conversation is one row and many texts). The rest is null where the input does not say it:
`role` is user, assistant, system or tool; `account` is already a salted key, never a name."""

FOUND = pa.schema(
    [
        pa.field("index", pa.uint32(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("start", pa.uint32(), nullable=False),
        pa.field("end", pa.uint32(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
    ]
)
"""What a detector found in a batch of texts: the text's `index` in the batch, which of the detector's labels, the span
in bytes of the text's UTF-8 (the whole text for what is said of all of it), and how sure it is, from 0 to 1. Sorted by
index, label, start and end, without repetitions."""

FINDINGS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("part", pa.int32(), nullable=False),
        pa.field("detector", pa.string(), nullable=False),
        *(field for field in FOUND if field.name != "index"),
    ]
)
"""What a scan keeps: never the text itself."""
