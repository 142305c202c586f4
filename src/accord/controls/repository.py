"""What a git repository shows of how it is kept: signed commits, and secrets that lie in its files (clause 6.2).

Git is asked for raw objects alone: no program that the repository's configuration names is run, and whose a signature
is stays untold. Of a secret only the kind and the place are kept.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from accord.errors import AccordError, MissingExtraError
from accord.evidence import Sighting

COMMITS = 200
"""How many of the newest commits are looked at."""
_DETECTORS = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector",
    "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector", "IbmCloudIamDetector",
    "IbmCosHmacDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector",
    "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SoftlayerDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
"""Those that know a form; words and entropy would name every test value."""
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false")


def head(repository: Path) -> str:
    """Return the commit that is checked out; raise AccordError where there is none."""
    return _git(repository, "rev-parse", "--verify", "HEAD^{commit}").decode().strip()


def look_at_commits(repository: Path) -> Iterator[Sighting]:
    """Yield for each of the newest commits whether it carries a signature."""
    ids = _git(repository, "rev-list", f"--max-count={COMMITS}", "HEAD").split()
    objects = _git(repository, "cat-file", "--batch", given=b"\n".join(ids) + b"\n")
    at = 0
    for id_ in ids:
        line, _, _ = objects[at : at + 200].partition(b"\n")
        size = int(line.split()[2])
        start = at + len(line) + 1
        header = objects[start : start + size].partition(b"\n\n")[0]
        at = start + size + 1
        signed = any(part.startswith((b"gpgsig ", b"gpgsig-sha256 ")) for part in header.split(b"\n"))
        yield Sighting(observation="repository.signed", subject=id_.decode(), holds=signed)


def look_for_secrets(repository: Path) -> Iterator[Sighting]:
    """Yield for each file that is checked in whether a secret of a known form lies in it; its text is not kept.

    Raises MissingExtraError where the detectors are not installed.
    """
    try:
        from detect_secrets.core.scan import scan_file  # noqa: PLC0415 - of an extra
        from detect_secrets.settings import transient_settings  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError(
            "The detectors of secrets are not installed.", fix="pip install 'accord[controls]'"
        ) from error
    # Without filters: the usual ones would ask the services whether a key is valid, and nothing leaves the machine.
    chosen = {"plugins_used": [{"name": name} for name in _DETECTORS], "filters_used": []}
    with transient_settings(chosen):
        for name in _git(repository, "ls-files", "-z").split(b"\0"):
            path = repository / name.decode(errors="surrogateescape")
            if not name or path.is_symlink() or not path.is_file():
                continue
            found = sorted({(secret.line_number, secret.type) for secret in scan_file(str(path))})
            note = "; ".join(f"{kind}, line {line}" for line, kind in found[:10])
            shown = name.decode(errors="backslashreplace")
            yield Sighting(observation="repository.secrets", subject=shown, holds=not found, note=note)


def _git(repository: Path, *arguments: str, given: bytes = b"") -> bytes:
    command = ["git", *_QUIET, "-C", str(repository), *arguments]
    try:
        ran = subprocess.run(command, input=given, capture_output=True, check=True, timeout=600)  # noqa: S603 - no shell
    except FileNotFoundError as error:
        raise AccordError("Git is not installed.", fix="install git, or remove [security] repository") from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise AccordError(
            "The repository cannot be looked at.",
            where=str(repository),
            expected="a git repository with a commit",
            found=said,
        ) from error
    return ran.stdout
