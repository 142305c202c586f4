"""Write docs/reference/report.schema.json from the models; with --check, exit 1 where it is not current."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from accord.reports import SCHEMA, Content
from accord.verify.dossier import Proof

_FILE = Path(__file__).parent.parent / "docs" / "reference" / "report.schema.json"


def make_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of report.json."""
    _, definitions = models_json_schema([(Content, "serialization"), (Proof, "serialization")])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "Accord report",
        "description": "What a report says, and the proof that it rests on. The file is canonical JSON (RFC 8785).",
        "type": "object",
        "required": ["schema", "content", "proof"],
        "additionalProperties": False,
        "properties": {
            "schema": {"const": SCHEMA},
            "content": {"$ref": "#/$defs/Content"},
            "proof": {"$ref": "#/$defs/Proof"},
        },
        "$defs": definitions["$defs"],
    }


def main() -> None:
    """Write the schema, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    text = json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"
    if not check:
        _FILE.write_text(text, encoding="utf-8")
    elif not _FILE.is_file() or _FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{_FILE} is not current: run scripts/make_report_schema.py")


if __name__ == "__main__":
    main()
