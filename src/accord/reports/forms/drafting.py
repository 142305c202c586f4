"""Answers drafted from statements, findings and incidents: each sentence with its source, and nothing invented."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from accord.codes import Form, Question
from accord.evidence import Basis, Finding, Records, Status
from accord.incidents import register
from accord.reports.forms.answers import Answer, Answers, Sentence
from accord.reports.forms.declared import NONE, Facts
from accord.reports.stated import StatementReport, make_statements
from accord.statements import Statement, about, gaps, stated

_INCIDENTS = frozenset({"2.4", "4.4", "4.5"})
"""Clauses whose questions are answered with counts of incidents."""
_KINDS = {
    "current-practice": "",
    "completed-action": "Done: ",
    "commitment": "Committed to, and not done yet: ",
    "plan": "Planned, and not done yet: ",
    "conditional-plan": "Planned on a condition, and not done yet: ",
    "declared-authority": "May be done: ",
    "external-finding": "Found by others: ",
}


def draft(
    form: Form,
    system: str,
    findings: Sequence[Finding],
    records: Records,
    facts: Mapping[str, Facts] = NONE,
    roles: Sequence[str] = (),
) -> Answers:
    """Return the answers that the records bear out, what was measured first; what is not borne out stays unanswered.

    `facts` are what the declaration says, by the names that questions ask for them. With `roles`, what the form asks
    of others alone stays unanswered too.
    """
    statements, public = stated(records), make_statements(records)

    def answer(question: Question) -> Answer:
        found = _found(question, findings)
        sentences = (*draft_answer(question, findings, public, facts).sentences, *_counted(question, records))
        notes = _notes(found, about(statements, question.clauses), records)
        return Answer(question.id, tuple(dict.fromkeys(sentences)), tuple(notes))

    held = {question.id: answer(question) for question in form.questions if question.is_for(roles)}
    return Answers(form.id, system, f"{records.at:%Y-%m-%d}", held, tuple(roles))


def draft_answer(
    question: Question,
    findings: Sequence[Finding],
    statements: Sequence[StatementReport],
    facts: Mapping[str, Facts] = NONE,
) -> Answer:
    """Return the answer that findings, public statements and the declaration bear out."""
    found = _found(question, findings)
    spoken = [s for s in statements if set(s.clauses) & set(question.clauses)]
    sentences = [
        *_measured(found, Basis.MEASURED),
        *_measured(found, Basis.DECLARED),
        *(sentence for name in question.declared for sentence in facts.get(name, ())),
        *_stated(spoken),
    ]
    return Answer(question.id, tuple(dict.fromkeys(sentences)))


def _found(question: Question, findings: Sequence[Finding]) -> list[Finding]:
    by_clause = {clause: finding for finding in findings for clause in finding.clauses}
    return list({f.check: f for clause in question.clauses if (f := by_clause.get(clause))}.values())


def _measured(findings: Iterable[Finding], basis: Basis) -> Iterator[Sentence]:
    for finding in findings:
        if finding.status in {Status.NO_EVIDENCE, Status.NOT_APPLICABLE} or finding.basis != basis:
            continue
        said = finding.summary.partition(" Stated: ")[0]  # what is stated follows, in its own words
        if said.startswith("Stated: "):
            continue
        how = "measured" if basis == Basis.MEASURED else "declared"
        contradicted = "The evidence contradicts this practice. " if finding.status == Status.CONTRADICTED else ""
        when = f", {finding.date:%Y-%m-%d}" if finding.date else ""
        records = [f"record {ref.index}" for ref in finding.evidence]
        yield Sentence(f"{contradicted}{said} ({how}{when})", (f"check {finding.check}", *records))


def _stated(statements: Iterable[StatementReport]) -> Iterator[Sentence]:
    for told in statements:
        condition = f" Condition: {told.condition}" if told.condition else ""
        due = f" Due: {told.due}." if told.due else ""
        text = f"{_KINDS[told.claim]}{told.text}{condition}{due} (stated, since {told.since})"
        yield Sentence(text, (f"statement {told.id}", f"record {told.index}"))


def _counted(question: Question, records: Records) -> Iterator[Sentence]:
    held = register(records) if _INCIDENTS & set(question.clauses) else ()
    if not held:
        return
    states: dict[str, int] = {}
    for incident in held:
        states[incident.state] = states.get(incident.state, 0) + 1
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    sources = tuple(f"record {event.ref.index}" for incident in held for event in incident.events[-1:])
    yield Sentence(f"{len(held)} incidents are recorded: {told}. (counted in the log)", sources)


def _notes(findings: Iterable[Finding], statements: Iterable[Statement], records: Records) -> Iterator[str]:
    for finding in findings:
        yield f"{finding.check}: {finding.status}"
        yield from (f"  gap: {gap}" for gap in finding.gaps)
    for statement in statements:
        if statement.record.confidentiality != "public":
            yield f"statement {statement.record.id} is {statement.record.confidentiality}, and is not used"
        yield from (f"  gap: {gap}" for gap in gaps(statement, records.at.date()))
