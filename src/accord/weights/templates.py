"""Chat templates: Jinja that comes with a model and is rendered by whoever serves it.

A template is parsed and never rendered. What reaches beyond the conversation is named: attributes and items with
underscores (the way out of every sandbox so far, such as CVE-2024-34359), and templates that load others.
"""

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

_LONGEST = 1 << 20
_LOADS = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


class _Generation(Extension):
    """`{% generation %}`, which transformers adds to Jinja to mark what the assistant said."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own declaration

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return what stands between the tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


_ENVIRONMENT = Environment(  # noqa: S701 - nothing is rendered
    trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
)


def find_template_dangers(text: str) -> Iterator[str]:
    """Yield what a chat template does beyond writing the conversation."""
    if len(text) > _LONGEST:
        yield f"a chat template of {len(text)} characters"
        return
    try:
        tree = _ENVIRONMENT.parse(text)
    except (TemplateSyntaxError, RecursionError) as error:
        yield f"a chat template that cannot be parsed: {ascii(str(error))[:200]}"
        return
    seen = set()
    for danger in _walk(tree):
        if danger not in seen:
            seen.add(danger)
            yield danger


def _walk(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Const, *_LOADS)):
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            yield f"a chat template that reads the attribute {node.attr!a}"
        elif isinstance(node, nodes.Filter) and node.name in {"attr", "map"} and _names_hidden(node):
            yield f"a chat template that reads attributes through the filter {node.name}"
        elif isinstance(node, nodes.Const) and isinstance(node.value, str) and "__" in node.value:
            yield f"a chat template with the name {ascii(node.value)[:80]}"
        elif isinstance(node, _LOADS):
            yield "a chat template that loads another one"


def _names_hidden(node: nodes.Filter) -> bool:
    """Tell whether the name of the attribute is hidden or computed."""
    given = [*node.args, *(k.value for k in node.kwargs if k.key == "attribute")]
    if node.name == "map" and not any(k.key == "attribute" for k in node.kwargs):
        return False
    return not all(isinstance(a, nodes.Const) and not str(a.value).startswith("_") for a in given)
