"""The Code as data: its editions, each immutable and sealed, and their translations."""

from accord.codes.crosswalk import Crosswalk, Link, crosswalks, load_crosswalk
from accord.codes.form import Form, Question, Section, forms, load_form
from accord.codes.loader import DEFAULT_EDITION, editions, load_code
from accord.codes.models import (
    Action,
    Clause,
    Code,
    Confidence,
    Fact,
    Force,
    Item,
    RedLine,
    RiskFamily,
    Role,
    Stage,
)
from accord.codes.translation import TranslatedItem, Translation, load_translation, translate, translations

__all__ = [
    "DEFAULT_EDITION",
    "Action",
    "Clause",
    "Code",
    "Confidence",
    "Crosswalk",
    "Fact",
    "Force",
    "Form",
    "Item",
    "Link",
    "Question",
    "RedLine",
    "RiskFamily",
    "Role",
    "Section",
    "Stage",
    "TranslatedItem",
    "Translation",
    "crosswalks",
    "editions",
    "forms",
    "load_code",
    "load_crosswalk",
    "load_form",
    "load_translation",
    "translate",
    "translations",
]
