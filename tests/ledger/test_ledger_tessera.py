"""The test log that Tessera publishes, made again by our writer from its key, byte for byte.

Source: github.com/transparency-dev/tessera at 2026-08-21: testdata/build_log.sh has the key and the entries, whose
spelling is theirs; tessera/SHA256SUMS here has the digests of the files in testdata/log.
"""

import base64
from pathlib import Path

from accord.ledger import Log, SigningKey, digest

ORIGIN = "example.com/log/testdata"
SEED = base64.b64decode("AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg")[1:]  # after the algorithm's byte
WORDS: tuple[bytes, ...] = (
    b"one",
    b"two",
    b"three",
    b"four",
    b"five",
    b"six",
    b"seven",
    b"eit",
    b"nain",
    b"ten",
    b"ileven",
    b"twelf",
)
WORDS += (b"threeten", b"fourten", b"fivten")
SUMS = (Path(__file__).parent / "tessera" / "SHA256SUMS").read_text(encoding="ascii")


def test_tesseras_log_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    key = SigningKey.generate(ORIGIN, entropy=lambda _: SEED)
    log = Log.create(tmp_path / "log", key, ORIGIN)
    files = {"checkpoint.0": log.signed_checkpoint}
    with Log.writer(log.folder, key) as writer:
        for size, word in enumerate(WORDS, start=1):
            writer.append([word])
            files[f"checkpoint.{size}"] = writer.log.signed_checkpoint
    tiles = (path for path in (log.folder / "tile").rglob("*") if path.is_file())
    files |= {path.relative_to(log.folder).as_posix(): path.read_bytes() for path in tiles}
    published = {name: sha256 for sha256, name in (line.split("  ") for line in SUMS.splitlines())}
    assert published == {name: digest(data) for name, data in files.items()}
