"""gpai-form.*: the EU's model documentation form, answered as far as the declaration, statements and findings go.

The fields are ours to paraphrase and nobody's to guess: what nothing answers is listed as unanswered.
"""

from accord.codes import Form, load_form
from accord.reports.forms.answers import Answers
from accord.reports.forms.declared import read_facts
from accord.reports.forms.drafting import draft_answer
from accord.reports.forms.writing import to_docx, to_json, to_markdown
from accord.reports.models import Content

FORM = "eu-gpai-model"


def render_docx(content: Content) -> bytes:
    """Return the form as a document; raise MissingExtraError without python-docx."""
    return to_docx(*answer_form(content))


def render_markdown_form(content: Content) -> bytes:
    """Return the form as Markdown."""
    return to_markdown(*answer_form(content))


def render_json_form(content: Content) -> bytes:
    """Return the form as canonical JSON."""
    return to_json(*answer_form(content))


def answer_form(content: Content) -> tuple[Answers, Form]:
    """Return the answers that a report bears out, and the form that they are to."""
    form, facts = load_form(FORM), read_facts(content.declared, content.model, content.declaration)
    held = {q.id: draft_answer(q, content.findings, content.statements, facts) for q in form.questions}
    return Answers(form.id, content.declared.system.name, f"{content.assessed:%Y-%m-%d}", held), form
