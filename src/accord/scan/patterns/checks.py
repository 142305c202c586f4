"""What must be true of a match beyond its shape: checksums, numbering plans, and how random it looks."""

import math
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib import import_module

from accord.errors import MissingExtraError, ScanError

Check = Callable[[str], bool]


@cache
def find_check(name: str) -> Check:
    """Return the rule of this name: of this file, `stdnum:us.ssn` of python-stdnum, or `phone:GB` of a numbering plan.

    Raises ScanError for a name that is none, MissingExtraError.
    """
    kind, _, part = name.partition(":")
    if kind == "stdnum":
        return _stdnum(part)
    if kind == "phone":
        return _phone(part)
    rule = _RULES.get(name)
    if rule is None:
        raise ScanError("There is no such rule for a match.", expected=", ".join(_RULES), found=name)
    return rule


def _luhn(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()]
    doubled = (sum(divmod(2 * d, 10)) for d in digits[-2::-2])
    return bool(any(digits)) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _random(text: str) -> bool:
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return entropy >= 3  # noqa: PLR2004 - bits a character: words have less


_RULES: dict[str, Check] = {"luhn": _luhn, "random": _random}


def _stdnum(name: str) -> Check:
    try:
        module = import_module(f"stdnum.{name}")
    except ModuleNotFoundError as error:
        if error.name == "stdnum":
            raise _missing() from error
        raise ScanError("python-stdnum knows no such number.", found=name) from error
    valid: Check = module.is_valid
    return valid


def _phone(region: str) -> Check:
    try:
        import phonenumbers  # noqa: PLC0415 - loads the numbering plans of all countries
    except ModuleNotFoundError as error:
        raise _missing() from error

    def valid(text: str) -> bool:
        try:
            return phonenumbers.is_valid_number(phonenumbers.parse(text, region or None))
        except phonenumbers.NumberParseException:
            return False

    return valid


def _missing() -> MissingExtraError:
    return MissingExtraError("What looks at texts is not installed.", fix="pip install 'accord[scan]'")
