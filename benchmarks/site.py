"""Lighthouse's four scores of a published site's pages, served on this machine as web servers serve: compressed.

Needs Debian's chromium, Node.js, and Lighthouse, which is no dependency of Accord: npm install lighthouse in a folder
elsewhere, then: python benchmarks/site.py SITE THAT_FOLDER [OPTION OF LIGHTHOUSE ...], such as --preset=desktop.
By itself Lighthouse simulates a slow telephone, four times slower than this machine: where that is busy with other
work, it measures the other work.
"""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
_SECONDS = 180


class Handler(SimpleHTTPRequestHandler):
    """Serves files compressed, and says nothing."""

    def do_GET(self) -> None:
        """Answer with the file, compressed."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """Serve a folder on this machine; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: Handler(*given, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def measure(address: str, lighthouse: Path, options: list[str]) -> dict[str, int]:
    """Return the scores of a page, 0 to 100, by category."""
    command = ["npx", "lighthouse", address, "--quiet", f"--chrome-flags={FLAGS}", "--output=json", *options]
    environment = {"CHROME_PATH": "/usr/bin/chromium"} | os.environ
    ran = subprocess.run(
        command, cwd=lighthouse, env=environment, capture_output=True, text=True, check=True, timeout=_SECONDS
    )
    categories = json.loads(ran.stdout)["categories"]
    return {name: round(found["score"] * 100) for name, found in categories.items()}


def main() -> None:
    """Print the scores of the front page and of the newest release's pages."""
    site, lighthouse = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    newest = json.loads((site / "index.json").read_text(encoding="utf-8"))["releases"][0]
    release = f"releases/{newest['slug']}"
    record = f"records/{newest['assessment']}.html"
    pages = ["index.html", f"{release}/index.html", f"{release}/report.html", f"{release}/changes.html", record]
    with serving(site) as address:
        for page in (page for page in pages if (site / page).is_file()):
            scores = measure(f"{address}/{page}", lighthouse, sys.argv[3:])
            print(f"{page:44}", "  ".join(f"{name} {score:3}" for name, score in scores.items()))


if __name__ == "__main__":
    main()
