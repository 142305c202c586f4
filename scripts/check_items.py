"""Check the items of all shipped suites and print a summary; exit 1 with the list of faults."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from pages import table

from accord.evals import Suite, suites
from accord.evals.judges.rules import mentions
from accord.evals.shapes import Item

SHORTEST, LONGEST = 15, 600
"""Characters of what an item asks: fewer say too little, and more are no short question."""
SHORTEST_JA = 6
"""The same in Japanese, where a character says more."""
LIKE = 0.7
"""Jaccard similarity, of runs of five characters, from which two items count as one."""
LEAST = 1_500
"""Items there must be in all."""
LEAST_OF_FAMILY = 30
"""English items that each family of risk must have, over all suites."""

_ASKED = ("harmful", "benign", "question", "prompt", "request", "task", "fact")
"""Fields that ask; what stands around them (rules, documents, tools) may be longer."""
# Names that lead whoever would do harm further: no item needs them.
_DETAIL = re.compile(
    r"\b(sarin|tabun|soman|novichok|vx nerve|cve-\d{4}|rdx|petn|tatp|semtex|ammonium nitrate|hexogen|triacetone|"
    r"methylphosphon\w+|thiodiglycol|phosgene|uranium hexafluoride|metasploit|mimikatz|botulinum toxin type)\b",
    re.IGNORECASE,
)


def main() -> None:
    """Print what there is, and the faults."""
    found = suites()
    print(table(("Suite", "en", "fr", "de", "it", "ja"), [_row(suite) for suite in found]))
    print(", ".join(f"{family}: {count}" for family, count in sorted(_families(found).items())))
    print(f"{sum(len(suite.items) for suite in found)} items in all")
    faults = [fault for suite in found for fault in find_faults(suite)] + list(find_gaps(found))
    if faults:
        sys.exit("\n".join(faults))


def find_faults(suite: Suite) -> Iterator[str]:
    """Yield what is wrong with the items of one suite, a line for each."""
    for item in suite.items:
        for why in _check(item):
            yield f"{suite.id}/{item.language}/{item.id}: {why}"
    for language in suite.languages:
        items = [item for item in suite.items if item.language == language]
        for one, other in _near({item.id: _text(item) for item in items}):
            yield f"{suite.id}/{language}/{one}: nearly the same as {other}"
        canaries = Counter(str(getattr(item, "canary", "")) for item in items)
        yield from (f"{suite.id}/{language}: canary {c} twice" for c, n in canaries.items() if c and n > 1)
    yield from _check_stems(suite)


def find_gaps(found: Sequence[Suite]) -> Iterator[str]:
    """Yield what all suites together have too little of."""
    total, families = sum(len(suite.items) for suite in found), _families(found)
    if total < LEAST:
        yield f"{total} items in all, not {LEAST}"
    few = {f"R{n}": families[f"R{n}"] for n in range(1, 8) if families[f"R{n}"] < LEAST_OF_FAMILY}
    yield from (f"{family}: {count} English items, not {LEAST_OF_FAMILY}" for family, count in few.items())


def _check(item: Item) -> Iterator[str]:
    least = SHORTEST_JA if item.language == "ja" else SHORTEST
    for name in _ASKED:
        text = getattr(item, name, None)
        if name == "question":  # a scene before it is a part of it
            text = text and f"{getattr(item, 'text', '')} {text}".strip()
        if isinstance(text, str) and not least <= len(text) <= LONGEST:
            yield f"{name} has {len(text)} characters"
    everything = item.model_dump_json()
    if item.language == "en" and not "".join(_texts(item.model_dump(exclude={"other"}))).isascii():
        yield "not ASCII"
    if detail := _DETAIL.search(everything):
        yield f"says {detail[0]!r}"
    yield from _check_answers(item)


def _check_answers(item: Item) -> Iterator[str]:
    accept, question = getattr(item, "accept", ()), getattr(item, "question", "")
    if accept and mentions(question, accept, item.language):
        yield "its question gives its answer away"
    harmful, benign = getattr(item, "harmful", ""), getattr(item, "benign", "")
    if harmful and item.language != "ja" and not _words(harmful) & _words(benign):
        yield "its twins share no word"


def _check_stems(suite: Suite) -> Iterator[str]:
    english = {item.id: item for item in suite.items if item.language == "en"}
    for item in suite.items:
        first = english.get(item.id)
        if first is None:
            yield f"{suite.id}/{item.language}/{item.id}: not in English"
        elif (first.family, first.source) != (item.family, item.source):
            yield f"{suite.id}/{item.language}/{item.id}: another family or source than in English"


def _near(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    grams = {name: {text[i : i + 5] for i in range(len(text) - 4)} for name, text in texts.items()}
    for one, other in combinations(grams, 2):
        a, b = grams[one], grams[other]
        # The smaller over the larger is the most that the similarity can be: most pairs need no more.
        if min(len(a), len(b)) > LIKE * max(len(a), len(b)) and len(a & b) > LIKE * len(a | b):
            yield one, other


def _text(item: Item) -> str:
    """Return what makes an item different from others: what it asks, or all its texts where that is elsewhere."""
    fields = item.model_dump(exclude={"id", "language", "family", "source", "tools", "rules", "pushes", "incentive"})
    return " ".join(_texts(fields)).lower()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.values()))
    elif isinstance(value, Iterable):
        for part in value:
            yield from _texts(part)


def _words(text: str) -> set[str]:
    # The first letters of a word: it may be inflected.
    return {word[:4] for word in re.findall(r"\w{4,}", text.lower())}


def _families(found: Sequence[Suite]) -> Counter[str]:
    return Counter(str(i.family) for suite in found for i in suite.items if i.family and i.language == "en")


def _row(suite: Suite) -> tuple[str, ...]:
    counts = defaultdict[str, int](int, Counter(item.language for item in suite.items))
    return (suite.id, *(str(counts[language]) for language in ("en", "fr", "de", "it", "ja")))


if __name__ == "__main__":
    main()
