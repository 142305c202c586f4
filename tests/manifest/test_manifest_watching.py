"""[monitor.watch] and [monitor.alerts]: read with good messages, and never published further than they have to be."""

import pytest
from small_manifest import SMALL

from accord.errors import ManifestError
from accord.manifest import parse_system

FULL = (
    SMALL
    + """
[monitor.watch]
traffic = "/srv/logs/chat"
findings = "/srv/logs/found"
detectors = ["terms"]
falls = ["answers:refusal"]
[[monitor.watch.rates]]
series = "terms:weapons"
rate = 0.001
[monitor.alerts]
file = "/var/log/alerts.jsonl"
cooldown = 12
[monitor.alerts.webhook]
endpoint = "https://hooks.example.org/T0/secret-path"
secret_file = "/etc/accord/hook"
[monitor.alerts.email]
host = "mail.example.org"
user = "accord"
password_file = "/etc/accord/mail"
sender = "accord@example.org"
to = ["jane.doe@example.org"]
"""
)


def test_nothing_of_who_hears_of_alerts_is_published() -> None:
    system = parse_system(FULL, "accord.toml")
    published = system.to_bytes().decode()
    for secret in ("secret-path", "hooks", "mail", "jane", "/etc", "/var", "/srv", "user"):
        assert secret not in published.replace('"email"', "")
    assert system.monitor is not None
    assert system.monitor.alerts.email is not None
    assert '"cooldown":12' in published
    assert '"rate":0.001' in published


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"terms:weapons"', '"weapons"', "a detector, a colon"),
        ("rate = 0.001", "rate = 0", "between 0 and 1"),
        ('"https://hooks.example.org/T0/secret-path"', '"http://hooks.example.org/secret-path"', "https://"),
        ('"jane.doe@example.org"', '"jane"', "a mailbox"),
        ('user = "accord"\n', "", "user and password_file together"),
        ('host = "mail.example.org"', 'host = "mail.example.org"\nsecurity = "none"', "starttls or tls"),
    ],
)
def test_mistakes_are_told_without_showing_secrets(old: str, new: str, says: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_system(FULL.replace(old, new), "accord.toml")
    assert says in str(caught.value)
    assert "secret-path" not in str(caught.value)
