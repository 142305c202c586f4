"""Private keys under a passphrase: PKCS #8 (RFC 5958) with PBES2 (RFC 8018), scrypt (RFC 7914) and AES-256-CBC.

Written out because `cryptography` has no setting for it: it stretches a passphrase with 2,048 rounds of PBKDF2,
which is far too fast for a guesser. It reads what is written here, and so does OpenSSL.
"""

import base64
import hashlib
import os
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

# OWASP's setting for 16 MiB, because OpenSSL refuses a key file whose scrypt needs 32 MiB.
_N, _R, _P = 2**14, 8, 5
_BLOCK = 16
_LINE = 64  # RFC 7468, 2

_SEQUENCE, _OCTETS, _INTEGER, _OID = 0x30, 0x04, 0x02, 0x06
_PBES2 = bytes.fromhex("2a864886f70d01050d")  # 1.2.840.113549.1.5.13
_SCRYPT = bytes.fromhex("2b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11
_AES256_CBC = bytes.fromhex("60864801650304012a")  # 2.16.840.1.101.3.4.1.42


def encrypt_pem(key: bytes, passphrase: bytes, *, entropy: Callable[[int], bytes] = os.urandom) -> bytes:
    """Return a PrivateKeyInfo (DER) as PEM that opens with the passphrase; `entropy` gives the salt and the IV."""
    salt, start = entropy(_BLOCK), entropy(_BLOCK)
    costs = [_der(_INTEGER, _integer(cost)) for cost in (_N, _R, _P)]
    derivation = _der(_SEQUENCE, _der(_OID, _SCRYPT), _der(_SEQUENCE, _der(_OCTETS, salt), *costs))
    cipher = _der(_SEQUENCE, _der(_OID, _AES256_CBC), _der(_OCTETS, start))
    scheme = _der(_SEQUENCE, _der(_OID, _PBES2), _der(_SEQUENCE, derivation, cipher))
    return _pem(_der(_SEQUENCE, scheme, _der(_OCTETS, _encrypt(key, passphrase, salt, start))))


def _encrypt(key: bytes, passphrase: bytes, salt: bytes, start: bytes) -> bytes:
    secret = hashlib.scrypt(passphrase, salt=salt, n=_N, r=_R, p=_P, dklen=AES256.key_size // 8)
    padder = PKCS7(AES256.block_size).padder()
    encryptor = Cipher(AES256(secret), CBC(start)).encryptor()
    return encryptor.update(padder.update(key) + padder.finalize()) + encryptor.finalize()


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes([tag]) + _length(len(body)) + body


def _length(size: int) -> bytes:
    """Return a length in DER: itself below 128, else preceded by how many bytes it takes (X.690, 8.1.3)."""
    if size < 0x80:  # noqa: PLR2004 - X.690's
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 + len(digits)]) + digits


def _integer(number: int) -> bytes:
    """Return a positive number as the fewest bytes of two's complement (X.690, 8.3)."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der)
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    label = b"ENCRYPTED PRIVATE KEY-----"
    return b"\n".join([b"-----BEGIN " + label, *lines, b"-----END " + label, b""])
