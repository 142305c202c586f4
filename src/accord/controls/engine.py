"""The engine that looks at security controls, each look a record of its own (action 6)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path

from accord.assess import Job
from accord.controls.forge import look_at_forge
from accord.controls.register import look_at_register
from accord.controls.repository import COMMITS, head, look_at_commits, look_for_secrets
from accord.controls.security_txt import look_at_security_txt, read_file
from accord.evidence import Sighting, format_values
from accord.inspecting import Inspection
from accord.ledger import digest
from accord.manifest import Security, System, identify_model
from accord.workspace import Workspace

_DAYS = 30
_REPOSITORY = {
    "repository.signed": f"the commit carries a signature (the newest {COMMITS})",
    "repository.secrets": "no secret of a known form lies in the file",
}
_FORGE = {"forge.protected": "the branch is protected, as the forge's export says"}
_SECURITY_TXT = {"security-txt.valid": "security.txt is as RFC 9116 asks"}
_REGISTER = {"vulnerabilities.in-time": "the reported vulnerability was fixed in time"}


@dataclass(frozen=True)
class ControlsInspector:
    """The engine of security controls (see `accord.assess.Engine`); `clock` tells when a job ends."""

    clock: Callable[[], datetime]

    def __call__(self, workspace: Workspace, system: System) -> Iterator[Job]:
        """Yield a job for each thing that [security] names, as far as it can be looked at."""
        yield from (found.job(workspace, self.clock) for found in self.inspect(workspace, system))

    def inspect(self, workspace: Workspace, system: System) -> Iterator[Inspection]:
        """Yield the inspections themselves; raise AccordError where what is named cannot be looked at."""
        if system.security is None:
            return
        model = identify_model(system, workspace.root).sha256
        for topic, title, path, sha256, questions, seen in _looks(workspace.root, system.security, self.clock()):
            # They cost little, so they are taken at once: what was seen tells whether there is anything to record.
            held = tuple(seen)
            yield Inspection(
                topic=topic,
                title=title,
                name=path.name,
                sha256=sha256,
                model=model,
                questions=questions,
                look=partial(iter, held),
                days=_DAYS,
                settings={"seen": digest(format_values(held))},
            )


def _looks(
    root: Path, declared: Security, now: datetime
) -> Iterator[tuple[str, str, Path, str, Mapping[str, str], Iterable[Sighting]]]:
    if declared.repository:
        place = (root / declared.repository).resolve()
        title = f"Signed commits and secrets of the repository: {place.name}"
        seen = chain(look_at_commits(place), look_for_secrets(place))
        yield "repository", title, place, digest(head(place).encode()), _REPOSITORY, seen
    if declared.forge:
        path = root / declared.forge
        yield "forge", "Protection of the branch", path, digest(read_file(path)), _FORGE, look_at_forge(path)
    if declared.security_txt:
        path = root / declared.security_txt
        data = read_file(path)
        certificate = read_file(root / declared.openpgp) if declared.openpgp else None
        looked = look_at_security_txt(data, certificate, now)
        yield "security-txt", "security.txt", path, digest(data), _SECURITY_TXT, looked
    if declared.vulnerabilities:
        path = root / declared.vulnerabilities
        title = "How long vulnerabilities took to be fixed"
        looked = look_at_register(path, declared.fix_within_days, now)
        yield "register", title, path, digest(read_file(path)), _REGISTER, looked
