"""Passphrases: from a file or a terminal, asked for once and only where a key needs one; never from the environment."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from accord.errors import AccordError, LedgerError
from accord.ledger import PublicKey
from accord.ledger.keys import is_encrypted

if TYPE_CHECKING:
    from accord.workspace import Workspace

_F = TypeVar("_F", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True)
_LONGEST = 4_096
_LONGEST_KEY = 16_384


@dataclass(frozen=True)
class Passphrase:
    """Gives the passphrase of a key when it is called; a file is read, or a person asked, once."""

    file: Path | None
    option: str = "--passphrase-file"
    new: bool = False
    """Whether it is about to be set: a person types it twice."""

    def __call__(self) -> bytes:
        """Return the passphrase; LedgerError where nobody can be asked."""
        return self._value

    @cached_property
    def _value(self) -> bytes:
        if self.file:
            return _read(self.file)
        if not sys.stdin.isatty():
            raise LedgerError(
                "A passphrase is needed, and there is no terminal to ask on.",
                fix=f"{self.option} FILE, or - for standard input",
            )
        label = "New passphrase" if self.new else "Passphrase of the key"
        typed: str = click.prompt(label, hide_input=True, confirmation_prompt=self.new, err=True)
        return typed.encode()

    def open(self, folder: Path, *, ask: bool = False) -> "Workspace":
        """Return the workspace of a folder, which signs with this; `ask` now, before anything else is on the screen."""
        from accord.workspace import Workspace  # noqa: PLC0415 - 0.2 s that commands without a workspace do not pay

        workspace = Workspace.open(folder.resolve(), self)
        if ask and self.file is None and sys.stdin.isatty() and is_locked(workspace.keys / "accord.key"):
            self()
        return workspace


def is_locked(path: Path) -> bool:
    """Tell whether a key's file is there and needs a passphrase."""
    return path.is_file() and is_encrypted(path)


def _read(file: Path) -> bytes:
    # Read as one stream: /dev/fd/3 may be a pipe, which has no length and can be read once.
    with click.open_file(str(file), "rb") as stream:
        data: bytes = stream.read(_LONGEST)
    return data.removesuffix(b"\n").removesuffix(b"\r") if data.endswith(b"\r\n") else data.removesuffix(b"\n")


def passphrase_option(function: _F) -> _F:
    """Add --passphrase-file to a command that signs, and hand it the Passphrase as `unlock`."""
    return click.option(
        "--passphrase-file",
        "unlock",
        type=_FILE,
        callback=lambda _ctx, _option, value: Passphrase(value),
        help="Read the key's passphrase from this file (- for standard input) instead of asking for it.",
    )(function)


def new_passphrase_option(function: _F) -> _F:
    """Add --new-passphrase-file, and hand the command the Passphrase as `fresh`."""
    return click.option(
        "--new-passphrase-file",
        "fresh",
        type=_FILE,
        callback=lambda _ctx, _option, value: Passphrase(value, "--new-passphrase-file", new=True),
        help="Read the new passphrase from this file (- for standard input) instead of asking for it.",
    )(function)


def read_public(path: Path, name: str, option: str) -> PublicKey:
    """Return the public key, as a verifier key or PEM, in the file that an option names."""
    with path.open("rb") as file:
        text = file.read(_LONGEST_KEY).decode(errors="replace")
    try:
        return PublicKey.parse(text, name)
    except AccordError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def refuse_same(key: PublicKey, following: PublicKey) -> None:
    """Raise a usage error where a key is to follow itself: who steals it would have both."""
    if key.raw == following.raw:
        raise click.UsageError("The key that may follow must be another one than the key that comes into force.")
