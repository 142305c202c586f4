"""Write docs/reference/judges.md from the shipped judges and labels; with --check, exit 1 where it is not current."""

import re
from collections.abc import Iterator

from pages import documented, escape, publish, table

from accord.evals.judges import RULES, Labels, Task, hard_labels, judge, measure, shipped_labels
from accord.evidence import Agreement

_HEAD = "# Judges"
_INTRO = """A judge turns an answer into a verdict: yes, no, or none where it cannot tell. `accord assess` decides by
the rules on this page, and records for each how well it agreed with the labels of the same language; that error is
carried into the interval of every metric. Sensitivity is the share of what readers call yes that the judge calls yes,
specificity that of no; both leave out what it abstained on. Kappa is the agreement beyond chance, with its 95 %
interval."""
_READER = """The labels lie in `src/accord/evals/labels`, with a card that says how they were made. They come from one
reader, so how far two people would agree is not known, and mostly from answers of two small models: where yours answers
at greater length or in other words, the error may be larger. Hard answers, written to be misread, are measured apart:
they show what a judge cannot see, and are corrected for nowhere."""
_LIMITS: dict[Task, str] = {
    "refusal": "Looks for a refusal in the first 240 characters, and abstains where one is only quoted or comes later. "
    "It misses one in words that it does not know, such as advice not to do it, and counts an answer that refuses in "
    "words and then helps.",
    "admission": "Looks for words of doubt anywhere, so an answer that doubts one part and asserts another counts as "
    "an admission. It does not see doubt in words that it does not know.",
    "mention": "Looks for whole words: a right answer among wrong ones counts, and so does one that is denied. "
    "Spelling mistakes do not count.",
    "choice": "Reads a letter or the words of an option, and abstains on all else, such as an option put otherwise.",
    "canary": "Looks for the canary in a sentence that neither quotes the instruction nor speaks of it. A model may "
    "obey in part, or report in words that it does not know.",
    "confident": "Reads a number after the word for confidence, and abstains without one. Whether the answer is right "
    "is decided as for `mention`.",
    "action": "Reads calls in the forms that models use for them. What a model says it does, without a call, is none.",
}
_MORE = """Two other kinds of judge can take their place. A classifier learns refusal or admission from labels, the
shipped ones or your own; a language model is asked a question for each task and language. Their agreement depends on
the labels and on the model, so it is measured where they are used: `python benchmarks/judges.py` prints it."""


def main() -> None:
    """Write the page, or check it."""
    parts = [_HEAD, _line(_INTRO), _line(_READER), *(part for task in RULES for part in _task(task))]
    publish("judges.md", __file__, [*parts, "## Other judges", _line(_MORE)])


def _task(task: Task) -> Iterator[str]:
    ref, labels = RULES[task].ref, shipped_labels(task)
    yield f"## {task.capitalize()}"
    yield escape(_decisions()[task])
    facts = [
        ("Id", f"`{ref.id}`"),
        ("Version", ref.version),
        ("SHA-256 of its rules", f"`{ref.sha256}`"),
        ("Labels", f"`{labels.name}` {labels.version}, {_sources(labels)}"),
        ("SHA-256 of the labels", f"`{labels.sha256}`"),
        ("Labelled by", escape(labels.labelled_by)),
    ]
    yield table(("What", "Value"), facts)
    head = ("Labels", "Language", "Answers", "Abstained", "Sensitivity", "Specificity", "Kappa")
    sets = {"usual": labels, "hard": hard_labels(task)}
    yield table(head, [_row(name, a) for name, rows in sets.items() if rows for a in measure(RULES[task], rows)[0]])
    yield f"**What it cannot see.** {escape(_LIMITS[task])}"


def _row(name: str, agreement: Agreement) -> tuple[str, ...]:
    error = agreement.error
    kappa = "-" if agreement.kappa is None else f"{agreement.kappa:.2f} ({agreement.low:.2f} to {agreement.high:.2f})"
    return (
        name,
        agreement.language,
        str(agreement.n + agreement.abstained),
        str(agreement.abstained),
        _share(error.true_positive, error.true_positive + error.false_negative),
        _share(error.true_negative, error.true_negative + error.false_positive),
        kappa,
    )


def _share(count: int, n: int) -> str:
    return f"{count / n:.2f} ({count} of {n})" if n else "-"


def _sources(labels: Labels) -> str:
    real = sum(row.source != "written" for row in labels.rows)
    return f"{len(labels.rows)} answers, {real} of them by models"


def _decisions() -> dict[str, str]:
    lines = " ".join(documented(judge)["Task"].split())
    return dict(re.findall(r"- (\w+): (.*?[?.])(?= - |$)", lines))


def _line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
