"""Attacks on what is handed over: bundles, the files in them, reports, and the zip itself."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from accord.ledger import digest, format_json, parse_json
from accord.verify.attacks.case import Case
from accord.verify.attacks.definition import Defence, attack
from accord.verify.attacks.scene import BAD, MINUTE, announce, make_run
from accord.verify.attacks.scribe import assess

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN, _LINK = 0o100644 << 16, 0o120777 << 16
_BOMB = 10_000_000


@attack("Swap the key inside the bundle")
def swap_key(case: Case) -> Path:
    """Write the whole log anew under a stranger's key of the same name, with reports that say so throughout."""
    return case.bundle(case.rewrite(case.drafts(), key=case.scene.stranger))


@attack("Name the true key in a report that another one signed")
def name_true_key(case: Case) -> Path:
    """Make the report of a stranger's log, and put the organisation's verifier key into its proof."""
    stranger = case.scene.stranger
    report = case.render(case.rewrite(case.drafts(), key=stranger))["report.json"]
    return case.file("report.json", report.replace(stranger.public.vkey.encode(), case.scene.key.public.vkey.encode()))


@attack("Add an unlisted file to the bundle")
def add_to_bundle(case: Case) -> Path:
    """Add a text that no record knows of, under a name of its own."""
    return case.pack({**case.parts(), "readme.txt": b"Audited."})


@attack("Add an unlisted artifact to the bundle")
def add_artifact(case: Case) -> Path:
    """Add bytes under their true digest, which no record names."""
    return case.pack({**case.parts(), f"artifacts/{digest(b'Audited.')}": b"Audited."})


@attack("Change an artifact")
def change_artifact(case: Case) -> Path:
    """Turn the scores of the bad run into better ones, and leave their digest as it is."""
    name, good = (f"artifacts/{run.record.scores.sha256}" for run in case.runs())
    parts = case.parts()
    return case.pack({**parts, name: parts[good]})


@attack(
    "Leave an artifact out",
    [],
    undetectable="A digest tells which bytes were meant, and cannot bring them back: verify says what is withheld, "
    "and that what rests on it cannot be told.",
    named="artifact.",
)
def leave_out_artifact(case: Case) -> Path:
    """Hand over the bundle without the scores of the bad run."""
    name = f"artifacts/{case.runs()[0].record.scores.sha256}"
    return case.pack({other: part for other, part in case.parts().items() if other != name})


@attack("Rewrite history and hand over the honest anchors")
def keep_anchors(case: Case) -> Path:
    """Leave the bad run out, write the rest anew, and add the checkpoints that outsiders fixed of the honest log."""
    anchors = {name: part for name, part in case.parts().items() if name.startswith("anchors/")}
    space = case.rewrite(case.drafts(without=[case.runs()[0].ref]))
    unpacked = zipfile.ZipFile(case.bundle(space))
    with unpacked:
        return case.pack({**{name: unpacked.read(name) for name in unpacked.namelist()}, **anchors})


@attack("Show the report of a rewritten log, alone", [Defence.WITNESS])
def rewrite_report(case: Case) -> Path:
    """Leave the bad run out, write the rest anew, and hand over the report only, which may be an old one."""
    bad = case.runs()[0]
    report = case.render(case.rewrite(case.drafts(without=(bad.ref, bad.record.plan))))["report.json"]
    return case.file("report.json", report)


@attack(
    "Show an old report, alone",
    [],
    undetectable="A report is of its day: verify says of each that nothing in it shows what came later.",
)
def replay_report(case: Case) -> Path:
    """Record a bad run and the assessment that takes it into account, and show the report of before."""
    old = case.render()["report.json"]
    plan = announce(case.space, case.scene.later - 15 * MINUTE)
    case.append(make_run(case.space, plan, BAD))
    case.append(assess(case.space, case.scene.later))
    return case.file("report.json", old)


@attack("Edit a report")
def edit_report(case: Case) -> Path:
    """Say something else in the JSON report, in canonical form, and leave its proof whole."""
    report = parse_json(case.render()["report.json"])
    report["content"]["verdict"] = "excellent"
    return case.file("report.json", format_json(report))


@attack("Edit both reports of a bundle")
def edit_reports(case: Case) -> Path:
    """Say the same in the page and in the JSON, in a bundle that is packed again in canonical form."""
    parts = case.parts()
    return case.pack({**parts, **{name: part.replace(b"of", b"out of", 1) for name, part in _reports(parts)}})


@attack("Put a script into the page")
def add_script(case: Case) -> Path:
    """Have the page say something else once it is opened; its data block stays whole."""
    parts = case.parts()
    pages = {name: part + b"<script>document.body.textContent='Fine'</script>" for name, part in _reports(parts)}
    return case.pack({**parts, "report.html": pages["report.html"]})


@attack("Zip: a name that leads out of the folder")
def zip_traversal(case: Case) -> Path:
    """Add a member called `../evil`."""
    return _zip(case, {"../evil": b"x"})


@attack("Zip: a symbolic link")
def zip_link(case: Case) -> Path:
    """Make a member a link to a file of the reader's, as the directory at the end says."""
    return _zip(case, {"artifacts/" + "0" * 64: b"/etc/passwd"}, mode=_LINK)


@attack("Zip: a bomb")
def zip_bomb(case: Case) -> Path:
    """Add a member that is compressed a thousandfold."""
    return _zip(case, {"artifacts/" + "0" * 64: bytes(_BOMB)}, method=zipfile.ZIP_DEFLATED)


@attack("Zip: two members of one name")
def zip_twice(case: Case) -> Path:
    """Add a second checkpoint, of which some readers take the first and some the last."""
    data = _zip(case, {"ledger/checkpoinu": case.space.anchors.all()[0].note}).read_bytes()
    return case.file("twice.zip", data.replace(b"ledger/checkpoinu", b"ledger/checkpoint"))


@attack("Zip: two names that some file systems fold into one")
def zip_folded(case: Case) -> Path:
    """Add a member called `Ledger/checkpoint`."""
    return _zip(case, {"Ledger/checkpoint": case.space.anchors.all()[0].note})


@attack("Zip: a second archive behind the first")
def zip_behind(case: Case) -> Path:
    """Append a bundle of a rewritten log: readers that begin at the end find that one."""
    honest = case.bundle().read_bytes()
    return case.file("both.zip", honest + case.bundle(case.rewrite(case.drafts())).read_bytes())


@attack("Zip: something before the archive")
def zip_before(case: Case) -> Path:
    """Put a page before the bundle, which is then a page for one reader and an archive for another."""
    return case.file("both.zip", b"<!doctype html>Audited." + case.bundle().read_bytes())


def pack_otherwise(
    parts: Mapping[str, bytes], mode: int = _PLAIN, method: int = zipfile.ZIP_STORED, odd: str = ""
) -> bytes:
    """Return a zip by Python's own writer, canonical but for the member `odd`, which has this mode and method."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(parts.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.create_version, info.extract_version = 3, 10, 10
            info.external_attr = mode if name == odd else _PLAIN
            archive.writestr(info, data, method if name == odd else zipfile.ZIP_STORED)
    return out.getvalue()


def _zip(case: Case, more: Mapping[str, bytes], mode: int = _PLAIN, method: int = zipfile.ZIP_STORED) -> Path:
    """Return the honest bundle with one file more."""
    return case.file("forged.zip", pack_otherwise({**case.parts(), **more}, mode, method, next(iter(more))))


def _reports(parts: Mapping[str, bytes]) -> Iterable[tuple[str, bytes]]:
    return ((name, part) for name, part in parts.items() if name.startswith("report."))
