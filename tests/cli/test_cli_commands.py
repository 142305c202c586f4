"""The commands as they document themselves, and that the page of them is current."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from accord import errors
from accord.cli import COMMANDS, EXIT_CODES, accord, exit_code

ROOT = Path(__file__).parents[2]


def _leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _leaves(command, (*path, name))
        elif command:
            yield (*path, name), command


LEAVES = dict(_leaves(accord))


def test_commands_page_is_current() -> None:
    subprocess.run([sys.executable, ROOT / "scripts/make_commands_page.py", "--check"], check=True)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_command_has_help_that_says_what_it_does(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(accord, [*path, "--help"], catch_exceptions=False)
    assert 0 == result.exit_code
    assert len(LEAVES[path].get_short_help_str(200)) > 20


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_command_has_json(path: tuple[str, ...]) -> None:
    assert "--json" in [name for option in LEAVES[path].params for name in option.opts]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_option_has_help_that_ends_as_a_sentence(path: tuple[str, ...]) -> None:
    helps = {o.name: o.help or "" for o in LEAVES[path].params if isinstance(o, click.Option)}
    poor = [name for name, text in helps.items() if len(text) < 8 or not text.partition("  [")[0].endswith(".")]
    assert [] == poor


def test_top_help_lists_every_command() -> None:
    output = CliRunner().invoke(accord, ["--help"]).output
    assert [] == [line for line in COMMANDS.items() if not all(part in output for part in line)]


def test_short_help_of_a_command_is_loaded_from_its_module() -> None:
    assert set(COMMANDS) == {path[0] for path in LEAVES}


def test_exit_codes_of_errors_are_documented() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AccordError)]
    assert {2, 3, 4} == {exit_code(kind("x")) for kind in kinds}
    assert {0, 1, 2, 3, 4, 130} == set(EXIT_CODES)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.ManifestError, 2),
        (errors.CodeError, 2),
        (errors.VerificationError, 3),
        (errors.SignatureError, 3),
        (errors.RecordError, 3),
        (errors.LedgerBusyError, 4),
        (errors.MissingExtraError, 4),
        (errors.AccordError, 4),
    ],
)
def test_exit_code_of_an_error(kind: type[errors.AccordError], code: int) -> None:
    assert code == exit_code(kind("x"))
