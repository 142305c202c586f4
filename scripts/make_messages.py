"""Write every message of the report into languages/messages.pot, and into each language's catalogue beside it.

What was translated stays; what is new has an empty translation, and what nothing says any more is gone. With --check,
nothing is written, and a catalogue that is not current is an error.
"""

import argparse
import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from sentences import Template, find_templates, find_titles
from terms import find_terms

from accord.codes import load_code
from accord.incidents.criteria import CRITERIA
from accord.reports.languages import LANGUAGES
from accord.reports.languages.templates import Template as Parsed

SOURCE = Path(__file__).parent.parent / "src" / "accord"
FOLDER = SOURCE / "reports" / "languages"

SENTENCES: dict[str, tuple[str, ...]] = {
    "checks/*.py": (),
    "assess.py": ("_state",),
    "reports/limits.py": (),
    "reports/rows.py": (),
    "cli/status.py": ("_unseen", "_closing", "_red_lines"),
    "gate/passing.py": (),
    "gate/tolerances.py": (),
    "gate/incidents.py": (),
    "risks.py": ("_fold",),
    "incidents/folding.py": ("_fold",),
    "incidents/clocks.py": (),
    "statements/folding.py": (),
    "evidence/metrics.py": ("doubt",),
    "evidence/plans.py": ("compare_plan",),
    "scan/records.py": ("find_limits",),
    "scan/corpus.py": (),
    "scan/repeats.py": (),
    "scan/reading/tally.py": (),
    "scan/whole/contamination.py": ("labels",),
    "scan/whole/language.py": ("labels",),
    "scan/whole/portrayals.py": ("labels",),
    "scan/whole/quality.py": (),
    "scan/whole/rights.py": (),
}
"""Where sentences are composed that reports show, by module: by all of its functions, or by those that are named."""

TITLES = (
    "controls/engine.py", "weights/engine.py", "weights/inventory.py", "provenance/engine.py", "provenance/attack*.py",
    "provenance/watermarks/looking.py", "scan/sources/*.py", "scan/patterns/terms.py", "evals/canaries.py",
)  # fmt: skip
"""Where things are called something that reports repeat."""

DATA = {
    "evals/suites/*/suite.toml": ("title",),
    "scan/patterns/data/*.toml": ("title",),
    "incidents/clocks.toml": ("title",),
}
"""Which keys of which data reports repeat."""

SEPARATORS = (", ", "; ", ": ", ".")
HEAD = "# The report in a language: see docs/how-to/translate-the-report.md."


@dataclass(frozen=True)
class Message:
    """What is translated once: its text, its plural where it counts, and what kind of word it is."""

    text: str
    plural: str = ""
    context: str = ""


def main() -> None:
    """Write the catalogues, or look whether they are current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a catalogue is not current")
    check = parser.parse_args().check
    for path, data in make_catalogues().items():
        if not check:
            path.write_bytes(data)
        elif not path.is_file() or path.read_bytes() != data:
            sys.exit(f"{path} is not current: run scripts/make_messages.py")


def make_catalogues() -> dict[Path, bytes]:
    """Return each catalogue as it should be, by its path; what is translated is taken over from what is there."""
    first: dict[Message, str] = {}
    for message, where in find_messages():
        first.setdefault(message, where)
    found = list(first.items())
    made = {FOLDER / "messages.pot": _write(Catalog(), found)}
    for language in LANGUAGES[1:]:
        path = FOLDER / f"{language}.po"
        held = read_po(BytesIO(path.read_bytes() if path.is_file() else b""), locale=language)
        made[path] = _write(Catalog(locale=language), found, held)
    return made


def find_messages() -> Iterator[tuple[Message, str]]:
    """Yield each message, and where it is said first."""
    yield from _separators()
    yield from _in_templates()
    yield from _in_calls()
    yield from _terms()
    yield from _in_data()
    yield from _sentences()


def _write(catalogue: Catalog, found: Iterable[tuple[Message, str]], held: Catalog | None = None) -> bytes:
    # A catalogue keeps what its translators wrote below the first line: their glossary.
    catalogue.header_comment = held.header_comment if held and held.header_comment.startswith(HEAD) else HEAD
    catalogue.project, catalogue.version, catalogue.fuzzy = "Accord", "1", False
    for message, where in found:
        context, plural = message.context or None, message.plural
        old = held.get(message.text, context) if held else None
        text = old.string if old else ("",) * catalogue.num_plurals if plural else ""
        catalogue.add((message.text, plural) if plural else message.text, text, context=context, auto_comments=[where])
    out = BytesIO()
    write_po(out, catalogue, width=0, omit_header=False)
    # Dates would make every run another file.
    lines = (
        line for line in out.getvalue().split(b"\n") if not re.match(rb'"(POT|PO)-[\w-]+-Date|"Generated-By', line)
    )
    return b"\n".join(lines)


def _separators() -> Iterator[tuple[Message, str]]:
    where = "between the items of a list, before what explains, and at the end of a sentence"
    yield from ((Message(text), where) for text in SEPARATORS)


def _in_templates() -> Iterator[tuple[Message, str]]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    folder = SOURCE / "reports" / "templates"
    for path in sorted(folder.glob("*.j2")):
        for _, _, said in environment.extract_translations(path.read_text(encoding="utf-8")):  # type: ignore[attr-defined] # of the extension
            yield _message(said), path.name
    paper = (folder / "report.typ").read_text(encoding="utf-8")
    yield from (
        (Message(text), "report.typ") for text in re.findall(r'\bt\("([^"]+)"\)', paper) if text not in SEPARATORS
    )
    script = json.loads((SOURCE / "reports" / "scripts" / "words.en.json").read_bytes())
    yield from ((Message(text), "words.en.json") for text in _leaves(script))
    style = (folder / "report.css").read_text(encoding="utf-8")
    yield from ((Message(text.strip()), "report.css") for text in re.findall(r'content: "([A-Za-z][^"]*)"', style))


def _leaves(held: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a file of words holds
    if isinstance(held, dict):
        for name, value in held.items():
            if name != "statuses":  # these are words of their own kind
                yield from _leaves(value)
    else:
        yield str(held)


def _message(said: str | tuple[str, ...]) -> Message:
    return Message(said) if isinstance(said, str) else Message(said[0], said[1])


def _in_calls() -> Iterator[tuple[Message, str]]:
    """Yield what code asks a language for by name."""
    for path in sorted(
        [*SOURCE.glob("reports/*.py"), *SOURCE.glob("reports/languages/*.py"), *SOURCE.glob("cli/*.py")]
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "gettext":
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield Message(argument.value), _name(path)


def _terms() -> Iterator[tuple[Message, str]]:
    """Yield every word that a field can hold, by the kind of word that it is."""
    for kind, words in find_terms().items():
        yield from ((Message(word, context=kind), f"a word of the kind {kind}") for word in words)


def _in_data() -> Iterator[tuple[Message, str]]:
    """Yield the titles of suites, metrics, patterns and deadlines, and what an edition says of itself."""
    code = load_code()
    yield from ((Message(text), "code.toml") for text in (code.title, code.note))
    for pattern, keys in DATA.items():
        for path in sorted(SOURCE.glob(pattern)):
            for text in _values(tomllib.loads(path.read_text(encoding="utf-8")), keys):
                yield Message(_braced(text)), _name(path)
    yield from ((Message(criterion.title), "incidents/criteria.py") for criterion in CRITERIA)
    for path in sorted(SOURCE.glob("scan/whole/heads/*.json")):
        yield from (
            (Message(_braced(text)), _name(path)) for text in _values(json.loads(path.read_bytes()), ("title",))
        )


def _values(held: Any, keys: Iterable[str]) -> Iterator[str]:  # noqa: ANN401 - whatever a file of data holds
    if isinstance(held, dict):
        for key, value in held.items():
            if key in keys and isinstance(value, str):
                yield value
            yield from _values(value, keys)
    elif isinstance(held, list):
        for value in held:
            yield from _values(value, keys)


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _sentences() -> Iterator[tuple[Message, str]]:
    """Yield each sentence once: those that differ in the names of their places alone are one."""
    seen = set[tuple[tuple[str, ...], tuple[str, ...]]]()
    for message, where in _composed():
        made = Parsed.parse(message.text)
        shape = made.said, tuple(place.shape for place in made.places)
        if shape not in seen:
            seen.add(shape)
            yield message, where


def _composed() -> Iterator[tuple[Message, str]]:
    for pattern, functions in SENTENCES.items():
        for path in sorted(SOURCE.glob(pattern)):
            yield from _told(find_templates(ast.parse(path.read_text(encoding="utf-8")), functions), path)
    for pattern in TITLES:
        for path in sorted(SOURCE.glob(pattern)):
            yield from _told(find_titles(ast.parse(path.read_text(encoding="utf-8"))), path)


def _told(templates: Iterable[Template], path: Path) -> Iterator[tuple[Message, str]]:
    return ((Message(made.text, made.plural), _name(path)) for made in templates)


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


if __name__ == "__main__":
    main()
