"""Keys that are kept elsewhere: a device, a vault or a cloud, named by a signer URI as securesystemslib reads it.

Whatever holds the key, only signatures that verify under the expected public key are handed on: a device that
answers wrongly, or for another key, cannot harm a log.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from accord.errors import AccordError, LedgerError, MissingExtraError, SignatureError
from accord.ledger.keys import PublicKey, Signer, SigningKey

_ED25519 = "ed25519"
_FILE = "file2"
_SHOWN = 300


def load_signer(uri: str, public: PublicKey, unlock: Callable[[], bytes] | None = None) -> Signer:
    """Return the signer that a URI names, which must sign by `public`, an Ed25519 key (C2SP tlog-checkpoint).

    `unlock` gives a passphrase or PIN in UTF-8 where one is asked for. `file2:PATH` is read as `SigningKey.load`
    reads it, encrypted or not. Every other scheme is securesystemslib's, or one that is registered there: what
    it raises is a LedgerError here. Raises MissingExtraError where that library is not installed.
    """
    address = urlsplit(uri)
    if address.scheme == _FILE:
        return _load_file(Path(address.path), public, unlock)
    return _load_foreign(uri, public, unlock)


@dataclass(frozen=True)
class _External:
    """A signer of securesystemslib behind the interface of ours, trusted with nothing."""

    uri: str
    public: PublicKey
    _signer: Any = field(repr=False)

    @property
    def name(self) -> str:
        return self.public.name

    def sign(self, data: bytes) -> bytes:
        with _refusals(self.uri):
            signature = bytes.fromhex(self._signer.sign(data).signature)
        try:
            self.public.verify(signature, data)
        except SignatureError as error:
            raise LedgerError(
                "The signer answered with a signature that does not verify.",
                where=self.uri,
                expected=error.expected,
                fix="make sure that the URI names the log's key",
            ) from error
        return signature


def _load_file(path: Path, public: PublicKey, unlock: Callable[[], bytes] | None) -> Signer:
    key = SigningKey.load(path, public.name, unlock)
    if key.public != public:
        raise LedgerError(
            "This file holds another key.", where=str(path), expected=public.fingerprint, found=key.public.fingerprint
        )
    return key


def _load_foreign(uri: str, public: PublicKey, unlock: Callable[[], bytes] | None) -> Signer:
    try:
        # Only now, because it imports every cloud's client that is installed (boto3 alone takes 0.2 s).
        library = import_module("securesystemslib.signer")
    except ImportError as error:
        raise MissingExtraError(
            "Signing with a key that is kept elsewhere needs securesystemslib, which is not installed.",
            fix="pip install 'accord[signers]'",
        ) from error
    with _refusals(uri):
        key = library.SSlibKey(public.keyid, _ED25519, _ED25519, {"public": public.raw.hex()})
        signer = library.Signer.from_priv_key_uri(uri, key, _ask(uri, unlock))
        kind = signer.public_key.keytype
    if kind != _ED25519:
        raise LedgerError(
            "This signer's key is not of Ed25519.", where=uri, expected=_ED25519, found=repr(kind)[:_SHOWN]
        )
    return _External(uri, public, signer)


def _ask(uri: str, unlock: Callable[[], bytes] | None) -> Callable[[str], str]:
    """Return what securesystemslib calls for a secret, with the kind that it wants."""

    def answer(kind: str) -> str:
        if unlock is None:
            raise LedgerError(
                "The signer asks for a secret.", where=uri, expected=repr(kind)[:_SHOWN], fix="--passphrase-file FILE"
            )
        try:
            return unlock().decode()
        except UnicodeDecodeError:
            # The cause holds the secret, so it is not kept.
            raise LedgerError("The secret for the signer is not UTF-8.", where=uri) from None

    return answer


@contextmanager
def _refusals(uri: str) -> Iterator[None]:
    """Turn whatever a signer raises into LedgerError; its library promises no error of its own."""
    try:
        yield
    except AccordError:
        raise
    except Exception as error:
        found = repr(f"{type(error).__name__}: {error}")[:_SHOWN]
        raise LedgerError("The signer refused.", where=uri, found=found) from error
