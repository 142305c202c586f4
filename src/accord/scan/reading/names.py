"""The names under which spans of generative AI hold texts, by convention and version.

OpenTelemetry's GenAI conventions have never been declared stable, and programs of every version are in use: old names
are read as well, and those that nobody knows here are passed by.
"""

from typing import Literal, NamedTuple

Meaning = Literal["texts", "model", "conversation", "account", "role"]


class Name(NamedTuple):
    """One attribute: what it holds, who speaks in it, and where it comes from."""

    name: str
    means: Meaning
    role: str | None
    since: str
    until: str = ""


NAMES = (
    Name("gen_ai.system_instructions", "texts", "system", "OpenTelemetry GenAI 1.37"),
    Name("gen_ai.input.messages", "texts", "user", "OpenTelemetry GenAI 1.37"),
    Name("gen_ai.output.messages", "texts", "assistant", "OpenTelemetry GenAI 1.37"),
    Name("gen_ai.tool.call.arguments", "texts", "assistant", "OpenTelemetry GenAI 1.38"),
    Name("gen_ai.tool.call.result", "texts", "tool", "OpenTelemetry GenAI 1.38"),
    Name("gen_ai.prompt", "texts", "user", "OpenTelemetry GenAI 1.26", "1.28"),
    Name("gen_ai.completion", "texts", "assistant", "OpenTelemetry GenAI 1.26", "1.28"),
    Name("content", "texts", None, "OpenTelemetry GenAI 1.28, in events", "1.37"),
    Name("message", "texts", "assistant", "OpenTelemetry GenAI 1.28, in gen_ai.choice", "1.37"),
    Name("llm.prompts", "texts", "user", "OpenLLMetry"),
    Name("llm.completions", "texts", "assistant", "OpenLLMetry"),
    Name("traceloop.entity.input", "texts", "user", "OpenLLMetry"),
    Name("traceloop.entity.output", "texts", "assistant", "OpenLLMetry"),
    Name("llm.input_messages", "texts", "user", "OpenInference"),
    Name("llm.output_messages", "texts", "assistant", "OpenInference"),
    Name("input.value", "texts", "user", "OpenInference"),
    Name("output.value", "texts", "assistant", "OpenInference"),
    Name("gen_ai.response.model", "model", None, "OpenTelemetry GenAI 1.26"),
    Name("gen_ai.request.model", "model", None, "OpenTelemetry GenAI 1.26"),
    Name("llm.model_name", "model", None, "OpenInference"),
    Name("llm.request.model", "model", None, "OpenLLMetry"),
    Name("gen_ai.conversation.id", "conversation", None, "OpenTelemetry GenAI 1.34"),
    Name("session.id", "conversation", None, "OpenTelemetry, OpenInference"),
    Name("user.id", "account", None, "OpenTelemetry, OpenInference"),
    Name("enduser.id", "account", None, "OpenTelemetry"),
    Name("traceloop.association.properties.user_id", "account", None, "OpenLLMetry"),
)
"""Every name that is read; where a span has several of one meaning, the first is taken, and all that hold texts are."""

EVENT_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}
"""Events that are a message each (1.28 to 1.36): who speaks in them."""

COARSE = (
    ("input.value", "llm.input_messages"),
    ("output.value", "llm.output_messages"),
    ("traceloop.entity.input", "gen_ai.prompt"),
    ("traceloop.entity.output", "gen_ai.completion"),
)
"""Attributes that say again, as raw JSON, what a finer one says: left out beside it, so that no text counts twice."""

INDEXED = ("llm.input_messages", "llm.output_messages", "gen_ai.prompt", "gen_ai.completion", "llm.prompts",
           "llm.completions")  # fmt: skip
"""Attributes that are flattened, as in llm.input_messages.0.message.content."""
