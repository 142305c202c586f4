"""`accord monitor receive`."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from accord.cli.clock import now
from accord.cli.options import folder_argument
from accord.cli.output import json_option, print_json, say
from accord.errors import MissingExtraError, MonitorError
from accord.ledger.files import disk_errors, replace_file
from accord.ledger.private_file import read_private, write_private
from accord.manifest import Receive, load_system

if TYPE_CHECKING:
    from accord.monitor.receiving.service import Settings

_SALT = 32
_LEAST = 16


@click.command()
@folder_argument
@json_option
def receive(folder: Path, *, as_json: bool) -> None:
    """Take in traces of GenAI spans by OTLP over HTTP, as [monitor.receive] in FOLDER's accord.toml says.

    Runs until SIGTERM or Ctrl-C. What is acknowledged is on the disk, and kept once however often it is sent. Senders
    show a token, which is made in .accord/keys/ at the first run. Plain HTTP: put it behind a proxy that adds TLS.
    """
    system = load_system(folder / "accord.toml")
    told = (system.monitor and system.monitor.receive) or Receive()
    try:
        from accord.monitor.receiving.service import receive as run  # noqa: PLC0415 - only who receives needs its parts
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"Receiving needs {error.name}, which is not installed.", fix="pip install 'accord[monitor]'"
        ) from error

    def ready(url: str) -> None:
        shown = {"url": f"{url}/v1/traces", "token_file": str(folder / told.token_file)}
        if as_json:
            print_json(shown)
        else:
            say("Listening at {url}\nSenders show the token in {token_file}".format(**shown))

    asyncio.run(run(_settings(folder, told), now, ready))


def _settings(folder: Path, told: Receive) -> "Settings":
    from accord.monitor.receiving.service import Settings  # noqa: PLC0415 - as above
    from accord.monitor.storing.store import Policy  # noqa: PLC0415 - as above
    from accord.scan.detectors import load_detectors  # noqa: PLC0415 - as above

    if told.redact:
        load_detectors(told.redact)  # now, and not when something has been received
    token = _secret(folder / told.token_file, lambda: secrets.token_urlsafe(_SALT).encode())
    salt = _secret(folder / told.salt_file, lambda: secrets.token_bytes(_SALT))
    host, _, port = told.listen.rpartition(":")
    place = folder / told.folder
    return Settings(
        folder=place,
        keys=folder / told.spool_keys / _name(place) if told.spool_keys else place / "keys",
        host=host.removeprefix("[").removesuffix("]"),
        port=int(port),
        token=token.decode("utf-8", "replace").strip(),
        policy=Policy(told.redact, told.keep, told.days, salt),
    )


def _name(place: Path) -> str:
    """Return a name that no other folder has: several receivers may keep their keys in one place."""
    path = place / "name"
    with disk_errors("The folder cannot be made.", place):
        place.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            replace_file(path, secrets.token_hex(8).encode())
        return path.read_text(encoding="ascii")


def _secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what a private file holds, and make it where there is none."""
    with disk_errors("A private file cannot be made or read.", path):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(path, make())
        secret = read_private(path)
    if len(secret.strip()) < _LEAST:
        raise MonitorError(
            "A private file holds too little.",
            where=str(path),
            expected=f"at least {_LEAST} bytes",
            found=f"{len(secret.strip())} bytes",
            fix="remove it: the next run makes another",
        )
    return secret
