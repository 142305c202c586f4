"""What must be true of a match beyond its shape: checksums, numbering plans, and how random it looks."""

import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module

from accord.errors import MissingExtraError, ScanError

Check = Callable[[str], bool]

_KEPT = 1 << 12
"""How many telephone numbers are remembered: the same ones come again, and reading one takes long."""
_DRAWN = 3.0
"""Bits a character from which a run of characters looks drawn."""
_FEW = 3
"""A password of so few different characters is filler."""
_PLACEHOLDERS = frozenset({"password", "passwd", "your_password", "yourpassword", "secret", "changeme", "pass"})
_COLONS = 3
"""From how many colons on something of hexadecimal digits is an address and no part of a program."""
_FULL = 4
"""Digits of a group of such an address that none is left out of."""
_FILES = frozenset(
    {
        "css",
        "gif",
        "html",
        "ico",
        "jpeg",
        "jpg",
        "js",
        "json",
        "md",
        "pdf",
        "png",
        "py",
        "svg",
        "ts",
        "webp",
        "yaml",
        "yml",
        "zip",
    }
)
"""Endings of files, which stand behind an @ in the names of images and packages."""


@cache
def find_check(name: str) -> Check:
    """Return the rule of this name; raise ScanError where there is none, MissingExtraError.

    `stdnum:us.ssn` is one of python-stdnum. `phone:GB` asks for a number that is given out in a country, and
    `possible:GB` for one of the right length.
    """
    kind, _, part = name.partition(":")
    if kind == "stdnum":
        return _stdnum(part)
    if kind in {"phone", "possible"}:
        return _phone(kind, part)
    rule = _RULES.get(name)
    if rule is None:
        raise ScanError("There is no such rule for a match.", expected=", ".join(_RULES), found=name)
    return rule


def _luhn(text: str) -> bool:
    digits = [int(c) for c in text if c.isascii() and c.isdigit()]
    doubled = (sum(divmod(2 * d, 10)) for d in digits[-2::-2])
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _random(text: str) -> bool:
    """Tell whether the last run of letters and digits looks drawn, not written: words have fewer bits a character."""
    last = re.split(r"[^A-Za-z0-9+/_=.~!@#$%^&*-]+", text.rstrip("'\"@:/"))[-1]
    counts = Counter(last)
    return -sum(n / len(last) * math.log2(n / len(last)) for n in counts.values()) >= _DRAWN if last else False


def _password(text: str) -> bool:
    """Tell whether the password in an address is more than a placeholder."""
    word = text.rstrip("@").rpartition(":")[2].lower()
    return len(set(word)) > _FEW and word.strip("*x.<>") not in _PLACEHOLDERS


def _email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    ending = domain.rpartition(".")[2].lower()
    return ".." not in local and not local.endswith(".") and ending not in _FILES


def _ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    first = text.partition(":")[0]
    return any(c.isdigit() for c in text) and (text == "::1" or text.count(":") >= _COLONS or len(first) == _FULL)


def _iban(text: str) -> bool:
    letters = re.sub(r"[ -]", "", text).upper()
    return int("".join(str(int(c, 36)) for c in letters[4:] + letters[:4])) % 97 == 1


def _mrz(text: str) -> bool:
    """Tell whether the check digits of the second line of a passport are right (ICAO 9303)."""
    line = text.rsplit(maxsplit=1)[-1]
    fields = [(line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27])]
    return all(sum(_mrz_value(c) * (7, 3, 1)[i % 3] for i, c in enumerate(part)) % 10 == int(d) for part, d in fields)


def _mrz_value(character: str) -> int:
    return 0 if character == "<" else int(character, 36)


def _phonelike(text: str) -> bool:
    digits = re.sub(r"[^0-9]", "", text)
    dated = re.fullmatch(
        r"(?:19|20)[0-9]{2}[ .-][0-9]{2}[ .-][0-9]{2}|[0-9]{2}[ .-][0-9]{2}[ .-](?:19|20)[0-9]{2}", text
    )
    return len(set(digits)) > 2 and not dated  # noqa: PLR2004 - a number of two digits is filler


def _nino(text: str) -> bool:
    """Tell whether the letters before a British National Insurance number are ever given out."""
    return text[:2].upper() not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def _taj(text: str) -> bool:
    """Tell whether the check digit of a Hungarian social security number is right."""
    digits = [int(c) for c in text if c.isdigit()]
    return sum(d * (3, 7)[i % 2] for i, d in enumerate(digits[:8])) % 10 == digits[8]


_RULES: dict[str, Check] = {
    "email": _email,
    "iban": _iban,
    "ipv6": _ipv6,
    "luhn": _luhn,
    "mrz": _mrz,
    "nino": _nino,
    "password": _password,
    "phonelike": _phonelike,
    "random": _random,
    "taj": _taj,
}


def _stdnum(name: str) -> Check:
    try:
        module = import_module(f"stdnum.{name}")
    except ModuleNotFoundError as error:
        if error.name == "stdnum":
            raise _missing() from error
        raise ScanError("python-stdnum knows no such number.", found=name) from error
    valid: Check = module.is_valid
    return valid


def _phone(kind: str, region: str) -> Check:
    try:
        import phonenumbers  # noqa: PLC0415 - loads the numbering plans of all countries
    except ModuleNotFoundError as error:
        raise _missing() from error

    right = phonenumbers.is_valid_number if kind == "phone" else phonenumbers.is_possible_number

    @lru_cache(_KEPT)
    def valid(text: str) -> bool:
        try:
            return right(phonenumbers.parse(text, region or None))
        except phonenumbers.NumberParseException:
            return False

    return valid


def _missing() -> MissingExtraError:
    return MissingExtraError("What looks at texts is not installed.", fix="pip install 'accord[scan]'")
