"""Answers as files to paste or upload: Markdown, CSV, JSON and DOCX. A stranger's text is text in each of them."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime

from accord.codes import Form
from accord.ledger import format_json
from accord.reports.docx_file import new_document, pack
from accord.reports.forms.answers import Answers, Sentence
from accord.reports.text import escape_cell, escape_markdown, seen

_UNANSWERED = "Unanswered."


def to_markdown(answers: Answers, form: Form) -> bytes:
    """Return the answers as Markdown, each sentence with its sources."""
    lines = [
        f"# {escape_markdown(form.title)}",
        "",
        f"{escape_markdown(answers.system)}, {escape_markdown(answers.made)}",
    ]
    for section in form.sections:
        lines += ["", f"## {section.number}. {escape_markdown(section.title)}"]
        for question in section.questions:
            lines += ["", f"### {escape_markdown(question.id)}. {escape_markdown(question.text)}", ""]
            held = answers.of(question.id).sentences
            lines += [f"- {escape_markdown(s.text)}{escape_markdown(_sources(s))}" for s in held] or [_UNANSWERED]
    return ("\n".join(lines) + "\n").encode()


def to_csv(answers: Answers, form: Form) -> bytes:
    """Return the answers as CSV (RFC 4180), a row a question; no cell begins as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["section", "question", "asked", "answer", "sources"])
    for section in form.sections:
        for question in section.questions:
            answer = answers.of(question.id)
            sources = "; ".join(dict.fromkeys(part for s in answer.sentences for part in s.sources))
            cells = (str(section.number), question.id, question.text, answer.text, sources)
            writer.writerow([escape_cell(text) for text in cells])
    return out.getvalue().encode()


def to_json(answers: Answers, form: Form) -> bytes:
    """Return the answers as canonical JSON."""
    return format_json(
        {
            "form": {
                "id": form.id,
                "title": form.title,
                "url": form.url,
                **({"sha256": form.sha256} if form.sha256 else {}),
            },
            "system": answers.system,
            "made": answers.made,
            "answers": [
                {
                    "section": section.number,
                    "question": question.id,
                    "asked": question.text,
                    "clauses": list(question.clauses),
                    "sentences": [
                        {"text": s.text, "sources": list(s.sources)} for s in answers.of(question.id).sentences
                    ],
                }
                for section in form.sections
                for question in section.questions
            ],
        }
    )


def to_docx(answers: Answers, form: Form) -> bytes:
    """Return the answers as a document; the same answers give the same bytes. MissingExtraError without python-docx."""
    document = new_document()
    told = document.core_properties
    told.title, told.author, told.last_modified_by, told.revision = seen(form.title)[:255], "", "", 1
    told.created = told.modified = datetime.fromisoformat(answers.made)
    document.add_heading(seen(form.title), 0)
    document.add_paragraph(seen(f"{answers.system}, {answers.made}"))
    for section in form.sections:
        document.add_heading(seen(f"{section.number}. {section.title}"), 1)
        for question in section.questions:
            document.add_heading(seen(f"{question.id}. {question.text}"), 2)
            for sentence in answers.of(question.id).sentences:
                document.add_paragraph(seen(sentence.text + _sources(sentence)))
            if not answers.of(question.id).sentences:
                document.add_paragraph(_UNANSWERED)
    return pack(document)


WRITERS: Mapping[str, Callable[[Answers, Form], bytes]] = {
    "md": to_markdown,
    "csv": to_csv,
    "json": to_json,
    "docx": to_docx,
}
"""Every format, by the ending of its files."""


def _sources(sentence: Sentence) -> str:
    return f" [{', '.join(sentence.sources)}]" if sentence.sources else ""
