"""The table of accord.toml about receiving production traffic: where, what is replaced in it, and how long it stays."""

from typing import Annotated

from pydantic import AfterValidator, Field

from accord.manifest.values import FilePath, Id, Line, Part, Shape

_LAST_PORT = 65_535


def _listen(value: str) -> str:
    host, colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdecimal() and int(port) <= _LAST_PORT):
        msg = "expected an address and a port, such as 127.0.0.1:4318"
        raise ValueError(msg)
    return value


Listen = Annotated[
    str, Field(max_length=300), AfterValidator(_listen), Shape("an address and a port", '"127.0.0.1:4318"')
]
StorageDays = Annotated[int, Field(ge=1, le=3653), Shape("a whole number of days, from 1 to 3653", "30")]


class Receive(Part):
    """How `accord monitor receive` takes traces in (clause 2.1); where it lies and what opens it is not published."""

    folder: FilePath = "received"
    """The folder of what is received."""
    listen: Listen = "127.0.0.1:4318"
    """The address and the port; plain HTTP, so that a proxy has to stand before any other than this machine's."""
    token_file: FilePath = ".accord/keys/receiver.token"  # noqa: S105 - a path
    """The file of the token that senders show; made where there is none."""
    salt_file: FilePath = ".accord/keys/accounts.salt"
    """The file of the salt that turns names of accounts into keys; made where there is none."""
    spool_keys: FilePath | None = None
    """The folder for the keys of what is not stored yet; without it one in `folder`. On a memory file system nothing of
    the spool can be read after a power failure, by nobody."""
    redact: tuple[Id, ...] = ("personal-data", "secrets")
    """The detectors whose findings are replaced before anything is kept in clear."""
    keep: tuple[Line, ...] = ()
    """Attributes of spans that are kept beyond those of the GenAI conventions."""
    days: StorageDays = 30
    """For how many days what was received is kept."""

    def published(self) -> "Receive":
        """Return what may be published: nothing of where it lies, or of what opens it."""
        return Receive(redact=self.redact, keep=self.keep, days=self.days)
