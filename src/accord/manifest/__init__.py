"""accord.toml: the one file in which an organisation declares its AI system."""

from accord.manifest._lines import locate
from accord.manifest.identity import identify_model
from accord.manifest.incidents import IncidentClock, Incidents
from accord.manifest.parse import load_system, parse_system
from accord.manifest.system import (
    Channel,
    Dataset,
    Document,
    Notice,
    Organisation,
    Product,
    Provenance,
    Security,
    Subject,
    System,
    Weights,
)
from accord.manifest.template import Answers, Place, check_answer, write_manifest
from accord.manifest.testing import Checkpoint, Evaluation, Family, OtherSuite, Scales, SuiteLanguage, Tolerance
from accord.manifest.values import Role, Stage

__all__ = [
    "Answers",
    "Channel",
    "Checkpoint",
    "Dataset",
    "Document",
    "Evaluation",
    "Family",
    "IncidentClock",
    "Incidents",
    "Notice",
    "Organisation",
    "OtherSuite",
    "Place",
    "Product",
    "Provenance",
    "Role",
    "Scales",
    "Security",
    "Stage",
    "Subject",
    "SuiteLanguage",
    "System",
    "Tolerance",
    "Weights",
    "check_answer",
    "identify_model",
    "load_system",
    "locate",
    "parse_system",
    "write_manifest",
]
