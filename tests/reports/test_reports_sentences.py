"""Sentences in another language: what is put into them is a word of ours, a name that stays, or a list of either."""

from datetime import date

import pytest

from accord.reports.languages import find_language
from accord.reports.languages.catalogue import read_catalogue
from accord.reports.languages.templates import Template, fill

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
    ],
    ids=["name", "language", "twice", "brackets", "families", "quotes", "event"],
)
def test_sentence_keeps_names_and_tells_words(english: str, french: str) -> None:
    assert _plain(find_language("fr").said(english)) == french


def test_every_sentence_that_can_be_said_is_found_again() -> None:
    said = [text for text, _ in read_catalogue("fr").sentences()]
    made = [fill(text, {p.name: VALUES.get(p.shape, "Xq") for p in Template.parse(text).places}) for text in said]
    assert [text for text in made if find_language("fr").said(text) is None] == []


def test_first_of_a_month_is_an_ordinal_in_french() -> None:
    days = [find_language("fr").day(date(2026, 12, day)) for day in (1, 11, 31)]
    assert days == ["1er décembre 2026", "11 décembre 2026", "31 décembre 2026"]


def _plain(told: str | None) -> str:
    return (told or "").replace("\u202f", " ").replace("\u00a0", " ").replace("\u2019", "'")
