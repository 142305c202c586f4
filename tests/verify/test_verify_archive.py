"""The archive has one encoding: what any tool can open, and nothing else is read."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.errors import ReportError, VerificationError
from accord.verify import archive
from accord.verify.archive import read_archive, write_archive

PARTS: dict[str, bytes | Path] = {"report.json": b"{}", "ledger/checkpoint": b"c" * 300, "artifacts/00": b""}


def pack(parts: dict[str, bytes | Path]) -> bytes:
    out = io.BytesIO()
    write_archive(parts, out)
    return out.getvalue()


def unpack(data: bytes, folder: Path) -> tuple[str, ...]:
    return read_archive(io.BytesIO(data), lambda name: folder / name)


def zipped(*members: tuple[zipfile.ZipInfo | str, bytes], comment: bytes = b"") -> bytes:
    """Return an archive as Python's own zipfile writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members:
            file.writestr(name, data)
        file.comment = comment
    return out.getvalue()


def directed(at: int, value: int) -> bytes:
    """Return an archive whose directory says another number of its second member (APPNOTE.TXT 4.3.12)."""
    data = bytearray(pack(PARTS))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", data, second + at, value)
    return bytes(data)


def info(name: str, **fields: object) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def test_archive_opens_with_another_tool() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(PARTS))) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == PARTS


def test_archive_does_not_depend_on_order() -> None:
    assert pack(PARTS) == pack(dict(reversed(PARTS.items())))


def test_archive_takes_bytes_and_paths_alike(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"{}")
    assert pack({"report.json": b"{}"}) == pack({"report.json": tmp_path / "file"})


@settings(max_examples=40)
@given(st.dictionaries(st.from_regex(r"[a-z0-9][a-z0-9.-]{0,9}", fullmatch=True), st.binary(), min_size=1, max_size=4))
def test_archive_survives_a_round_trip(tmp_path_factory: pytest.TempPathFactory, parts: dict[str, bytes]) -> None:
    folder = tmp_path_factory.mktemp("out")
    names = unpack(pack(dict(parts)), folder)
    assert parts == {name: (folder / name).read_bytes() for name in names}


@given(st.data())
def test_archive_with_one_byte_changed_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    good = bytearray(pack(PARTS))
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VerificationError):
        unpack(bytes(good), tmp_path_factory.mktemp("out"))


@given(st.integers(0, 400))
def test_archive_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    with pytest.raises(VerificationError):
        unpack(pack(PARTS)[:size], tmp_path_factory.mktemp("out"))


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/etc/evil", "a//b", "a\\b", "C:evil", "A", "a/", ".hidden", "a\0b", "é", "con/" * 80],
)
def test_archive_with_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    made = info("placeholder")
    made.filename = name
    with pytest.raises(VerificationError):
        unpack(zipped((made, b"x")), tmp_path / "out")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "tricked",
    [
        pytest.param(lambda: zipped(("b", b""), ("a", b"")), id="unsorted"),
        pytest.param(lambda: zipped((info("a"), b"x"), comment=b"hello"), id="comment"),
        pytest.param(lambda: zipped((info("a", comment=b"hello"), b"x")), id="member comment"),
        pytest.param(lambda: zipped((info("a", extra=b"\x01\x00\x00\x00"), b"x")), id="extra field"),
        pytest.param(lambda: zipped((info("a", external_attr=0o120777 << 16), b"/etc/passwd")), id="symlink"),
        pytest.param(lambda: zipped((info("a", compress_type=zipfile.ZIP_DEFLATED), bytes(10**6))), id="bomb"),
        pytest.param(lambda: zipped((zipfile.ZipInfo("a", (2026, 1, 1, 0, 0, 0)), b"x")), id="dated"),
        pytest.param(lambda: b"MZ" + pack(PARTS), id="prefix"),
        pytest.param(lambda: pack(PARTS) + b"\0", id="trailing"),
        pytest.param(lambda: pack(PARTS) + pack(PARTS), id="two archives"),
        pytest.param(zipped, id="empty"),
        pytest.param(lambda: b"PK\x03\x04" + b"\xff" * 26, id="lying sizes"),
        pytest.param(lambda: directed(20, 2**32 - 1), id="longer in the directory"),
        pytest.param(lambda: directed(24, 2**32 - 1), id="longer when unpacked"),
        pytest.param(lambda: directed(42, 0), id="two members in one place"),
        pytest.param(lambda: directed(42, 2**31), id="member beyond the end"),
    ],
)
def test_archive_with_a_trick_is_refused(tmp_path: Path, tricked: Callable[[], bytes]) -> None:
    with pytest.raises(VerificationError):
        unpack(tricked(), tmp_path)


def test_archive_with_a_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped((info("a"), b"1"), (info("a"), b"2"))
    with pytest.raises(VerificationError, match="bundle"):
        unpack(twice, tmp_path)


def test_archive_that_says_it_is_encrypted_is_refused(tmp_path: Path) -> None:
    data = bytearray(pack(PARTS))
    struct.pack_into("<H", data, 6, 1)
    with pytest.raises(VerificationError):
        unpack(bytes(data), tmp_path)


def test_archive_of_too_many_files_is_neither_written_nor_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack(PARTS)
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    with pytest.raises(ReportError):
        pack(PARTS)
    with pytest.raises(VerificationError):
        unpack(data, tmp_path)


def test_archive_that_is_too_large_is_neither_written_nor_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack(PARTS)
    monkeypatch.setattr(archive, "MAX_SIZE", 100)
    with pytest.raises(ReportError):
        pack(PARTS)
    with pytest.raises(VerificationError):
        unpack(data, tmp_path)
