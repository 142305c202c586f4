"""A draft of the EU's report of a serious incident of a general-purpose AI model, as a document to be completed.

The ten items are those of Measure 9.2 of the EU's code of practice and of the Commission's template (November 2025), in
our own words and layout. Whoever reports copies them into the form that the AI Office asks for.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from accord.reports.docx_file import new_document, pack
from accord.reports.exchange.case import Case

if TYPE_CHECKING:
    from docx.document import Document

ITEMS: Mapping[str, Sequence[tuple[str, str]]] = {
    "1. When it began and ended": (
        ("occurred", "First known occurrence"), ("ended", "End"), ("aware", "We came to know of it"),
    ),
    "2. The harm, and who is affected": (
        ("category", "What it is"), ("severity", "How bad it is held to be"), ("harms", "Kinds of harm"),
        ("consequences", "Serious consequences"), ("quantification", "How much harm"), ("affected", "Groups affected"),
        ("rights", "Rights that are touched"), ("infrastructure", "Critical functions and infrastructure"),
        ("jurisdictions", "Where"),
    ),
    "3. The chain of events": (("description", "What happened"), ("interaction", "Interaction of AI systems")),
    "4. The model": (
        ("model_page", "Where the model is described"), ("data_page", "Where the training data is described"),
        ("licence", "Rights of use"), ("developers", "Developed by"), ("deployers", "Deployed by"),
        ("breadth", "How widely it is deployed"), ("tasks", "Tasks"), ("autonomy", "Most autonomy"),
    ),
    "5. What shows that the model was involved": (
        ("relation", "How the AI system relates to it"), ("materials", "Supporting material"),
    ),
    "6. What was done, and is planned": (("measure", "Measures"), ("changes", "Changes that mend it")),
    "7. What the authority is recommended to do": (("recommendation", "Recommendation"),),
    "8. The root cause": (
        ("cause", "Root cause, with the safeguards that failed"), ("use", "Use"),
        ("security.component", "Component"), ("security.relation", "On what of the system it lies"),
        ("security.detection", "How it was found"), ("security.resources", "What an attacker needs"),
        ("security.objectives", "What an attacker would be after"), ("security.cvss", "CVSS vector"),
        ("security.cwe", "Kinds of weakness"),
    ),
    "9. Patterns and near misses": (
        ("related", "Incidents that form a pattern with it"), ("identifiers", "Known elsewhere as"),
    ),
    "10. Who reports": (
        ("authority", "Authority"), ("stage", "Report"), ("reference", "The authority's reference"),
        ("id", "Our reference"),
    ),
}  # fmt: skip
"""The items, and the fields that answer each with their labels."""
_SILENT = "Not said yet."
_PAGE = (210, 297)  # A4, in millimetres
_COLUMNS = (1_800_000, 3_690_000)  # in the 914,400ths of an inch that the format counts in


def render(case: Case) -> bytes:
    """Return the document; raise MissingExtraError where what writes it is not installed."""
    document = _new()
    _mark(document, case)
    document.add_heading("Report of a serious incident: draft", 0)
    _say(document, case.title, bold=True)
    products = ", ".join(map(str, case.systems)) or str(case.sender.system)
    _say(
        document,
        f"{case.sender.organisation}, {products}. Made on {case.at:%Y-%m-%d} from the log {case.sender.origin}.",
    )
    _say(
        document,
        "This is a draft in Accord's own layout. The items follow the EU's code of practice for general-purpose AI "
        "(Safety and Security, Measure 9.2) and the Commission's template, in other words. It is not legal advice, and "
        "it was not sent to anybody.",
    )
    for heading, fields in ITEMS.items():
        document.add_heading(heading, 1)
        _answer(document, list(_answers(case, heading, fields)))
    return pack(document)


def _answers(case: Case, heading: str, fields: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    if heading.startswith("10."):
        yield "Organisation", case.sender.organisation
        if case.sender.contacts:
            yield "Contact", ", ".join(case.sender.contacts)
    if heading.startswith("4."):
        yield "System", ", ".join(map(str, case.systems))
    for field, label in fields:
        if field in case.said:
            yield label, case.text(field)
    if heading.startswith("3."):
        for step in sorted(case.steps, key=lambda step: step.time):
            yield f"{step.time:%Y-%m-%d %H:%M} UTC", step.event


def _new() -> "Document":
    document = new_document()
    size = import_module("docx.shared").Mm
    document.sections[0].page_width, document.sections[0].page_height = map(size, _PAGE)
    return document


def _mark(document: "Document", case: Case) -> None:
    """Put the marking where the protocol wants it, and say who made the document and when."""
    for part in (document.sections[0].header, document.sections[0].footer):
        part.paragraphs[0].text = case.marking
        part.paragraphs[0].alignment = 2  # to the right
    told = document.core_properties
    told.author = told.last_modified_by = case.sender.organisation[:255]
    told.title, told.comments, told.language = f"Serious incident {case.id}", case.marking, case.language
    told.created = told.modified = case.at.replace(tzinfo=None)
    told.revision = 1


def _say(document: "Document", text: str, *, bold: bool = False) -> None:
    document.add_paragraph().add_run(text).bold = bold


def _answer(document: "Document", rows: list[tuple[str, str]]) -> None:
    told = [(label, text) for label, text in rows if text]
    if not told:
        _say(document, _SILENT)
        return
    table = document.add_table(0, 2, style="Table Grid")
    for column, width in zip(table.columns, _COLUMNS, strict=True):
        column.width = width  # some readers go by the columns, others by the cells
    for label, text in told:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = _COLUMNS
        cells[0].paragraphs[0].add_run(label).bold = True
        cells[1].text = text
