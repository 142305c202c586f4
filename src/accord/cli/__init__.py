"""The command line: the only place where an error becomes an exit code."""

import sys
from importlib import import_module

import click

from accord import __version__
from accord.cli.output import show_error, show_usage
from accord.errors import AccordError, CodeError, IntakeError, ManifestError, RecordError, VerificationError

COMMANDS = {
    "demo": "Take a small real model through the whole of it.",
    "init": "Start a workspace: accord.toml, a log and a key.",
    "assess": "Bring the evidence up to date and record what it supports.",
    "evaluate": "Evaluate, judge again, compare runs, take in results of others.",
    "status": "Show the eleven actions, clause by clause.",
    "gate": "Exit 1 where a release must not go on yet.",
    "trace": "Show the trail of a release, or what one sentence rests on.",
    "report": "Write the report, and the bundle that proves it.",
    "publish": "Write a static site that any web server can host.",
    "verify": "Check a workspace, a ledger, a bundle or a report, offline.",
    "compare": "Set two reports side by side, clause by clause.",
    "weights": "Sign, verify, scan and list a model's files and packages.",
    "controls": "Look at security controls, and write security.txt.",
    "scan": "Look at many texts: traffic and training data.",
    "provenance": "Sign, check and attack content, and let users ask about it.",
    "monitor": "Receive production traffic, and watch it for patterns of misuse.",
    "risk": "Keep the register of risks.",
    "incident": "Carry incidents and vulnerabilities to public notice.",
    "decide": "Record what a person decided: red lines, an override.",
    "declare": "State facts about clauses, with their evidence.",
    "form": "Answer the forms that others ask for.",
    "key": "Show, change or encrypt the key that signs.",
    "erase": "Erase text that records refer to; the log stays valid.",
    "disclose": "Show an auditor what records withhold.",
    "code": "Read the Code.",
    "log": "Look into the log, have it witnessed, or witness others.",
}
"""Each command in the module `accord.cli.<name>`, in the order of daily use."""

EXIT_CODES = {
    0: "Fine.",
    1: "Findings: something is not as it should be; what it is was printed.",
    2: "Usage: the arguments, or accord.toml, say something that cannot be used.",
    3: "Verification failed: something signed, hashed or recomputed is not what it claims to be.",
    4: "A prerequisite is missing, or the system refused: the message says which, and what to do.",
    130: "Interrupted. What was recorded stays, and the next run goes on from there.",
}
"""What the exit codes of every command mean."""

_ERRORS = ((ManifestError, 2), (CodeError, 2), (IntakeError, 2), (VerificationError, 3), (RecordError, 3))
"""Any other AccordError is a missing prerequisite: its message says which."""


class _Commands(click.Group):
    """Loads a command's module when it is called: nobody waits for the parts they do not use."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"accord.cli.{name}"), name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"auto_envvar_prefix": "ACCORD", "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="accord %(version)s")
def accord() -> None:
    """Run the G7 Code of Conduct for advanced AI: measured, signed, and open to anyone's check."""


def exit_code(error: AccordError) -> int:
    """Return the exit code that stands for `error`."""
    return next((code for kind, code in _ERRORS if isinstance(error, kind)), 4)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit."""
    given = sys.argv[1:] if args is None else args
    try:
        code = accord.main(args=given, prog_name="accord", standalone_mode=False)
    except click.ClickException as error:
        show_usage(error)
        code = error.exit_code
    except click.Abort:
        click.echo(EXIT_CODES[130], err=True)
        code = 130
    except AccordError as error:
        code = _fail(error, given)
    except OSError as error:
        code = _fail(_refusal(error), given)
    sys.exit(code)


def _refusal(error: OSError) -> AccordError:
    return AccordError("The system refused a file operation.", where=str(error.filename or ""), found=str(error))


def _fail(error: AccordError, given: list[str]) -> int:
    show_error(error, as_json="--json" in given)
    return exit_code(error)
