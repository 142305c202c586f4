"""Sentences in another language: what is put into them is a word of ours, a name that stays, or a list of either."""

from datetime import date
from time import perf_counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accord.reports.languages import find_language
from accord.reports.languages.catalogue import read_catalogue
from accord.reports.languages.templates import LONGEST, Template, fill

MESSAGES = sorted({text for text, _ in read_catalogue("fr").sentences()})
SHAPES = {
    "number": st.integers(0, 10**6).map(str),
    "share": st.floats(0, 1).map(lambda value: f"{value:.1%}"),
    "figure": st.floats(0, 10).map(lambda value: f"{value:.2f}"),
    "day": st.dates().map(lambda day: f"{day:%Y-%m-%d}" if day.year > 999 else "1999-01-02"),
    "moment": st.just("2026-11-23 15:04"),
    "id": st.from_regex(r"[a-z0-9.-]{1,12}", fullmatch=True),
    "text": st.text(min_size=1, max_size=40)
    | st.sampled_from(
        ["{count}", "{0}", "%(name)s", "</script>", " has no public address.", "”: no licence is named."]
    ),
}
VALUES = {"number": "7", "share": "12.5%", "figure": "0.25", "day": "2026-11-18", "moment": "2026-11-18 15:00"}


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "No result is recorded of the run of suite misuse that record 7 announced.",
            "Aucun résultat n'est enregistré pour l'exécution de la suite misuse annoncée dans l'enregistrement 7.",
        ),
        (
            "refusal.harmful was not measured in ja, in which the system is offered.",
            "refusal.harmful n'a pas été mesuré en japonais, langue dans laquelle le système est proposé.",
        ),
        ("Tested: R1, R2.", "Testé : R1, R2."),
        (
            "Of the incident near nothing is said, or it is withheld, about: title (1), severity (10).",
            "Sur l'incident near, rien n'est dit, ou n'est divulgué, au sujet de : titre (1), gravité (10).",
        ),
        (
            "No current and complete evaluation touches 1 of 7 risk families: R4 (Self-copying models).",
            (
                "Familles de risques qu'aucune évaluation complète et à jour n'aborde : 1 sur 7, "
                "à savoir R4 (Modèles qui se répliquent)."
            ),
        ),
        ("There is a privacy policy: “Ours”.", "Document présent (une politique de confidentialité) : « Ours »."),
        ("Risk r1 added: Uplift", "Risque r1 (ajouté) : Uplift"),
        (
            "Observed: nothing could be told. There is a privacy policy: “Ours”.",
            "Observé : rien n'a pu être établi. Document présent (une politique de confidentialité) : « Ours ».",
        ),
        ("Incident i1 signalled: Fire at the plant", "Incident i1 (signalé) : Fire at the plant"),
    ],
    ids=["name", "language", "twice", "brackets", "families", "quotes", "event", "several", "anybody"],
)
def test_sentence_keeps_names_and_tells_words(english: str, french: str) -> None:
    assert _plain(find_language("fr").said(english)) == french


def test_every_sentence_that_can_be_said_is_found_again() -> None:
    said = [text for text, _ in read_catalogue("fr").sentences() if Template.parse(text).is_telling]
    made = [fill(text, {p.name: VALUES.get(p.shape, "Xq") for p in Template.parse(text).places}) for text in said]
    assert [text for text in made if find_language("fr").said(text) is None] == []


def test_first_of_a_month_is_an_ordinal_in_french() -> None:
    days = [find_language("fr").day(date(2026, 12, day)) for day in (1, 11, 31)]
    assert days == ["1er décembre 2026", "11 décembre 2026", "31 décembre 2026"]


@given(st.data())
def test_template_finds_what_was_put_into_it(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(MESSAGES))
    template = Template.parse(message)
    values = {place.name: data.draw(SHAPES[place.shape]) for place in template.places}
    text = fill(message, values)
    assume(len(text) <= LONGEST)
    found = template.match(text)
    assert found is not None
    assert text == fill(message, found)


@given(st.data())
def test_what_is_put_in_is_never_read_as_a_template(data: st.DataObject) -> None:
    title = data.draw(st.text(min_size=1, max_size=30).filter(lambda text: "”" not in text))
    told = find_language("fr").said(f"“{title}” has no public address.")
    assert told is not None
    assert title in told


@pytest.mark.parametrize("text", ["{count}", "%(name)s", "{", "}}", "{title", "\0", "<b>", "”", "\u202e"])
def test_values_that_look_like_places_stay_text(text: str) -> None:
    assert text in (find_language("fr").said(f"Document {text}, 15 bytes") or "")


def test_statement_with_a_hostile_title_is_not_told_as_withdrawn() -> None:
    said = "Statement s1 (plan) on 1.1: it is withdrawn"
    assert "it is withdrawn" in (find_language("fr").said(said) or said)


@pytest.mark.parametrize(
    "text", [", " * 1_900, "a: " * 1_300, "a (b) " * 600, ". " * 1_900, "“” " * 1_000, "x" * 100_000]
)
def test_endless_text_is_given_up_soon(text: str) -> None:
    start = perf_counter()
    find_language("fr").said(f"Scan of data {text}: {text}")
    find_language("fr").said(text)
    assert 5 > perf_counter() - start


def _plain(told: str | None) -> str:
    return (told or "").replace("\u202f", " ").replace("\u00a0", " ").replace("\u2019", "'")


def test_a_part_of_a_metric_keeps_its_id() -> None:
    told = find_language("ja").said(
        "Record 20 could score no sample of: cascade.amplified (city), cascade.amplified (health)."
    )
    assert told is not None
    assert "cascade.amplified (health)" in told
