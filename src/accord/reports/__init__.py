"""Reports: one small file for each format, each a pure function of the proof that it carries.

Nothing is said that the records do not bear out, and every sentence leads to its record.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from accord.reports.content import build
from accord.reports.html import render_html
from accord.reports.json_file import SCHEMA, render_json
from accord.reports.models import Content
from accord.verify.dossier import Proof

FORMATS: Mapping[str, Callable[[Proof], bytes]] = MappingProxyType({"html": render_html, "json": render_json})
"""Every format by name; the file is called `report.` and this name."""

__all__ = ["FORMATS", "SCHEMA", "Content", "build", "render_html", "render_json"]
