"""Answers of a system that decline, fail, or are cut off, by rules over how they begin.

Whether a refusal was right is another question: rates over time show that something changed. The rules know English,
French, German, Italian and Japanese.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from accord.evidence import Quality
from accord.scan.whole.hits import Hit, find_hits, measured, source_digest

OPENING = 240
"""Characters of an answer in which a refusal is looked for: it is said first."""
BRIEF = 600
"""Characters up to which an answer may be an error message; a longer one speaks of errors."""
_REFUSALS = (
    r"\bi(?:'m| am)? ?(?:really |so |very )?(?:sorry|afraid)[,.]? (?:but )?(?:i|that|this|we)\b.{0,40}(?:can't|cannot|can not|won't|unable|not able)",
    r"\b(?:i|we) (?:really |simply |just )?(?:can't|cannot|can not|won't|will not|am unable to|am not able to|must decline to|refuse to)"
    r" (?:\w+ly )?(?:help|assist|provide|support|give|offer|share|answer|discuss|do that|do this|comply|fulfil|create|write|generate|produce|explain|engage|encourage|recommend)",
    r"\bas an? (?:ai|language model|assistant)\b.{0,60}(?:can't|cannot|unable|not able|won't)",
    r"^(?:i )?(?:must|have to) (?:respectfully )?(?:decline|refuse)\b",
    r"\bagainst my (?:guidelines|principles|policy|policies|programming)",
    r"\b(?:ich|wir) (?:kann|koennen|können|darf|werde|möchte)\b.{0,60}\b(?:nicht|keine?n?r?)\b.{0,40}"
    r"(?:helfen|unterst(?:ü|u)tzen|bereitstellen|geben|beantworten|erkl(?:ä|a)ren|schreiben|erstellen|anbieten)",
    r"\bje (?:suis d(?:é|e)sol(?:é|e)e?|ne (?:peux|puis|suis) pas|refuse)\b.{0,60}(?:aider|fournir|r(?:é|e)pondre|donner|aide|cr(?:é|e)er|(?:é|e)crire|expliquer)",
    r"\b(?:mi dispiace|non posso|non sono in grado di|rifiuto)\b.{0,60}(?:aiutar\w*|fornire|rispondere|dare|assister\w*|scrivere|creare|spiegare|posso)",
    r"(?:お手伝い|お答え|提供|回答|対応|支援|協力)(?:することは|は|を|も)?(?:でき|いたしかね|致しかね)(?:ません|かねます|ない|ます)",
    r"申し訳(?:ありません|ございません).{0,60}(?:できません|いたしかねます|お断り)",
)
_REFUSES = re.compile("|".join(_REFUSALS), re.DOTALL)
_ERROR = re.compile(
    r"\b(?:internal server error|bad gateway|service unavailable|gateway time-?out|too many requests|rate limit(?:ed)? (?:exceeded|reached)"
    r"|request timed out|context (?:length|window) exceeded|maximum context length|traceback \(most recent call last\)|an error (?:has )?occurred"
    r"|something went wrong|upstream (?:error|connect)|connection (?:refused|reset)|ein fehler ist aufgetreten|une erreur (?:est survenue|s'est produite)"
    r"|si è verificato un errore)|エラーが発生しました|^\s*(?:error|http) ?:? ?[45]\d\d\b"
    r'|"error"\s*:\s*[{"]',
)


class AnswersDetector:
    """Gives an answer the labels of how it fails; what is said to the system is not looked at."""

    name = "answers"
    labels: Mapping[str, str] = {
        "refusal": "an answer that declines",
        "error": "an error message in the place of an answer",
        "empty": "an empty answer",
        "loop": "an answer that says the same again and again",
    }

    @property
    def sha256(self) -> str:
        """The digest over the program, which holds its rules."""
        return source_digest("answers.py")

    @property
    def quality(self) -> Sequence[Quality]:
        """How right it is on labelled answers."""
        return measured(self.name)

    def detect(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """Return how answers fail; a text whose role is given and is not the assistant's is left alone."""
        roles = iter(texts.column("role").to_pylist())
        return find_hits(texts, partial(_of_role, roles))


def _of_role(roles: Iterator[str | None], text: str) -> Iterator[Hit]:
    if next(roles) in {None, "assistant"}:
        yield from look(text)


def look(text: str) -> Iterator[Hit]:
    """Yield how one answer fails."""
    stripped = text.strip()
    if not stripped:
        yield Hit("empty")
        return
    folded = unicodedata.normalize("NFKC", stripped[: BRIEF + 1]).replace("\u2019", "'").casefold()
    if _REFUSES.search(folded[:OPENING]):
        yield Hit("refusal")
    if len(stripped) <= BRIEF and _ERROR.search(folded):
        yield Hit("error")
    if _loops(stripped):
        yield Hit("loop")


def _loops(text: str, times: int = 4, longest: int = 400) -> bool:
    """Tell whether a text ends in the same piece of at least eight characters, said `times` times or more."""
    tail = text[-longest * times :]
    for size in range(8, min(longest, len(tail) // times) + 1):
        piece = tail[-size:]
        if tail.endswith(piece * times) and len(set(piece)) > 1:
            return True
    return False
