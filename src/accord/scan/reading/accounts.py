"""Accounts under keys that only the organisation can make again."""

import hmac
from functools import lru_cache

import pyarrow as pa

from accord.scan.rows import TEXTS

_PLACE = TEXTS.get_field_index("account")
_LENGTH = 32


@lru_cache(maxsize=1 << 16)
def seal_account(name: str, key: bytes) -> str:
    """Return the key of an account: HMAC-SHA-256, cut to 128 bits, in hex."""
    return hmac.digest(key, name.encode(errors="surrogatepass"), "sha256").hex()[:_LENGTH]


def seal_accounts(texts: pa.RecordBatch, key: bytes | None) -> pa.RecordBatch:
    """Return texts with their accounts sealed, or without them where there is no key."""
    names = texts.column(_PLACE)
    if names.null_count == len(names):
        return texts
    if key is None:
        sealed = pa.nulls(len(names), pa.string())
    else:
        coded = names.dictionary_encode()
        sealed = pa.array([seal_account(n, key) for n in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
    return texts.set_column(_PLACE, TEXTS.field(_PLACE), sealed)
