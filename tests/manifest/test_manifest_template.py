"""The first accord.toml says exactly what was answered, whatever the answers hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ManifestError
from accord.manifest import Answers, check_answer, parse_system, write_manifest

_LINES = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=80).filter(
    lambda text: bool(text.strip())
)
_HOSTILE = _LINES | st.sampled_from(['"', "\\", '"""', "{system}", "# x", '"\\u0041', "日本", "'; [x]", "%s", "a = 1"])


def _answers(name: str = "Acme", contact: str = "") -> Answers:
    return Answers(name, name, name, name, ("developer", "provider"), "inspect", name, name, contact=contact)


@given(_HOSTILE)
def test_manifest_says_what_was_answered(name: str) -> None:
    system = parse_system(write_manifest(_answers(name)), "")
    texts = (system.organisation.name, system.model.name, system.model.inspect)
    product = (system.system.name, system.system.version, system.system.description)
    assert (name,) * 6 == texts + product


def test_manifest_names_roles_languages_and_stage() -> None:
    answers = Answers("O", "S", "1", "D", ("deployer",), "endpoint", "http://h:1/v1", "m", "use", ("ja", "fr"))
    system = parse_system(write_manifest(answers), "")
    expected = (("deployer",), ("ja", "fr"), "use", "http://h:1/v1")
    assert expected == (
        system.organisation.roles,
        system.system.languages,
        system.system.stage,
        system.model.endpoint,
    )


def test_manifest_has_a_channel_where_a_contact_was_given() -> None:
    text = write_manifest(_answers(contact="mailto:security@acme.example"))
    assert "mailto:security@acme.example" == parse_system(text, "").channels[0].address


def test_manifest_has_no_channel_without_a_contact() -> None:
    assert () == parse_system(write_manifest(_answers()), "").channels


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[0m", "\x7f", "\x85", "\u202e", "\udcff", "x" * 301])
def test_answer_that_is_not_a_line_is_refused_by_the_parser(name: str) -> None:
    with pytest.raises(ManifestError, match=r"organisation\.name"):
        parse_system(write_manifest(_answers(name)), "")


def test_examples_in_comments_are_valid_when_uncommented() -> None:
    text = re.sub(r"^#(?=\S)(?!key_env)", "", write_manifest(_answers()), flags=re.MULTILINE)
    system = parse_system(text, "")
    assert (1, 1, 1, 1) == (len(system.documents), len(system.datasets), len(system.tolerances), len(system.channels))
    assert (("metrics",), 3653, 184) == (system.withhold, system.retention.document, system.retention.log)


def test_check_answer_returns_a_good_answer() -> None:
    assert "ja" == check_answer("language", "ja")


def test_check_answer_says_what_is_expected() -> None:
    with pytest.raises(ManifestError, match="expected: a language tag such as en"):
        check_answer("language", "Japanese!")
