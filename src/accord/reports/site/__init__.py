"""A static site of everything that an organisation published: files that any web server can host, or none."""

from accord.reports.site.building import Site, build_site
from accord.reports.site.writing import Written, write_site

__all__ = ["Site", "Written", "build_site", "write_site"]
