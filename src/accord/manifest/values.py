"""The values that accord.toml may hold, each with words for the messages and for its page."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from accord.evidence import WITHHOLDABLE

_ROLES = """abuse ai contact feedback incident incidents legal misuse press privacy psirt report responsible-ai
safety security support trust vulnerability"""
ROLE_ADDRESSES = frozenset(_ROLES.split())
"""Mailbox names that belong to a role and not to a person: nothing personal may enter the log."""


_HOST = r"[\w-]+(\.[\w-]+)+"
_LINK = re.compile(rf"https://{_HOST}(:\d+)?([/?#]\S*)?")
_MAILBOX = re.compile(rf"mailto:([\w.-]+)@{_HOST}")
_ENDPOINT = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?(/[^\s?#]*)?")


@dataclass(frozen=True)
class Shape:
    """What a value looks like, for messages and for the manifest's page: plain words, and an example in TOML."""

    words: str
    example: str


def _link(value: str) -> str:
    if not _LINK.fullmatch(value) or not value.isprintable():
        msg = "expected a public address that starts with https:// and names no user"
        raise ValueError(msg)
    return value


def _address(value: str) -> str:
    if not value.startswith("mailto:"):
        return _link(value)
    mailbox = _MAILBOX.fullmatch(value)
    if not mailbox or mailbox[1].lower() not in ROLE_ADDRESSES:
        msg = (
            "expected a role's mailbox such as mailto:security@example.org, because a person's address "
            "cannot be taken back from the log"
        )
        raise ValueError(msg)
    return value


def _endpoint(value: str) -> str:
    # The endpoint is signed and published, and a password in the log could not be taken back.
    if not _ENDPOINT.fullmatch(value) or not value.isprintable():
        msg = "expected an http:// or https:// address without user name, password or query, because it is published"
        raise ValueError(msg)
    return value


def _relative(value: str) -> str:
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or not path.parts or not value.isprintable():
        msg = "expected a path inside the folder of accord.toml, such as docs/policy.md"
        raise ValueError(msg)
    return value


_STATED = frozenset({"job", "seed", "settings"})
"""What the published declaration itself says, or lets anyone compute: it cannot be withheld from a record."""


def _withholdable(value: str) -> str:
    fields = sorted(WITHHOLDABLE - _STATED)
    if value not in fields:
        msg = f"expected one of {', '.join(fields)}"
        raise ValueError(msg)
    return value


# Control characters, line separators and the marks that reorder text would let a value lie about itself where it is
# shown.
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_TEXT = rf"^[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*$"

Line = Annotated[str, Field(max_length=300, pattern=_TEXT), Shape("one line of text, at most 300 characters", '"..."')]
FilePath = Annotated[str, Field(max_length=4096, pattern=_TEXT), Shape("the path of a file", '"models/model.gguf"')]
Id = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64),
    Shape("an id of lower-case letters, digits and hyphens, at most 64", '"risk-policy"'),
]
Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35),
    Shape("a language tag such as en or pt-BR", '"en"'),
]
Country = Annotated[
    str, Field(pattern=r"^[A-Z]{2}$"), Shape("a country in two capital letters (ISO 3166-1), such as JP", '"JP"')
]
MetricId = Annotated[
    str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$"), Shape("a metric as suite.metric", '"refusal.harmful"')
]
Variable = Annotated[
    str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"), Shape("the name of an environment variable", '"MODEL_KEY"')
]
Withholdable = Annotated[
    str, AfterValidator(_withholdable), Shape("a field of a record that may be withheld, such as metrics", '"metrics"')
]
Link = Annotated[
    str, AfterValidator(_link), Shape("a public address that starts with https://", '"https://example.org/policy"')
]
Address = Annotated[
    str,
    AfterValidator(_address),
    Shape("an https:// address, or mailto: and a role's mailbox", '"mailto:security@example.org"'),
]
Endpoint = Annotated[
    str, AfterValidator(_endpoint), Shape("an http:// or https:// address", '"http://127.0.0.1:8080/v1"')
]
RelativePath = Annotated[
    str,
    AfterValidator(_relative),
    Shape("the path of a file, from the folder of accord.toml", '"docs/policy.md"'),
]
Share = Annotated[float, Field(ge=0, le=1), Shape("a number from 0 to 1", "0.05")]
Chance = Annotated[float, Field(gt=0, le=1), Shape("a number above 0, at most 1", "0.05")]
Seed = Annotated[int, Field(ge=0, lt=2**31), Shape("a whole number from 0 to 2147483647", "1")]
Days = Annotated[int, Field(ge=0, le=36525), Shape("a whole number of days, from 0 to 36525", "180")]

Advisories = Annotated[
    str,
    Field(max_length=4096, pattern=_TEXT),
    Shape("the path of an export, or https://api.osv.dev", '"osv/all.zip"'),
]
Flag = Annotated[bool, Shape("true or false", "true")]

Role = Literal["developer", "application-developer", "deployer", "provider"]
Stage = Literal["design", "development", "deployment", "use"]


class Part(BaseModel):
    """A table of accord.toml: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
