import _compat_pickle
import bz2
import collections
import contextlib
import datetime as dt
import gzip
import io
import json
import lzma
import os
import pickle
import pickletools
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accord.weights import archives
from accord.weights.allowed import _allowed, is_allowed
from accord.weights.pickle_values import PickleError
from accord.weights.pickles import Unpickling
from accord.weights.scan import FileScan, Verdict, scan_file, scan_files
from accord.weights.stream import Stream, StreamError

PROTOCOLS = range(6)
BENIGN = {
    "benign0_v0.pkl", "benign0_v3.pkl", "benign0_v4.pkl", "int_array.npy", "int_arrays.npz",
    "int_arrays_compressed.npz", "new_pytorch_model.bin", "object_array.npy", "object_arrays.npz",
    "object_arrays_compressed.npz", "pytorch_model.bin",
}  # fmt: skip
"""What picklescan's own tests call harmless."""


class Named(pickle._Unpickler):
    """CPython's own unpickler, in Python, which stops at the first global."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.named: set[str] = set()

    def find_class(self, module: str, name: str) -> object:
        self.named.add(f"{module}.{name}")
        raise pickle.UnpicklingError

    def persistent_load(self, pid: object) -> object:
        return pid


class Shell:
    """Runs a command when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("id",)


def scanned(tmp_path: Path, data: bytes, name: str = "f.pkl") -> FileScan:
    (tmp_path / name).write_bytes(data)
    return scan_file(tmp_path / name)


def follow(data: bytes) -> Unpickling:
    run = Unpickling(Stream(io.BytesIO(data), len(data)))
    run.follow()
    return run


def test_every_hostile_sample_of_picklescan_is_flagged_and_no_harmless_one(published: Path) -> None:
    files = [f for f in sorted((published / "picklescan/tests").rglob("*")) if f.is_file()]
    found = {f.name: scan_file(f) for f in files}
    assert len(found) > 100
    assert {n for n, s in found.items() if s.verdict == Verdict.SAFE} == BENIGN
    assert {n for n, s in found.items() if s.verdict == Verdict.UNREADABLE} == {"malicious1.7z"}
    malformed = {n for n, s in found.items() if s.verdict == Verdict.MALFORMED}
    assert malformed == {"benign_password_protected.zip", "not_a_pickle.bin"}


@pytest.mark.parametrize(("rest", "verdict"), [(b"\n", "safe"), (b"\n\n", "suspicious"), (b"N.", "suspicious")])
def test_one_newline_after_the_end_is_nothing(tmp_path: Path, rest: bytes, verdict: str) -> None:
    assert verdict == scanned(tmp_path, pickle.dumps([1]) + rest).verdict.value


def test_where_and_what(tmp_path: Path) -> None:
    found = scanned(tmp_path, b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00" + pickle.dumps(Shell(), 4)[11:])
    assert found.verdict == Verdict.SUSPICIOUS
    assert found.globals == {"posix.system"}
    (reason,) = (r for r in found.reasons if "posix.system" in r)
    place = int(reason.rsplit(" ", 1)[1])
    assert (tmp_path / "f.pkl").read_bytes()[place] == 0x93  # STACK_GLOBAL


VALUES: list[Any] = [
    None, True, 0, -1, 255, 65536, -(2**31), 2**63, -(2**300), 1.5, "", "a", "é\n\\u1234 😀", "x" * 5000, b"",
    b"x" * 5000, bytearray(b"hey"), [], [1] * 3000, (), (1,), (1, 2), (1, 2, 3), tuple(range(200)), {},
    {"a": {"b": [1]}}, {1, 2}, frozenset({1}), dict.fromkeys(range(3000)), complex(1, 2), np.dtype("datetime64[s]"),
    collections.OrderedDict(a=1), collections.deque([1]), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), np.arange(1000),
    np.zeros((2, 0)), np.float32(1), np.array([{"a": 1}]), np.zeros(3, dtype=[("a", "i4"), ("b", "U5")]),
    np.random.default_rng(1),
]  # fmt: skip


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_harmless_values_of_every_protocol_are_followed_to_the_last_byte(protocol: int) -> None:
    shared: list[Any] = [1]
    shared.append(shared)
    for value in (*VALUES, VALUES[:25], [shared, shared]):
        data = pickle.dumps(value, protocol)
        run = follow(data)
        assert run.dangers == []
        assert run._in.offset == len(data)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_long_runs_of_numbers_hide_nothing(protocol: int) -> None:
    numbers: list[Any] = [0, 255, 256, -1, 70_000, 1.5, None, True] * 30_000
    data = pickle.dumps([numbers, Shell(), tuple(numbers), dict.fromkeys(range(40), numbers[:40])], protocol)
    run = follow(data)
    assert run.globals == {"posix.system"}
    assert run._in.offset == len(data)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_hostile_ones_are_named_wherever_they_hide(protocol: int, tmp_path: Path) -> None:
    data = pickle.dumps([np.arange(10), {"a": Shell()}], protocol)
    for name, hidden in {
        "plain": data,
        "broken off": data[:-1],
        "damaged behind": data[:-1] + b"\xff",
        "behind another": pickle.dumps(1, protocol) + data,
        "gzip": gzip.compress(data),
        "zlib": zlib.compress(data),
        "bz2": bz2.compress(data),
        "xz": lzma.compress(data),
        "twice": gzip.compress(bz2.compress(data)),
        "zip": zipped({"m/x": data}),
        "zip in a zip": zipped({"inner.zip": zipped({"x": data})}),
        "deflated": zipped({"x": data}, zipfile.ZIP_DEFLATED),
        "bzipped": zipped({"x": data}, zipfile.ZIP_BZIP2),
        "torch": zipped({"m/data.pkl": data, "m/data/0": bytes(8)}),
        "tar": tarred({"x": data}),
        "a zip behind a harmless pickle": pickle.dumps(1) + zipped({"x": data}),
    }.items():
        found = scanned(tmp_path, hidden, "f.bin")
        assert "posix.system" in found.globals, name
        assert found.verdict == Verdict.SUSPICIOUS, name


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


HOSTILE = {
    "a name that is computed": b"\x80\x04]\x8c\x06system\x93.",
    "a call of what a call made": b"cbuiltins\nlist\n)R)R.",
    "attributes of a function": b"ccollections\nOrderedDict\n}b.",
    "an extension": b"\x82\x01.",
    "a persistent id": b"Pwhat\n.",
    "a persistent id of protocol 1": b"K\x01Q.",
    "INST": b"(ios\nsystem\n.",
    "OBJ": b"(cos\nsystem\no.",
    "NEWOBJ": b"\x80\x02cos\nsystem\n)\x81.",
    "NEWOBJ_EX": b"\x80\x04cos\nsystem\n)}\x92.",
    "a popped one": b"cos\nsystem\n0K\x01.",
    "through the memo": b"\x80\x04\x8c\x02os\x940\x8c\x06system\x940h\x00h\x01\x93.",
    "a name in escapes": rb"S'\x6f\x73'" + b"\nS'system'\n\x93.",
    "the old name of a module": b"c__builtin__\neval\n.",
    "a dotted name": b"\x80\x04\x8c\x08builtins\x8c\x0dlist.__init__\x93.",
    "a module below an allowed one": b"cnumpy.f2py.crackfortran\nmyeval\n.",
    "appended to a class": b"ccollections\nOrderedDict\nK\x01a.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_streams(name: str) -> None:
    assert follow(HOSTILE[name]).dangers


MALFORMED = {
    "nothing": b"",
    "an empty stack": b".",
    "a mark that is not there": b"t.",
    "below the mark": b"K\x01(0a.",
    "popped through the mark": b"K\x01(00.",
    "an unset memo": b"h\x05.",
    "a memo as large as memory": b"K\x01r\xff\xff\xff\xff.",
    "protocol 6": b"\x80\x06N.",
    "an unknown opcode": b"\xff.",
    "a frame past the end": b"\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.",
    "a frame in a frame": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x95\x01\x00\x00\x00\x00\x00\x00\x00N.",
    "an opcode across a frame's end": b"\x80\x04\x95\x01\x00\x00\x00\x00\x00\x00\x00K\x01.",
    "bytes past the end": b"B\xff\xff\xff\x7fxx.",
    "a negative length": b"T\xff\xff\xff\xff.",
    "a string without quotes": b"Sabc\n.",
    "a text that is not UTF-8": b"\x8c\x01\xff.",
    "a number that is none": b"Iabc\n.",
    "a key without its value": b"}(K\x01u.",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_no_unpickler_reads(name: str) -> None:
    with pytest.raises((PickleError, StreamError)):
        follow(MALFORMED[name])


opcodes = st.sampled_from([o.code.encode("latin-1") for o in pickletools.opcodes])
streams = st.lists(opcodes | st.binary(max_size=6) | st.sampled_from([b"1\n", b"\x00", b"os\n"]), max_size=60)


@given(streams.map(b"".join) | st.binary(max_size=400))
@settings(max_examples=1500, deadline=None)
@example(b"(" * 100_000 + b".")
@example(b"\x80\x04" + b"]\x94" * 1000 + b"h\x00a" * 1000 + b".")
@example(b"I" + b"9" * 10_000 + b"\n.")
@example(b"L" + b"9" * 100_000 + b"L\n.")
def test_no_stream_of_opcodes_crashes_it(data: bytes) -> None:
    try:
        follow(data)
    except (PickleError, StreamError):
        return


@given(streams.map(b"".join))
@settings(max_examples=1500, deadline=None)
def test_it_agrees_with_the_real_one_on_what_is_named(data: bytes) -> None:
    whole = data + b"\n.\n"  # the real one in Python cuts the last letter off a line that does not end
    real = Named(io.BytesIO(whole))
    with contextlib.suppress(Exception):  # what it says of a broken stream varies
        real.load()
    run = Unpickling(Stream(io.BytesIO(whole), len(whole)))
    with contextlib.suppress(PickleError, StreamError):
        run.follow()
    assert real.named <= run.globals


def test_the_list_holds_nothing_that_python_2_calls_otherwise() -> None:
    for module, names in _allowed().items():
        for name in names:
            new = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
            assert is_allowed(*new)
    assert not is_allowed("builtins", "eval")
    assert not is_allowed("torch", "load")
    assert not is_allowed("functools", "partial")


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)])
def test_joblib_is_followed_through_its_arrays(tmp_path: Path, compress: int | tuple[str, int]) -> None:
    value = {
        "a": np.arange(10_000, dtype="f4"),
        "b": [np.zeros((3, 4), order="F"), np.array(["x", "yy"]), np.zeros(0)],
        "objects": np.array([{"k": 1}, None]),
        "structured": np.zeros(5, dtype=[("a", "i4"), ("b", "f8")]),
    }
    joblib.dump(value, tmp_path / "m.joblib", compress=compress)
    assert scan_file(tmp_path / "m.joblib").reasons == []
    joblib.dump({**value, "late": Shell()}, tmp_path / "m.joblib", compress=compress)
    found = scan_file(tmp_path / "m.joblib")
    assert "posix.system" in found.globals
    joblib.dump(np.array([Shell()]), tmp_path / "m.joblib", compress=compress)
    assert "posix.system" in scan_file(tmp_path / "m.joblib").globals


def test_numpy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 4)))
    np.savez(tmp_path / "b.npz", a=np.arange(3), b=np.array([None, 1]))
    np.save(tmp_path / "c.npy", np.array([Shell()], dtype=object))
    found = {s.name: s for _, s in scan_files(tmp_path)}
    assert found["a.npy"].verdict == found["b.npz"].verdict == Verdict.SAFE
    assert found["c.npy"].globals >= {"posix.system"}
    whole = (tmp_path / "a.npy").read_bytes()
    assert scanned(tmp_path, whole[:-1], "cut.npy").verdict == Verdict.MALFORMED
    assert scanned(tmp_path, whole + b"x", "long.npy").verdict == Verdict.MALFORMED


def test_zips_whose_two_lists_differ(tmp_path: Path) -> None:
    data = zipped({"data.pkl": pickle.dumps(1)})
    for name, changed, words in (
        ("renamed.zip", data.replace(b"data.pkl", b"safe.pkl", 1), "calls itself"),
        ("flagged.zip", data[:6] + b"\x01\x00" + data[8:], "encrypted"),
        ("method.zip", data[:8] + b"\x63\x00" + data[10:], "two ways"),
    ):
        found = scanned(tmp_path, changed, name)
        assert found.verdict == Verdict.MALFORMED
        assert words in " ".join(found.reasons)
    cut = scanned(tmp_path, data[:-10], "cut.zip")
    assert cut.verdict == Verdict.MALFORMED
    twice = zipped({"x": b"a", "y": b"b"}).replace(b"y", b"x")
    assert "stands twice" in scanned(tmp_path, twice, "twice.zip").reasons[0]


def test_archives_that_would_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives.Budget.__init__, "__defaults__", (50, 1 << 20))
    bomb = zipped({"zeros": bytes(1 << 24)}, zipfile.ZIP_DEFLATED)
    assert "too much" in scanned(tmp_path, bomb, "bomb.zip").reasons[0]
    many = zipped({str(n): b"" for n in range(60)})
    assert "too much" in scanned(tmp_path, many, "many.zip").reasons[0]
    nested = b"x"
    for _ in range(20):
        nested = zipped({"x": nested})
    assert any("deep" in r for r in scanned(tmp_path, nested, "nested.zip").reasons)


def safetensors(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + data


def tensor(low: int, high: int, shape: list[int]) -> dict[str, Any]:
    return {"dtype": "U8", "shape": shape, "data_offsets": [low, high]}


SAFE_HEADER = json.dumps({"__metadata__": {"format": "pt"}, "a": tensor(0, 4, [4]), "b": tensor(4, 8, [2, 2])}).encode()
BAD_HEADERS = {
    "a key twice": b'{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{}}',
    "an overlap": json.dumps({"a": tensor(0, 8, [8]), "b": tensor(4, 8, [4])}).encode(),
    "a hole": json.dumps({"a": tensor(0, 2, [2]), "b": tensor(4, 8, [4])}).encode(),
    "bytes behind": json.dumps({"a": tensor(0, 4, [4])}).encode(),
    "past the end": json.dumps({"a": tensor(0, 9, [9])}).encode(),
    "an overflow": json.dumps({"a": tensor(0, 8, [2**62, 4])}).encode(),
    "a negative size": json.dumps({"a": tensor(0, 8, [-8])}).encode(),
    "a fraction": json.dumps({"a": {"dtype": "U8", "shape": [8.0], "data_offsets": [0, 8]}}).encode(),
    "an unknown dtype": json.dumps({"a": {"dtype": "U9", "shape": [8], "data_offsets": [0, 8]}}).encode(),
    "metadata that are no text": b'{"__metadata__":{"a":1},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}',
    "an additional member": b'{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"x":1}}',
    "nested without end": b'{"a":' + b"[" * 100_000,
    "no object": b"{]",
}


def test_safetensors(tmp_path: Path) -> None:
    data = safetensors(SAFE_HEADER, bytes(8))
    assert scanned(tmp_path, data, "m.safetensors").verdict == Verdict.SAFE
    marked = safetensors(SAFE_HEADER.replace(b"pt", b"<script>x</script>"), bytes(8))
    assert scanned(tmp_path, marked, "m.safetensors").verdict == Verdict.SUSPICIOUS
    for cut in (9, 20, len(data) - 1):
        assert scanned(tmp_path, data[:cut], "m.safetensors").verdict in {Verdict.MALFORMED, Verdict.UNREADABLE}


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_safetensors_that_two_readers_could_understand_differently(tmp_path: Path, name: str) -> None:
    found = scanned(tmp_path, safetensors(BAD_HEADERS[name], bytes(8)), "m.safetensors")
    assert found.verdict == Verdict.MALFORMED


def gguf_text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(entries: list[tuple[str, int, bytes]], tensors: list[tuple[str, list[int], int, int]], data: bytes) -> bytes:
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(entries))
    head += b"".join(gguf_text(k) + struct.pack("<I", kind) + value for k, kind, value in entries)
    for name, shape, kind, offset in tensors:
        head += gguf_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
    return head.ljust(-(-len(head) // 32) * 32, b"\0") + data


def test_gguf(tmp_path: Path) -> None:
    def verdict(entries: list[tuple[str, int, bytes]], tensors: list[Any], data: bytes) -> Verdict:
        return scanned(tmp_path, gguf(entries, tensors, data), "m.gguf").verdict

    name = ("general.name", 8, gguf_text("m"))
    one, two = ("a", [8], 0, 0), ("b", [8], 0, 32)
    assert verdict([name], [one, two], bytes(64)) == Verdict.SAFE
    assert verdict([name, name], [one, two], bytes(64)) == Verdict.MALFORMED
    assert verdict([name], [one, one], bytes(64)) == Verdict.MALFORMED
    assert verdict([name], [one, ("b", [8], 0, 0)], bytes(64)) == Verdict.MALFORMED
    assert verdict([name], [one, ("b", [8], 0, 64)], bytes(96)) == Verdict.MALFORMED
    assert verdict([name], [one, two], bytes(65)) == Verdict.MALFORMED
    assert verdict([name], [one, two], bytes(63)) == Verdict.MALFORMED
    assert verdict([name], [("a", [2**63, 4], 0, 0)], bytes(32)) == Verdict.MALFORMED
    assert verdict([name], [("a", [8], 5, 0)], bytes(32)) == Verdict.MALFORMED
    assert verdict([("x", 9, struct.pack("<IQ", 8, 2**60))], [one], bytes(32)) == Verdict.MALFORMED
    template = "{{ ''.__class__.__mro__ }}"
    assert verdict([("tokenizer.chat_template", 8, gguf_text(template))], [one], bytes(32)) == Verdict.SUSPICIOUS
    assert verdict([("general.name", 8, gguf_text("\x1b[2J"))], [one], bytes(32)) == Verdict.SUSPICIOUS


WHOLE = gguf([("general.name", 8, gguf_text("m"))], [("a", [8], 0, 0), ("b", [8], 0, 32)], bytes(64))


@given(st.integers(0, len(WHOLE) - 65), st.integers(1, 255))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_byte_in_a_header_never_crashes_it(tmp_path: Path, place: int, mask: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= mask
    found = scanned(tmp_path, bytes(data), "m.gguf")
    assert found.verdict in set(Verdict)


TEMPLATES = {
    "{{ messages[0].__class__ }}": True,
    "{{ messages|attr('__class__') }}": True,
    "{{ messages|attr(x ~ y) }}": True,
    "{{ messages['__init__'] }}": True,
    "{% include 'x' %}": True,
    "{% if %}": True,
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] }}{{ m.content|trim }}{% endfor %}": False,
    "{%- generation -%}{{ messages|map(attribute='content')|join }}{%- endgeneration -%}": False,
    "{% for m in messages %}{% break %}{% endfor %}": False,
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_chat_templates(tmp_path: Path, template: str) -> None:
    expected = Verdict.SUSPICIOUS if TEMPLATES[template] else Verdict.SAFE
    configuration = json.dumps({"chat_template": template}).encode()
    assert scanned(tmp_path, configuration, "tokenizer_config.json").verdict == expected
    assert scanned(tmp_path, template.encode(), "chat_template.jinja").verdict == expected


def test_what_is_not_understood_is_not_safe(tmp_path: Path) -> None:
    for name, data, verdict in (
        ("README.md", b"# A model", Verdict.SAFE),
        ("empty", b"", Verdict.SAFE),
        ("config.json", b'{"model_type": "x"}', Verdict.SAFE),
        ("config2.json", b'{"auto_map": {"AutoModel": "modeling.Model"}}', Verdict.SUSPICIOUS),
        ("modeling.py", b"import os", Verdict.SUSPICIOUS),
        ("run", b"#!/bin/sh\nid", Verdict.SUSPICIOUS),
        ("w.onnx", b"\x08\x07\x12\x07pytorch", Verdict.UNREADABLE),
        ("w.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), Verdict.UNREADABLE),
        ("lambda.h5", b'\x89HDF\r\n\x1a\n"class_name": "Lambda"', Verdict.SUSPICIOUS),
        ("m.keras", zipped({"config.json": b'{"class_name": "Lambda"}', "metadata.json": b"{}"}), Verdict.SUSPICIOUS),
    ):
        assert scanned(tmp_path, data, name).verdict == verdict, name


@given(st.binary(max_size=500), st.sampled_from(["f.pkl", "f.zip", "f.npy", "f.safetensors", "f"]))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_crash_it(tmp_path: Path, data: bytes, name: str) -> None:
    for start in (b"", b"PK\x03\x04", b"GGUF\x03\0\0\0", b"\x93NUMPY\x01\0", b"\x1f\x8b\x08", b"BZh9", b"\x80\x04"):
        scanned(tmp_path, start + data, name)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    assert scan_file(tmp_path / "gone").verdict == Verdict.UNREADABLE
