"""Run a command where no network exists but loopback; where the system forbids that, say so and run it as it is.

The unit tests run under this, so that a test which reaches out fails.
"""

import array
import fcntl
import os
import socket
import struct
import subprocess
import sys
from shutil import which

SIOCSIFFLAGS = 0x8914
IFF_UP = 1
UNSHARE = ["unshare", "--map-root-user", "--net"]


def main(command: list[str]) -> None:
    """Replace this process by `command`, inside a network namespace of its own."""
    if command[0] == "--inside":
        _raise_loopback()
        os.execvp(command[1], command[1:])  # noqa: S606 - the caller's own command, without a shell
    if which("unshare") and subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0:
        os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, __file__, "--inside", *command])  # noqa: S606 - as above
    print("This system allows no network namespace: sockets are blocked inside the test process only.", flush=True)
    os.execvp(command[0], command)  # noqa: S606 - as above


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = array.array("B", struct.pack("16sh22x", b"lo", IFF_UP))
        fcntl.ioctl(control, SIOCSIFFLAGS, request)


if __name__ == "__main__":
    main(sys.argv[1:])
