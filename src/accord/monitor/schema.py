"""The table of received spans: one row a span of the GenAI conventions, with every text that it carries.

A part, `FOLDER/parts/2026-11-28/17-000000000042.parquet`, holds what one hour (UTC, of the receiver's clock) received;
it appears whole, is never changed, and is deleted when its days are over. The preset of a scan is:

    row           the span           text          texts[].text
    part          the place in texts role          texts[].role
    time          received           account       account
    conversation  conversation       model         model
"""

import pyarrow as pa

VERSION = "1"
"""The version of this schema, in each part's metadata under VERSION_KEY. A change of meaning is a new one."""

VERSION_KEY = b"accord.received"
"""The metadata key of the version."""

COUNTS_KEY = b"accord.counts"
"""The metadata key of the part's counts: JSON, a whole number by name."""

TEXT = pa.struct(
    [
        pa.field("place", pa.string(), nullable=False),
        pa.field("role", pa.string()),
        pa.field("text", pa.large_string(), nullable=False),
    ]
)
"""One text. `place` is instructions, input, output, arguments (of a tool's call), result (of one) or other; `role` is
user, assistant, system or tool, and null where the sender says nothing that maps to one. Texts come in the order of
the places here, and within a place as they were sent; an input repeats the conversation where the sender does."""

RECEIVED = pa.schema(
    [
        pa.field("trace_id", pa.binary(16), nullable=False),
        pa.field("span_id", pa.binary(8), nullable=False),
        pa.field("parent_id", pa.binary(8)),
        pa.field("received", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("started", pa.timestamp("us", tz="UTC")),
        pa.field("duration", pa.int64()),
        pa.field("service", pa.string()),
        pa.field("name", pa.string(), nullable=False),
        pa.field("operation", pa.string()),
        pa.field("provider", pa.string()),
        pa.field("model", pa.string()),
        pa.field("agent", pa.string()),
        pa.field("tool", pa.string()),
        pa.field("error", pa.string()),
        pa.field("finish", pa.list_(pa.field("element", pa.string(), nullable=False)), nullable=False),
        pa.field("input_tokens", pa.int64()),
        pa.field("output_tokens", pa.int64()),
        pa.field("account", pa.string()),
        pa.field("conversation", pa.string()),
        pa.field("redacted", pa.int32(), nullable=False),
        pa.field("texts", pa.list_(pa.field("element", TEXT, nullable=False)), nullable=False),
        pa.field("attributes", pa.map_(pa.string(), pa.string()), nullable=False),
    ]
)
"""`received` is when the receiver made it durable, by its own clock, and never goes back; `started` is what the sender
says, and null where that is no time; `duration` is in microseconds, and null where the end is before the start.
`operation` is gen_ai.operation.name (chat, execute_tool, invoke_agent, embeddings, ...), whatever convention the sender
speaks. `error` is null for a span that did not fail, else error.type, or _OTHER where that is missing. `account` and
`conversation` are salted keys, never names. `redacted` is how many findings were replaced in the row. `attributes` are
those of the conventions without a column, and those that the policy keeps. A span id belongs to one row of a folder."""
