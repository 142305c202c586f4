"""`accord weights`: sign and verify a model's files, and look into them without loading them."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from accord.cli.clock import now
from accord.cli.output import console, json_option, print_json, say
from accord.cli.unlock import Passphrase, passphrase_option
from accord.ledger.keys import is_encrypted
from accord.weights.bundle import read_bundle
from accord.weights.keys import make_signing_key
from accord.weights.signing import (
    Comparison,
    ModelSigner,
    Trusted,
    default_signature,
    load_public_key,
    load_signing_key,
    sign_model,
    verify_model,
)
from accord.weights.tree import Advance, list_files

if TYPE_CHECKING:
    from cryptography import x509

    from accord.weights.scan import FileScan

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_MODEL = click.argument("model", type=click.Path(path_type=Path, exists=True))
_SIGNATURE = click.option(
    "--signature",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The signature, if not MODEL/model.sig.",
)
_IGNORE = click.option("--ignore", "ignored", multiple=True, help="Leave out this path inside MODEL; may be repeated.")
_JOBS = click.option("--jobs", type=click.IntRange(0), default=0, help="Files hashed at once; 0 for one a processor.")
_OTHERS = ("inventory", "vulnerabilities")
_SLOW = 1 << 30
"""Bytes from which hashing takes over two seconds, so that it shows how far it is."""


class _Weights(click.Group):
    """Loads what needs a whole workspace when it is called: signing and verifying start without it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_OTHERS])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _OTHERS:
            return super().get_command(ctx, name)
        command: click.Command = getattr(import_module("accord.cli.inventory"), name)
        return command


@click.group(cls=_Weights)
def weights() -> None:
    """Sign and verify a model's files, look into them without loading them, and list what a system is made of."""


@weights.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--curve", type=click.Choice(["P-256", "P-384", "P-521"]), default="P-256", help="The curve.")
@json_option
def key(file: Path, curve: str, *, as_json: bool) -> None:
    """Make a key to sign models with: the private half in FILE, the public half in FILE with .pub after it."""
    public = make_signing_key(file, curve)
    if as_json:
        print_json({"private": str(file), "public": str(public)})
        return
    say(f"Private key: {file}, readable by you alone. Public key, to hand out: {public}")


@weights.command()
@_MODEL
@click.option("--key", "key_file", type=_FILE, required=True, help="The private key: P-256, P-384 or P-521, in PEM.")
@click.option("--certificate", type=_FILE, help="The certificate of the key, in PEM.")
@click.option("--chain", type=_FILE, multiple=True, help="Certificates above it, in PEM; may be repeated.")
@_SIGNATURE
@_IGNORE
@click.option("--blake3", is_flag=True, help="Sign BLAKE3 digests too, for `verify --fast`.")
@_JOBS
@passphrase_option
@json_option
def sign(
    model: Path,
    key_file: Path,
    certificate: Path | None,
    chain: Sequence[Path],
    signature: Path | None,
    ignored: tuple[str, ...],
    unlock: Passphrase,
    *,
    blake3: bool,
    jobs: int,
    as_json: bool,
) -> None:
    """Sign every file of MODEL, a folder or a file, in the OpenSSF model-signing format."""
    target = signature or default_signature(model)
    data = key_file.read_bytes()
    passphrase = unlock() if is_encrypted(key_file) else None
    held = _certificates([path for path in (certificate, *chain) if path])
    signer = ModelSigner(load_signing_key(data, passphrase, str(key_file)), held)
    with _hashing(model, quiet=as_json) as advance:
        signed = sign_model(model, target, signer, ignored=ignored, blake3=blake3, jobs=jobs, advance=advance)
    if as_json:
        print_json({"signature": str(target), "files": len(signed.digests), "sha256": signed.root})
        return
    say(f"Signed {len(signed.digests)} files: {target}")
    say(f"  SHA-256 over their digests: {signed.root}")


@weights.command()
@_MODEL
@click.option("--key", "key_file", type=_FILE, help="The signer's public key, in PEM.")
@click.option("--roots", type=_FILE, multiple=True, help="Certificates that you trust, in PEM; may be repeated.")
@_SIGNATURE
@_IGNORE
@click.option("--fast", is_flag=True, help="Compare BLAKE3 digests instead, where they were signed.")
@_JOBS
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    model: Path,
    key_file: Path | None,
    roots: Sequence[Path],
    signature: Path | None,
    ignored: tuple[str, ...],
    *,
    fast: bool,
    jobs: int,
    as_json: bool,
) -> None:
    """Verify the signature over MODEL, and name every file that is not as it was signed. Exit code 3 where one is not.

    The signer is known by a public key, or by a certificate that leads to one of --roots.
    """
    if (key_file is None) == (not roots):
        raise click.UsageError("give either --key or --roots: a signature is worth what it is checked against")
    place = signature or default_signature(model)
    trusted = Trusted(
        key=load_public_key(key_file.read_bytes(), str(key_file)) if key_file else None,
        roots=_certificates(roots),
    )
    with _hashing(model, quiet=as_json) as advance:
        found = verify_model(model, place, trusted, ignored=ignored, fast=fast, jobs=jobs, advance=advance)
    left_out = sorted({*found.manifest.ignored, *ignored})
    expired = bool(roots) and _has_expired(place)
    if as_json:
        print_json(_comparison(found) | {"left_out": left_out, "certificate_expired": expired})
    else:
        _show(found, left_out, expired=expired)
    ctx.exit(0 if found.agrees else 3)


def _certificates(paths: Sequence[Path]) -> "tuple[x509.Certificate, ...]":
    if not paths:
        return ()
    from accord.weights.certificates import parse_certificates  # noqa: PLC0415 - a bare key does without X.509

    return tuple(c for path in paths for c in parse_certificates(path.read_bytes(), str(path)))


def _has_expired(signature: Path) -> bool:
    from accord.weights.certificates import has_expired, load_chain  # noqa: PLC0415 - as above

    return has_expired(load_chain(read_bundle(signature).certificates), now())


def _comparison(found: Comparison) -> dict[str, object]:
    return {
        "agrees": found.agrees,
        "files": len(found.manifest.digests),
        "sha256": found.manifest.root,
        "signer": found.signer,
        "subject": found.subject,
        "changed": list(found.changed),
        "removed": list(found.removed),
        "added": list(found.added),
        "renamed": [{"signed": a, "found": b} for a, b in found.renamed],
    }


def _show(found: Comparison, left_out: Sequence[str], *, expired: bool) -> None:
    for what, names in (("changed", found.changed), ("removed", found.removed), ("added", found.added)):
        for name in names:
            say(f"{what}: {name}", "red")
    for old, new in found.renamed:
        say(f"renamed: {old} is now {new}", "red")
    say(f"Signed by {found.subject or 'the key'} ({found.signer}).")
    if expired:
        say("The signer's certificate has expired since: only an older copy shows that it was signed before.", "yellow")
    if left_out:
        say(f"Not signed, and not looked at: {', '.join(left_out)}.")
    if found.agrees:
        say(f"All {len(found.manifest.digests)} files are as they were signed.", "green")
    else:
        say("This is not the model that was signed.", "bold red")


@weights.command()
@_MODEL
@click.option(
    "--second-opinion",
    "tools",
    multiple=True,
    type=click.Choice(["picklescan", "fickling"]),
    help="Ask this scanner too, and show where it disagrees; may be repeated.",
)
@json_option
@click.pass_context
def scan(ctx: click.Context, model: Path, tools: tuple[str, ...], *, as_json: bool) -> None:
    """Look into every file of MODEL for what would run when it is loaded; nothing is loaded. Exit code 1 for any find.

    A file that this cannot read in full is `unreadable`, which is a find: only what was understood is safe. So is a
    file in which a second opinion finds what this does not.
    """
    from accord.weights.opinions import ask, describe  # noqa: PLC0415 - as below
    from accord.weights.scan import Verdict, scan_files  # noqa: PLC0415 - Jinja, which the other commands do without

    asked = [(scanned, [ask(tool, path) for tool in tools]) for path, scanned in scan_files(model)]
    found = [scanned for scanned, _ in asked]
    unsafe = [f for f in found if f.verdict != Verdict.SAFE]
    differing = [(own, opinion) for own, opinions in asked for opinion in opinions if opinion.disagrees(own)]
    if as_json:
        print_json({"files": [_scan(own) | {"opinions": [*map(describe, opinions)]} for own, opinions in asked]})
    else:
        for file in unsafe:
            say(
                f"{file.verdict.value}: {file.name} ({file.format})",
                "red" if file.verdict != "unreadable" else "yellow",
            )
            for reason in file.reasons:
                say(f"  {reason}")
        for own, opinion in differing:
            say(f"{opinion.tool} {opinion.version} disagrees: {opinion.verdict.value}: {own.name}", "yellow")
            for reason in opinion.reasons:
                say(f"  {reason}")
        counts = Counter(f.verdict.value for f in found)
        say(", ".join(f"{counts[v.value]} {v.value}" for v in Verdict if counts[v.value]) or "No files.")
    ctx.exit(1 if unsafe or differing else 0)


def _scan(file: "FileScan") -> dict[str, object]:
    return {
        "name": file.name,
        "format": file.format,
        "verdict": file.verdict.value,
        "reasons": file.reasons,
        "globals": sorted(file.globals),
    }


@contextmanager
def _hashing(model: Path, *, quiet: bool) -> Iterator[Advance]:
    """Yield what is told of hashed bytes: a bar on a terminal, a plain line elsewhere, nothing for a small model."""
    total = sum(f.identity.size for f in list_files(model, follow=True))
    if quiet or total < _SLOW:
        yield int
    elif not sys.stderr.isatty():
        click.echo(f"Hashing {total / 1e9:.1f} GB", err=True)
        yield int
    else:
        from rich.progress import (  # noqa: PLC0415 - for a terminal alone
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (TextColumn("Hashing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console(stderr=True)) as progress:
            task = progress.add_task("", total=total)
            yield lambda count: progress.advance(task, count)
