"""Secrets of the forms that their issuers document, drawn at random, and what only looks like one."""

import base64
import random
from collections.abc import Callable

Make = Callable[[random.Random], str]
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALNUM = _LOWER + _LOWER.upper() + "0123456789"
_HEX = "0123456789abcdef"
LINES = (
    "Why does {value} not work?",
    "I pasted this by mistake: {value} sorry",
    "config:\n  {value}\n  debug: true",
    "{value}",
    "> {value}\n\nIs that right?",
)


def _of(prefix: str, count: int, letters: str = _ALNUM, suffix: str = "") -> Make:
    return lambda chance: prefix + "".join(chance.choice(letters) for _ in range(count)) + suffix


def _jwt(chance: random.Random) -> str:
    parts = [b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"%d","iat":1}' % chance.randint(1, 10**9), chance.randbytes(32)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _url_password(chance: random.Random) -> str:
    password = _of("", chance.randint(8, 20))(chance)
    return f"{chance.choice(('postgres', 'https', 'redis', 'amqp'))}://{chance.choice(('app', 'root', ''))}:{password}@"


def _assigned(chance: random.Random) -> str:
    name = chance.choice(("password", "DB_PASSWORD", "api_key", "client_secret", "auth_token", "SECRET"))
    value = _of("", chance.randint(14, 32), _ALNUM + "!#%-_")(chance)
    return chance.choice((f'{name} = "{value}"', f"{name}: '{value}'", f"{name}={_of('', 24)(chance)}"))


MAKERS: dict[str, tuple[Make, ...]] = {
    "aws-key": (_of("AKIA", 16, _LOWER.upper() + "234567"),),
    "azure-key": (_of("AccountKey=", 86, _ALNUM + "+/", "=="),),
    "bot-token": (lambda chance: f"{chance.randint(10**8, 10**10 - 1)}:AA{_of('', 33)(chance)}",),
    "cloud-token": (_of("dop_v1_", 64, _HEX), _of("dapi", 32, _HEX), _of("shpat_", 32, _HEX), _of("hvs.", 90)),
    "github-token": (_of("ghp_", 36), _of("gho_", 36), lambda c: f"github_pat_{_of('', 22)(c)}_{_of('', 59)(c)}"),
    "gitlab-token": (_of("glpat-", 20),),
    "google-key": (_of("AIza", 35),),
    "jwt": (_jwt,),
    "mail-key": (lambda c: f"SG.{_of('', 22)(c)}.{_of('', 43)(c)}",),
    "model-key": (
        lambda c: f"sk-proj-{_of('', 60)(c)}T3BlbkFJ{_of('', 60)(c)}",
        _of("sk-ant-api03-", 93),
        _of("hf_", 34, _LOWER + _LOWER.upper()),
    ),
    "package-token": (_of("npm_", 36), _of("pypi-AgEIcHlwaS5vcmc", 80)),
    "password": (_assigned,),
    "private-key": (lambda c: f"-----BEGIN {c.choice(('', 'RSA ', 'EC ', 'OPENSSH '))}PRIVATE KEY-----",),
    "slack-token": (lambda c: f"xoxb-{c.randint(10**11, 10**12)}-{_of('', 24)(c)}",),
    "stripe-key": (_of("sk_live_", 24), _of("rk_test_", 24)),
    "url-password": (_url_password,),
}
NOTHING: tuple[Make, ...] = (
    lambda _: 'password = os.environ["DB_PASSWORD"]',
    lambda _: "The secret: be patient. The password: whatever you like.",
    lambda _: "Set api_key=<your key> in the file.",
    lambda _: "-----BEGIN CERTIFICATE-----",
    lambda _: "-----BEGIN PUBLIC KEY-----",
    lambda c: f"commit {_of('', 40, _HEX)(c)}",
    lambda c: f"sha256-{_of('', 43)(c)}=",
    lambda c: f"https://example.com/a/{_of('', 24)(c)}?x={_of('', 12)(c)}",
    lambda c: f"class Sk{_of('', 12, _LOWER)(c)}: pass",
    lambda c: f"task-{_of('', 20, _LOWER)(c)} and disk-{_of('', 20, _LOWER)(c)}",
    lambda _: "https://user:password@example.com is how one writes it",
    lambda _: "token = get_token(request)",
    lambda c: f"uuid {_of('', 8, _HEX)(c)}-{_of('', 4, _HEX)(c)}",
    lambda c: f"time 12:30:{c.randint(10, 59)}, AKIA is a prefix, ghp_ too, xoxb- as well",
    lambda _: "export PASSWORD=password",
    lambda _: 'pwd = "xxxxxxxxxxxxxxxx"',
)
