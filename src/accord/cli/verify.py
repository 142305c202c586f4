"""`accord verify`: check a workspace, a log, a bundle or a report, offline."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Group, RenderableType
from rich.status import Status
from rich.table import Table
from rich.text import Text

from accord.cli.clock import now
from accord.cli.output import console, json_option, safe
from accord.errors import VerificationError
from accord.ledger import Policy
from accord.ledger.policy import MAX_POLICY
from accord.ledger.timestamp import load_roots
from accord.reports import RENDERERS
from accord.verify import Claim, Memory, Result, Trust, Verification, default_folder, parse_disclosure
from accord.verify import verify as verify_target
from accord.verify.claims import explain
from accord.verify.disclosure import MAX_DISCLOSURE

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_MAX_KEY_FILE = 16_384
MAX_ROOTS = 2**20
"""The most bytes of a file of certificates that are read."""
_STYLES = {
    Result.VERIFIED: "green",
    Result.WITHHELD: "cyan",
    Result.ERASED: "cyan",
    Result.CANNOT_TELL: "yellow",
    Result.CONTRADICTED: "bold red",
}


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key", "keys", multiple=True, metavar="KEY", help="Verifier key, file with one or with PEM, or fingerprint."
)
@click.option(
    "--evaluator",
    "evaluators",
    multiple=True,
    metavar="KEY",
    help="The same of an independent evaluator, for its records.",
)
@click.option("--policy", type=_FILE, help="Which witnesses must have cosigned: a C2SP tlog-policy file.")
@click.option("--tsa-root", "roots", multiple=True, type=_FILE, help="A certificate of a time-stamp authority.")
@click.option("--disclosure", type=_FILE, help="What you were shown of withheld fields, from accord disclose.")
@click.option(
    "--memory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where you keep what you verified before.  [~/.local/state/accord/verified]",
)
@click.option("--no-memory", is_flag=True, help="Neither compare with what you verified before, nor keep this.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    path: Path,
    keys: tuple[str, ...],
    evaluators: tuple[str, ...],
    policy: Path | None,
    roots: tuple[Path, ...],
    disclosure: Path | None,
    memory: Path | None,
    *,
    no_memory: bool,
    as_json: bool,
) -> None:
    """Check a workspace, a log's folder, a bundle or a report at PATH. Nothing is sent anywhere.

    The newest checkpoint that held is kept on this machine: a log that goes back behind it, or was rewritten, is found
    the next time, and what was verified is not verified again.

    Exit code 0: nothing is contradicted, and the key is one of yours. 1: nothing is contradicted, but the key is not
    pinned. 3: something is contradicted.
    """
    trust = _load_trust(keys, evaluators, policy, roots)
    shown = parse_disclosure(_read(disclosure, MAX_DISCLOSURE)) if disclosure else None
    kept = None if no_memory else Memory(memory or default_folder(os.environ))
    with console(stderr=True).status("Verifying") as status:
        done = verify_target(
            path,
            trust=trust,
            now=now(),
            renderers=RENDERERS,
            progress=_Watch(status),
            disclosure=shown,
            memory=kept,
        )
    if as_json:
        # ASCII: what a stranger wrote must not reach the terminal as it is.
        click.echo(json.dumps(done.to_json(), indent=2))
    else:
        console().print(_view(done))
    ctx.exit(_exit_code(done))


class _Watch:
    """Progress shown beside the spinner, which only a terminal sees."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def __call__(self, done: int, note: str = "") -> None:  # noqa: ARG002 - the interface's; records need no note
        self._status.update(f"Verifying: {done} records")


def _load_trust(
    keys: tuple[str, ...], evaluators: tuple[str, ...], policy: Path | None, roots: tuple[Path, ...]
) -> Trust:
    named, outside = _read_keys(keys, "--key"), _read_keys(evaluators, "--evaluator")
    try:
        witnesses = Policy.parse(_read(policy, MAX_POLICY)) if policy else None
    except VerificationError as error:
        raise click.BadParameter(_line(explain(error)).plain, param_hint="--policy") from error
    return Trust(named, witnesses, tuple(map(_read_root, roots)), outside)


def _read_keys(keys: tuple[str, ...], option: str) -> tuple[str, ...]:
    try:
        named = tuple(_read_key(key) for key in keys)
        Trust(named)
    except VerificationError as error:
        raise click.BadParameter(_line(explain(error)).plain, param_hint=option) from error
    except OSError as error:
        raise click.BadParameter(_line(f"It cannot be read: {error}").plain, param_hint=option) from error
    return named


def _read_root(path: Path) -> bytes:
    data = _read(path, MAX_ROOTS)
    try:
        if len(data) > MAX_ROOTS:
            raise click.BadParameter(f"expected at most {MAX_ROOTS} bytes", param_hint="--tsa-root")
        load_roots(data)
    except VerificationError as error:
        raise click.BadParameter(_line(explain(error)).plain, param_hint="--tsa-root") from error
    return data


def _read_key(key: str) -> str:
    path = Path(key)
    if key.startswith("sha256:") or not path.is_file():
        return key
    return _read(path, _MAX_KEY_FILE).decode(errors="replace")


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit + 1)


def _exit_code(done: Verification) -> int:
    if done.worst == Result.CONTRADICTED:
        return 3
    return 0 if done.pinned else 1


def _view(done: Verification) -> Group:
    parts: list[RenderableType] = [_line(done.target), _counts(done)]
    parts += [_describe(claims) for claims in _alike(done)]
    parts += [Text("\nWhat this cannot show", style="bold"), _bullets(gap.text for gap in done.gaps)]
    return Group(*parts, Text(f"\n{_close(done)}", style="bold"))


def _counts(done: Verification) -> Table:
    table = Table("Claims about", *(result.value for result in Result))
    by_kind = defaultdict[str, list[Claim]](list)
    for claim in done.claims:
        by_kind[claim.kind].append(claim)
    for kind, claims in by_kind.items():
        counts = [(result, sum(c.result == result for c in claims)) for result in Result]
        cells = [Text(str(count) if count else "-", style=_STYLES[r] if count else "dim") for r, count in counts]
        table.add_row(_line(kind), *cells)
    return table


def _alike(done: Verification) -> list[list[Claim]]:
    """Return the claims that are not verified, worst first, with those of one kind and reason together."""
    groups = defaultdict[tuple[Result, str, str], list[Claim]](list)
    for result in reversed(Result):
        for claim in done.claims:
            if claim.result == result != Result.VERIFIED:
                groups[result, claim.kind, claim.reason].append(claim)
    return list(groups.values())


def _describe(claims: list[Claim]) -> Group:
    first = claims[0]
    head = Text.assemble("\n", (first.result.value, _STYLES[first.result]), "  ", _line(first.reason))
    return Group(head, _bullets(f"{claim.text} [{claim.id}]" for claim in claims))


def _bullets(texts: Iterable[str]) -> Table:
    table = Table.grid(padding=(0, 1))
    for text in texts:
        table.add_row(" -", _line(text))
    return table


def _close(done: Verification) -> str:
    bad, unsettled = done.count(Result.CONTRADICTED), done.count(Result.CANNOT_TELL) + done.count(Result.WITHHELD)
    if bad:
        return f"{bad} of {len(done.claims)} claims are contradicted. Do not rely on this."
    if not done.pinned:
        return "Nothing is contradicted, but whose this is was not shown: run it again with --key."
    rest = f" {unsettled} were withheld or could not be settled; each is named above." if unsettled else ""
    return f"{done.count(Result.VERIFIED)} of {len(done.claims)} claims hold under {done.key}.{rest}"


def _line(text: str) -> Text:
    """Return text that a stranger wrote as one line: a line break could pretend to be another claim."""
    return safe(text.replace("\n", r"\n"))
