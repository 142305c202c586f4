"""accord.toml: the one file in which an organisation declares its AI system."""

from accord.manifest._lines import locate
from accord.manifest.data import Dataset
from accord.manifest.energy import Energy
from accord.manifest.identity import identify_model
from accord.manifest.incidents import IncidentClock, Incidents, Regime
from accord.manifest.marking import Notice, Provenance, Watermark
from accord.manifest.parse import load_system, parse_system
from accord.manifest.receiving import Receive
from accord.manifest.system import (
    Channel,
    Document,
    Organisation,
    Product,
    Security,
    Subject,
    System,
    Weights,
)
from accord.manifest.template import Answers, Place, check_answer, write_manifest
from accord.manifest.testing import Checkpoint, Evaluation, Family, OtherSuite, Scales, SuiteLanguage, Tolerance
from accord.manifest.traffic import TextColumns, Traffic
from accord.manifest.values import Role, Stage
from accord.manifest.watching import Alerts, Email, Monitor, UsualRate, Watch, Webhook

__all__ = [
    "Alerts",
    "Answers",
    "Channel",
    "Checkpoint",
    "Dataset",
    "Document",
    "Email",
    "Energy",
    "Evaluation",
    "Family",
    "IncidentClock",
    "Incidents",
    "Monitor",
    "Notice",
    "Organisation",
    "OtherSuite",
    "Place",
    "Product",
    "Provenance",
    "Receive",
    "Regime",
    "Role",
    "Scales",
    "Security",
    "Stage",
    "Subject",
    "SuiteLanguage",
    "System",
    "TextColumns",
    "Tolerance",
    "Traffic",
    "UsualRate",
    "Watch",
    "Watermark",
    "Webhook",
    "Weights",
    "check_answer",
    "identify_model",
    "load_system",
    "locate",
    "parse_system",
    "write_manifest",
]
