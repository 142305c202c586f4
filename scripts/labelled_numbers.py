"""Numbers as people write them, made from public numbering plans and check digit rules by our own code.

Nothing here uses what the detectors validate with: a rule that both got wrong would not show. Telephone numbers are of
the ranges that regulators set aside for fiction, where there are any.
"""

import random
from collections.abc import Callable

Make = Callable[[random.Random], str]


def digits(chance: random.Random, count: int) -> str:
    """Return so many digits, the first of them not 0."""
    return str(chance.randint(10 ** (count - 1), 10**count - 1))


def luhn(body: str) -> str:
    """Return the body with its check digit (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - two digits
    return body + str(-total % 10)


def card(chance: random.Random) -> str:
    """Return a payment card number of one of six schemes, as printed or typed."""
    prefix, length, groups = chance.choice(
        [
            ("4", 16, (4, 4, 4, 4)),
            (str(chance.randint(51, 55)), 16, (4, 4, 4, 4)),
            ("2221", 16, (4, 4, 4, 4)),
            (chance.choice(("34", "37")), 15, (4, 6, 5)),
            ("6011", 16, (4, 4, 4, 4)),
            ("3528", 16, (4, 4, 4, 4)),
            ("36", 14, (4, 6, 4)),
        ]
    )
    number = luhn(prefix + "".join(chance.choice("0123456789") for _ in range(length - 1 - len(prefix))))
    return _group(number, groups, chance.choice(("", " ", " ", "-")))


def iban(chance: random.Random) -> str:
    """Return an IBAN of one of fifteen countries (ISO 13616), in groups of four or in one piece."""
    country, shape = chance.choice(
        [
            ("AT", "16"), ("BE", "12"), ("CH", "5c12"), ("DE", "18"), ("DK", "14"), ("ES", "20"), ("FI", "14"),
            ("FR", "10c11.2"), ("GB", "a4.14"), ("IE", "a4.14"), ("IT", "a1.10c12"), ("LU", "3c13"), ("NL", "a4.10"),
            ("PL", "24"), ("PT", "21"),
        ]
    )  # fmt: skip
    body = _body(chance, shape)
    check = 98 - int("".join(str(int(c, 36)) for c in body + country + "00")) % 97
    number = f"{country}{check:02}{body}"
    return _group(number, (4,) * 9, chance.choice(("", " ", " ")))


def _body(chance: random.Random, shape: str) -> str:
    made, kind, count = "", "0123456789", ""
    for letter in f"{shape}.":
        if letter.isdigit():
            count += letter
            continue
        made += "".join(chance.choice(kind) for _ in range(int(count or 0)))
        kind = {"a": "ABCDEFGHKLMNPRSTUVWXYZ", "c": "0123456789ABCDEFGH"}.get(letter, "0123456789")
        count = ""
    return made


def phone(chance: random.Random) -> str:
    """Return a telephone number that says itself what it is: by its country's code or its country's form."""
    form = chance.choice(_PHONES)
    return "".join(chance.choice("0123456789") if c == "x" else c for c in form)


def bare_phone(chance: random.Random) -> str:
    """Return a telephone number that only the words around it tell from another number."""
    form = chance.choice(("21255501xx", "02079460xxx", "063998xxxx", "017139200xx", "08055551xxx", "34755512xx"))
    return "".join(chance.choice("0123456789") if c == "x" else c for c in form)


_PHONES = (
    "(212) 555-01xx", "212-555-01xx", "415.555.01xx", "+1 202 555 01xx", "+1-305-555-01xx", "1-646-555-01xx",
    "+120255501xx", "020 7946 0xxx", "0121 496 0xxx", "01632 960xxx", "07700 900xxx", "+44 20 7946 0xxx",
    "+44 (0)20 7946 0xxx", "+447700900xxx", "0044 20 7946 0xxx", "01 99 00 xx xx", "06 39 98 xx xx", "06.39.98.xx.xx",
    "+33 6 39 98 xx xx", "+33 (0)1 99 00 xx xx", "04-65-71-xx-xx", "030 23125 xxx", "(040) 66969 xxx", "069/90009-xxx",
    "089 99998 xxx", "0171 39200xx", "+49 30 23125 xxx", "+49 (0)221 4710 xxx", "0049 89 99998xxx", "+4917139200xx",
    "+39 06 5555 xxxx", "+39 347 555 xxxx", "+393475551xxx", "03-5555-xxxx", "090-5555-xxxx", "0120-555-xxx",
    "06-6555-xxxx", "+81 3-5555-xxxx", "+81 90 5555 xxxx", "+34 612 345 xxx", "+61 491 570 1xx", "+46 31 390 06 xx",
    "+41 44 555 xx xx", "+55 11 95555-xxxx", "+91 98555 5xxxx", "+32 2 555 xx xx", "+31 20 555 xxxx",
)  # fmt: skip


def ip(chance: random.Random) -> str:
    """Return an IP address, of the ranges for documentation where there are any."""
    if chance.random() < 0.7:  # noqa: PLR2004 - most are of version 4
        start = chance.choice(("192.0.2", "198.51.100", "203.0.113", "10.0.{}", "172.16.{}", "192.168.{}"))
        return f"{start.format(chance.randint(0, 255))}.{chance.randint(0, 255)}"
    words = [f"{chance.randint(0, 65535):x}" for _ in range(6)]
    return chance.choice(("2001:db8:" + ":".join(words), f"2001:db8::{words[0]}", f"fe80::{words[0]}:{words[1]}"))


def mac(chance: random.Random) -> str:
    """Return a hardware address."""
    return chance.choice((":", "-")).join(f"{chance.randint(0, 255):02X}" for _ in range(6))


def email(chance: random.Random) -> str:
    """Return an e-mail address, under domains that are set aside."""
    local = chance.choice(
        ("anna", "j.smith", "info", "x_99", "marie-claire", "o'brien", "käthe", "first.last+tag", "A1", "no-reply")
    )
    domain = chance.choice(("example.org", "example.com", "mail.example.co.uk", "büro.example", "a-b.example.net"))
    return f"{local}@{domain}"


def url(chance: random.Random) -> str:
    """Return a web address."""
    host = chance.choice(
        ("https://example.com", "http://www.example.org:8080", "https://sub.example.net", "www.example.com")
    )
    path = chance.choice(
        (
            "",
            "/",
            "/a/b.html",
            "/search?q=red+car&page=2",
            "/wiki/Paris_(disambiguation)",
            "/#top",
            "/%C3%A9t%C3%A9",
            "/~user/x_1",
        )
    )
    return host + path


def ssn(chance: random.Random) -> str:
    """Return a social security number of the United States: any but those never given out."""
    area = chance.choice([n for n in range(100, 773) if n != 666])  # noqa: PLR2004 - never given out
    return f"{area:03}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}"


def nino(chance: random.Random) -> str:
    """Return a National Insurance number."""
    number = f"{chance.choice(('AB', 'CE', 'JG', 'PX', 'YW'))}{digits(chance, 6)}{chance.choice('ABCD')}"
    return chance.choice((number, _group(number, (2, 2, 2, 2, 1), " ")))


def nir(chance: random.Random) -> str:
    """Return a French social security number; its key is 97 less the rest."""
    born = f"{chance.choice('12')}{chance.randint(30, 99)}{chance.randint(1, 12):02}"
    body = f"{born}{chance.randint(1, 95):02}{digits(chance, 6)}"
    number = f"{body}{97 - int(body) % 97:02}"
    return _group(number, (1, 2, 2, 2, 3, 3, 2), chance.choice(("", " ")))


def steuer_id(chance: random.Random) -> str:
    """Return a German tax identification number: one digit comes twice (ISO 7064, MOD 11,10)."""
    first = chance.sample("0123456789", 9)
    body = [*first, chance.choice(first)]
    chance.shuffle(body)
    if body[0] == "0" or any(body[i] == body[i + 1] == body[i - 1] for i in range(1, 9)):
        return steuer_id(chance)
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    number = "".join(body) + str((11 - product) % 10)
    return _group(number, (2, 3, 3, 3), chance.choice(("", " ")))


def codice_fiscale(chance: random.Random) -> str:
    """Return an Italian tax code."""
    consonants = "BCDFGLMNPRSTVZ"
    body = (
        "".join(chance.choice(consonants) for _ in range(6))
        + f"{chance.randint(40, 99)}{chance.choice('ABCDEHLMPRST')}"
    )
    body += f"{chance.randint(1, 28):02}{chance.choice('AFHL')}{chance.randint(101, 799)}"
    odd = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", _ODD, strict=True))
    total = sum(odd[c] if place % 2 == 0 else int(c) if c.isdigit() else ord(c) - 65 for place, c in enumerate(body))
    return body + chr(65 + total % 26)


_ODD = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10,
    22, 25, 24, 23,
)  # fmt: skip


def my_number(chance: random.Random) -> str:
    """Return a Japanese individual number."""
    body = digits(chance, 11)
    total = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(body), start=1))  # noqa: PLR2004 - the rule's own
    rest = total % 11
    number = body + str(0 if rest <= 1 else 11 - rest)
    return _group(number, (4, 4, 4), chance.choice(("", " ", "-")))


def dni(chance: random.Random) -> str:
    """Return a number of a Spanish identity document."""
    body = digits(chance, 8)
    return body + chance.choice(("", "-")) + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]


def bsn(chance: random.Random) -> str:
    """Return a Dutch citizen service number."""
    while True:
        body = digits(chance, 8)
        check = sum(int(d) * w for d, w in zip(body, range(9, 1, -1), strict=True)) % 11
        if check < 10:  # noqa: PLR2004 - one digit
            return body + str(check)


def pesel(chance: random.Random) -> str:
    """Return a Polish personal number."""
    body = f"{chance.randint(50, 99)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}{digits(chance, 4)}"
    return body + str(-sum(int(d) * w for d, w in zip(body, (1, 3, 7, 9) * 3, strict=False)) % 10)


def cpf(chance: random.Random) -> str:
    """Return a Brazilian taxpayer number."""
    body = digits(chance, 9)
    for _ in range(2):
        total = sum(int(d) * w for d, w in zip(body, range(len(body) + 1, 1, -1), strict=True))
        body += str(total * 10 % 11 % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}"


def birth_date(chance: random.Random) -> str:
    """Return a day of the last century."""
    year, month, day = chance.randint(1930, 2010), chance.randint(1, 12), chance.randint(1, 28)
    return chance.choice((f"{day:02}.{month:02}.{year}", f"{day}/{month}/{year}", f"{year}-{month:02}-{day:02}"))


def _group(number: str, sizes: tuple[int, ...], between: str) -> str:
    parts, place = [], 0
    for size in sizes:
        parts.append(number[place : place + size])
        place += size
    return between.join(part for part in parts if part)
