"""Write the digests of an edition that is not yet released: `scripts/seal_code.py EDITION [--root FOLDER]`.

To release an edition, set `status = "released"` in its code.toml and seal it once more. From then on its
digests.toml says so, and this script refuses to write it again, whatever code.toml says.
After sealing, run scripts/make_code_page.py.
"""

import argparse
import sys
from pathlib import Path

from accord.codes.digest import digest_of, digests_of
from accord.codes.loader import edition_folder, parse_code, read_toml
from accord.codes.models import id_order
from accord.errors import AccordError, CodeError

_HEAD = "# Written by scripts/seal_code.py: SHA-256 over canonical JSON, of each entry and of the whole.\n"
_SHIPPED = Path(__file__).parent.parent / "src" / "accord" / "codes"


def seal(edition: str, root: Path) -> Path:
    """Write digests.toml beside an edition's code.toml; raise CodeError if the edition is released."""
    folder = root / edition_folder(edition, root).name
    path = folder / "digests.toml"
    if path.exists() and read_toml(path).get("status") != "draft":
        raise CodeError("A released edition is never sealed again.", where=str(path), fix="Make a new edition.")
    document = read_toml(folder / "code.toml")
    status = parse_code(document).status
    digests = digests_of(document)
    lines = [f'"{key}" = "{digests[key]}"' for key in sorted(digests, key=id_order)]
    text = f'{_HEAD}edition = "{digest_of(document)}"\nstatus = "{status}"\n\n[entry]\n' + "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def main() -> None:
    """Seal the edition named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("edition")
    parser.add_argument("--root", type=Path, default=_SHIPPED, help="the folder of the editions")
    arguments = parser.parse_args()
    try:
        print(seal(arguments.edition, arguments.root))
    except AccordError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
