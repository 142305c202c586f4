"""The languages of a report: catalogues of gettext, and how each writes dates, numbers and lists.

English is the source. A sentence that was composed and signed in English is told in another language by the template
that it was made from; one that no template knows stays English, and is marked as English.
"""

from accord.reports.languages.language import ENGLISH, LANGUAGES, Language, find_language, name_file

__all__ = ["ENGLISH", "LANGUAGES", "Language", "find_language", "name_file"]
