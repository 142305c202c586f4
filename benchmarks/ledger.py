"""How near the log comes to what the disk, SHA-256 and Ed25519 allow, each beside its bound in one run.

python benchmarks/ledger.py [FOLDER]    (a folder on the disk to measure; the current one when left out)

The two sides of a ratio take turns, and the ratio is the median of those of single turns: a machine that slows down
for a while slows both. Go's auditor needs Debian's golang-go and golang-golang-x-mod-dev, and is left out without.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import which
from statistics import median

from nacl.signing import VerifyKey

from accord.ledger import (
    Log,
    LogWriter,
    PublicKey,
    SigningKey,
    format_bundle,
    format_json,
    open_envelope,
    sign_envelope,
)
from accord.ledger.fsck import fsck

BATCHES = {1: 60, 256: 40, 1_000: 30}
"""How many entries a commit has, and how many commits are measured."""

SIZES = (100_000, 1_000_000)
WIDTH = 200  # bytes of an entry
RECORDS = 1_000
TURNS = 5
GO_PACKAGES = "/usr/share/gocode"

Work = Callable[[], object]
Clock = Callable[[Work], float]


def entries(start: int, count: int) -> list[bytes]:
    """Return distinct entries of 200 bytes."""
    return [b"%08d" % number + b"x" * (WIDTH - 8) for number in range(start, start + count)]


def wall(work: Work) -> float:
    """Return the seconds that work took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor(work: Work) -> float:
    """Return the seconds of this process's own computing that work took, whatever else the machine does."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(name: str, work: Work, bounds: dict[str, Work], count: int, clock: Clock, turns: int = TURNS) -> None:
    """Print how many per second the work and each bound come to, and how many times a bound's time the work takes."""
    times: dict[str, list[float]] = {label: [] for label in (name, *bounds)}
    for _ in range(turns):
        for label, each in {name: work, **bounds}.items():
            times[label].append(clock(each))
    for label, taken in times.items():
        ratio = median(ours / theirs for ours, theirs in zip(times[name], taken, strict=True))
        beside = "" if label == name else f"   {name} takes {ratio:5.2f} times as long"
        print(f"  {label:28}{count / median(taken):12,.0f} /s{beside}")


def measure_appends(folder: Path, key: SigningKey) -> None:
    """Commit durably batch by batch, beside one fsync of the same bytes and nothing else."""
    memory = folder / "memory"
    Log.create(folder / "appended", key, "log.example", memory=memory)
    with Log.writer(folder / "appended", key, memory=memory) as writer, (folder / "bare").open("wb") as file:
        for batch, turns in BATCHES.items():
            data = format_bundle(entries(0, 1)) * batch

            def sync(data: bytes = data) -> None:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())

            def append(batch: int = batch) -> None:
                writer.append(entries(writer.log.size, batch))

            print(f"append, {batch:,} to a commit, entries")
            compare("append", append, {"one fsync": sync}, batch, wall, turns)


def fill(writer: LogWriter, size: int) -> None:
    """Bring the log to a size."""
    while writer.log.size < size:
        writer.append(entries(writer.log.size, min(100_000, size - writer.log.size)))


def hash_blocks(size: int) -> Work:
    """Return the bound of the processor: hash as many 64-byte blocks as the tree has, in long runs."""
    blocks = size * _blocks(1 + WIDTH) + (size - 1) * _blocks(1 + 32 + 32)
    run = bytes(2**20)
    return lambda: [sha256(run).digest() for _ in range(blocks * 64 // len(run))]


def _blocks(length: int) -> int:
    return -(-(length + 9) // 64)  # FIPS 180-4, 5.1.1: one byte of padding and eight of length follow


def hash_calls(size: int) -> Work:
    """Return the bound of Python: one call for each leaf and each node, whose bytes are at hand."""
    leaf, node = bytes(1 + WIDTH), bytes(1 + 32 + 32)

    def work() -> None:
        for _ in range(size):
            sha256(leaf).digest()
            sha256(node).digest()

    return work


def reading(folder: Path, key: PublicKey, jobs: int | None) -> list[str]:
    """Return the command that checks a whole log in a process of its own."""
    code = "import sys; from pathlib import Path\n"
    code += "from accord.ledger.fsck import fsck; from accord.ledger.keys import PublicKey\n"
    code += f"sys.exit(not fsck(Path(sys.argv[1]), PublicKey.parse(sys.argv[2]), jobs={jobs}).ok)"
    return [sys.executable, "-c", code, str(folder), key.vkey]


def start(command: list[str]) -> Work:
    """Return the work of running a command, which must find nothing wrong."""
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def build_auditor(folder: Path) -> Path | None:
    """Build the program that audits a log with Go's own packages; None where they are not installed."""
    if not which("go") or not Path(GO_PACKAGES, "src/golang.org/x/mod/sumdb").is_dir():
        return None
    environ = {
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": f"{folder}:{GO_PACKAGES}",
        "GOCACHE": str(folder / "cache"),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    source = Path(__file__).parent / "go" / "main.go"
    subprocess.run(["go", "build", "-o", folder / "audit", source], env=environ, check=True)
    return folder / "audit"


def measure_reading(folder: Path, key: SigningKey, auditor: Path | None) -> None:
    """Read and check the whole log: computing alone, on one core, then whole processes from start to end."""
    log = Log.create(folder / "read", key, "log.example").folder
    for size in SIZES:
        with Log.writer(log, key) as writer:
            fill(writer, size)
        print(f"fsck of {size:,} entries of {WIDTH} bytes, one core, entries")
        bounds = {"SHA-256 of as many blocks": hash_blocks(size), "a call to hashlib for each": hash_calls(size)}
        compare("fsck", lambda: fsck(log, key.public, jobs=1), bounds, size, processor)
        print(f"the same as whole processes on {os.cpu_count()} cores, entries")
        others = {"one process": start(reading(log, key.public, 1))}
        if auditor:
            others["Go's packages, one process"] = start([str(auditor), str(log), key.public.vkey])
        compare("fsck", start(reading(log, key.public, None)), others, size, wall)
        print(f"  {'memory of one process':28}{peak(log, key.public):12,.0f} MB at most")


def peak(folder: Path, key: PublicKey) -> float:
    """Return the most memory, in megabytes, that the process which checks a whole log held (Linux)."""
    # Not ru_maxrss: that of a child begins with what its parent held.
    look = "import atexit; from pathlib import Path; status = Path('/proc/self/status')\n"
    look += "atexit.register(lambda: print(status.read_text()))\n"
    program, option, code, *rest = reading(folder, key, 1)
    done = subprocess.run([program, option, look + code, *rest], check=True, capture_output=True, text=True)
    return int(done.stdout.partition("VmHWM:")[2].split()[0]) * 1_024 / 1e6


def measure_signatures(key: SigningKey) -> None:
    """Open envelopes and verify signatures, beside PyNaCl alone over as many bytes."""
    payloads = [format_json({"number": number, "text": "x" * 1_000}) for number in range(RECORDS)]
    envelopes = [sign_envelope(payload, key) for payload in payloads]
    signed = [(key.sign(payload), payload) for payload in payloads]
    public, bare = key.public, VerifyKey(key.public.raw)
    print("signatures over records of 1,000 bytes")

    def raw() -> None:
        for signature, payload in signed:
            bare.verify(payload, signature)

    def verify() -> None:
        for signature, payload in signed:
            public.verify(signature, payload)

    def opened() -> None:
        for envelope in envelopes:
            open_envelope(envelope, [public])

    compare("open_envelope", opened, {"PyNaCl alone": raw}, RECORDS, processor)
    compare("PublicKey.verify", verify, {"PyNaCl alone": raw}, RECORDS, processor)


def main() -> None:
    """Measure, and print each rate beside its bound's."""
    key = SigningKey.generate("log.example")
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else ".") as name:
        measure_appends(Path(name), key)
        measure_reading(Path(name), key, build_auditor(Path(name)))
    measure_signatures(key)


if __name__ == "__main__":
    main()
