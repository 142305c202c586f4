"""How many spans a request has, before it is parsed: two bytes may stand for a span that needs a hundred in memory."""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELDS = {"Request": 1, "ResourceSpans": 2, "ScopeSpans": 2}
"""The number of the field, in each message of OTLP, that holds the next."""


def count_parts(data: bytes, most: int) -> int:
    """Return how many resources, scopes and spans a request in protobuf has, or a number above `most`.

    Raises google.protobuf.message.DecodeError where it is no request.
    """
    request, resource_spans, scope_spans = _outlines()
    resources = request.FromString(data).inner
    count = len(resources)
    for resource in resources:
        if count > most:
            break
        scopes = resource_spans.FromString(resource).inner
        count += len(scopes)
        for scope in scopes:
            if count > most:
                break
            count += len(scope_spans.FromString(scope).inner)
    return count


@cache
def _outlines() -> tuple[Any, ...]:
    """Return the messages of OTLP down to spans, each with its inner messages as bytes that stay unread."""
    file = descriptor_pb2.FileDescriptorProto(name="accord/outline.proto", package="accord.outline")
    for name, number in _FIELDS.items():
        field = file.message_type.add(name=name).field.add(name="inner", number=number)
        field.type = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
        field.label = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return tuple(
        message_factory.GetMessageClass(pool.FindMessageTypeByName(f"accord.outline.{name}")) for name in _FIELDS
    )
