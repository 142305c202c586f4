"""The one way in which templates become pages: every value is escaped, seen whole, and there."""

from jinja2 import BaseLoader, Environment, StrictUndefined

from accord.reports.text import visible


def open_templates(loader: BaseLoader) -> Environment:
    """Return an environment in which a value can be no markup, hides nothing, and is an error where it is missing."""
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
