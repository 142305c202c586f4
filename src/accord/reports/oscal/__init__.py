"""OSCAL 1.2 (NIST): the Code as a catalog, an assessment's results, and what is open with its dates."""

from accord.reports.oscal.catalog import render_catalog
from accord.reports.oscal.poam import render_poam
from accord.reports.oscal.results import render_results

__all__ = ["render_catalog", "render_poam", "render_results"]
