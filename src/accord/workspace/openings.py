"""The openings of withheld fields, which only the workspace has: one file for each record, for its owner alone."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from accord.errors import WorkspaceError
from accord.evidence import Opening, format_values
from accord.ledger import parse_json
from accord.ledger.files import replace_file

_SHAPE = TypeAdapter(tuple[Opening, ...])


class OpeningStore(Mapping[str, tuple[Opening, ...]]):
    """A folder of openings, each file named by the leaf hash (hex) of the entry that withholds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, leaf: str, openings: Iterable[Opening]) -> None:
        """Store the openings of a record, durably, before the record itself is appended."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        replace_file(self.folder / f"{leaf}.json", format_values(openings), private=True)

    def __getitem__(self, leaf: str) -> tuple[Opening, ...]:
        path = self.folder / f"{leaf}.json"
        if not path.is_file():
            raise KeyError(leaf)
        try:
            return _SHAPE.validate_python(parse_json(path.read_bytes(), where=str(path)))
        except ValidationError as error:
            raise WorkspaceError("The openings of a record are damaged.", where=str(path), found=str(error)) from error

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in sorted(self.folder.glob("*.json")))

    def __len__(self) -> int:
        return sum(1 for _ in self)
