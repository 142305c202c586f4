"""Write docs/security/attack-matrix.md from the attacks themselves; with --check, exit 1 where it is not current."""

from collections.abc import Iterator
from itertools import groupby

from pages import escape, paragraphs, publish, table

from accord.verify.attacks import AREAS, ATTACKS, Attack, Defence

_INTRODUCTION = """\
`accord log attack` carries out every attack on this page on copies of your log, its bundle and its report, and shows
what `accord verify` makes of each. The attacker is able: they compute every hash and tile again, sign with the
operator's own key wherever that helps, write the reports that follow from the forged records, and ask the witness for
a cosignature and the authority for a time-stamp. Each attack is also a test of Accord: the page says what happens."""
_DEFENCES = """\
What the reader brings decides what they see:

- **key**: the organisation's key, from elsewhere. What it detects, every reader detects.
- **witness**: beside the key, a policy that asks for the cosignature of one honest witness.
- **memory**: beside the key, what the same reader verified of this log before.
- **time-stamp**: beside the key, the certificate of an honest RFC 3161 authority."""


def render() -> Iterator[str]:
    """Yield the parts of the page."""
    yield "# The attack matrix"
    yield _INTRODUCTION
    yield _DEFENCES
    for area, group in groupby(ATTACKS, lambda attack: attack.area):
        yield f"## {AREAS[area]}"
        yield table(("Attack", "What is done", "Detected by"), map(_row, group))
    yield "## What nothing detects, and why"
    yield "\n".join(f"- **{escape(a.title)}.** {escape(a.undetectable)}{_gap(a)}" for a in ATTACKS if not a.by)


def _row(attack: Attack) -> tuple[str, ...]:
    by = " or ".join(defence.value for defence in Defence if defence in attack.by)
    return (escape(attack.title), paragraphs(attack.doc), by or f"nothing{', but named' if attack.named else ''}")


def _gap(attack: Attack) -> str:
    return f" It is named: `{attack.named.rstrip('.')}`." if attack.named else ""


if __name__ == "__main__":
    publish("../security/attack-matrix.md", __file__, render())
