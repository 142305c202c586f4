"""accord.toml: the one file in which an organisation declares its AI system."""

from accord.manifest.identity import identify_model
from accord.manifest.parse import load_system, parse_system
from accord.manifest.system import (
    Channel,
    Dataset,
    Document,
    Evaluation,
    Organisation,
    Product,
    Role,
    Stage,
    Subject,
    System,
    Tolerance,
)
from accord.manifest.template import Answers, Place, check_answer, write_manifest

__all__ = [
    "Answers",
    "Channel",
    "Dataset",
    "Document",
    "Evaluation",
    "Organisation",
    "Place",
    "Product",
    "Role",
    "Stage",
    "Subject",
    "System",
    "Tolerance",
    "check_answer",
    "identify_model",
    "load_system",
    "parse_system",
    "write_manifest",
]
