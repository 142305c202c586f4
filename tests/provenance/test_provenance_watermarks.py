"""Watermarks without a language model: keys, chance, calibration, the mark in images, and what is declared of them."""

import io
import json
import random
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import stats
from small_manifest import SMALL

from accord.assess import Job, assess
from accord.errors import ManifestError, MissingExtraError, ProvenanceError
from accord.evidence import InspectionRecord, Status, wilson
from accord.ledger import SigningKey
from accord.manifest import load_system
from accord.provenance.attack import IMAGES
from accord.provenance.engine import ProvenanceInspector
from accord.provenance.watermarks.calibration import (
    CalibratedMark,
    Passage,
    calibrate,
    cut_passages,
    false_alarms,
    read_unmarked,
)
from accord.provenance.watermarks.image import SpreadSpectrum
from accord.provenance.watermarks.keys import WatermarkKey, load_watermark_key, make_watermark_key
from accord.provenance.watermarks.nulls import binomial_tail, normal_tail, sign_tail
from accord.provenance.watermarks.scheme import Score, load_schemes, open_watermark
from accord.workspace import Workspace

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = bytes(range(32))
PNG = "image/png"


def _scene(seed: int, size: tuple[int, int] = (320, 256)) -> Image.Image:
    """Return a picture whose contrast falls with frequency as that of photographs does."""
    rng, (width, height) = np.random.default_rng(seed), size
    distance = np.hypot(np.fft.fftfreq(width)[None], np.fft.fftfreq(height)[:, None])
    distance[0, 0] = 1
    planes = []
    for _ in range(3):
        plane = np.fft.ifft2(np.fft.fft2(rng.standard_normal((height, width))) / distance**1.3).real
        planes.append((plane - plane.min()) / (plane.max() - plane.min()) * 255)
    return Image.fromarray(np.stack(planes, -1).astype(np.uint8))


def _bytes(image: Image.Image, form: str = "PNG") -> bytes:
    held = io.BytesIO()
    image.save(held, form)
    return held.getvalue()


def _image_mark(secret: bytes = SECRET, **parameters: object) -> SpreadSpectrum:
    return SpreadSpectrum(WatermarkKey("spread-spectrum", secret, parameters))


# Chance


@given(st.integers(1, 400), st.floats(0.01, 0.99), st.data())
def test_a_binomial_tail_is_that_of_scipy(trials: int, share: float, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials + 1))
    expected = stats.binom.sf(successes - 1, trials, share)
    assert binomial_tail(successes, trials, share) == pytest.approx(expected, rel=1e-6, abs=1e-300)


@given(st.floats(-8, 30))
def test_a_normal_tail_is_that_of_scipy(z: float) -> None:
    assert normal_tail(z) == pytest.approx(stats.norm.sf(z), rel=1e-9)


def test_the_bound_on_random_signs_holds_for_any_values() -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_t(2, 200)  # heavy tails: no normal law helps here
    sums = rng.choice([-1, 1], (20_000, 200)) @ values / np.sqrt((values**2).sum())
    for z in (1.0, 2.0, 3.0):
        assert (sums >= z).mean() <= sign_tail(z, 1)
    assert (1.0, 1.0) == (sign_tail(-1.0, 5), sign_tail(0.1, 5))


# Keys


def test_a_key_is_read_by_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key.json"
    made = make_watermark_key(path, "kgw", {"greenlist_ratio": 0.5})
    assert (0o600, made) == (stat.S_IMODE(path.stat().st_mode), load_watermark_key(path))
    with pytest.raises(ProvenanceError, match="not written over"):
        make_watermark_key(path, "kgw", {})
    path.chmod(0o640)
    with pytest.raises(ProvenanceError, match="Others can read the key") as caught:
        load_watermark_key(path)
    assert "chmod 600" in caught.value.fix


def test_a_key_shows_nothing_of_itself(tmp_path: Path) -> None:
    key = WatermarkKey("kgw", SECRET, {"hashing_key": 15_485_863})
    assert "15485863" not in repr(key) + key.sha256
    assert SECRET.hex() not in repr(key)
    # The same guessable parameters under another secret have another digest: nobody finds them by trying.
    assert key.sha256 != WatermarkKey("kgw", bytes(32), {"hashing_key": 15_485_863}).sha256
    path = tmp_path / "key"
    path.write_bytes(b'{"scheme": "kgw", "secret": "5ec7e7"}')
    path.chmod(0o600)
    with pytest.raises(ProvenanceError) as caught:
        load_watermark_key(path)
    assert "5ec7e7" not in str(caught.value)


@given(st.binary(max_size=60) | st.sampled_from([b"[]", b"{}", b"null", b'{"scheme": 1, "secret": "00"}', b"1e999"]))
@settings(max_examples=60)
def test_what_is_no_key_is_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("key") / "key.json"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(ProvenanceError):
        load_watermark_key(path)


def test_each_scheme_is_a_plug_in_and_an_unknown_one_is_refused() -> None:
    assert {"kgw", "spread-spectrum", "synthid-text"} <= set(load_schemes())
    for name in ("kgw", "spread-spectrum", "synthid-text"):
        opened = open_watermark(WatermarkKey(name, SECRET))
        assert (name, True) == (opened.name, opened.least > 0)
    with pytest.raises(ProvenanceError, match="not known here"):
        open_watermark(WatermarkKey("other", SECRET))


@pytest.mark.parametrize(
    ("scheme", "parameters"),
    [
        ("spread-spectrum", {"strength": 0}),
        ("spread-spectrum", {"strength": True}),
        ("spread-spectrum", {"strengh": 2}),
        ("kgw", {"greenlist_ratio": 1.5}),
        ("kgw", {"hashing_key": "15485863"}),
        ("kgw", {"seeding_scheme": "selfhash"}),
        ("kgw", {"device": "tpu"}),
        ("synthid-text", {"keys": []}),
        ("synthid-text", {"keys": [-1]}),
        ("synthid-text", {"ngram_len": 1}),
    ],
)
def test_parameters_that_would_not_be_obeyed_are_refused(scheme: str, parameters: dict[str, object]) -> None:
    with pytest.raises(ProvenanceError, match=r"cannot be used|does not know"):
        open_watermark(WatermarkKey(scheme, SECRET, parameters))


@pytest.mark.parametrize("scheme", ["kgw", "synthid-text"])
def test_marks_in_texts_say_which_extra_they_need(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    opened = open_watermark(WatermarkKey(scheme, SECRET), tmp_path)
    with pytest.raises(MissingExtraError, match=r"pip install 'accord\[watermarks\]'"):
        opened.score(b"text", "text/plain")
    with pytest.raises(ProvenanceError, match="model's tokenizer"):
        open_watermark(WatermarkKey(scheme, SECRET)).score(b"text", "text/plain")


# Calibration


@dataclass(frozen=True)
class Letters:
    """A scheme that takes a text for marked by its share of the letter e, and is badly wrong about chance."""

    name: str = "letters"
    kinds: frozenset[str] = frozenset({"text/plain"})
    unit: str = "letters"
    least: int = 20
    exact: bool = False

    def score(self, content: bytes, kind: str) -> Score:
        assert kind in self.kinds
        return Score((1 - content.count(b"e") / max(1, len(content))) ** 20 / 1000, len(content))


def _passages(n: int, seed: int = 1, share: float = 0.1) -> list[Passage]:
    rng = random.Random(seed)  # noqa: S311 - a test
    return [Passage(str(i), bytes(rng.choices(b"ex", [share, 1 - share], k=200)), "text/plain") for i in range(n)]


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_the_rate_of_false_alarms_is_the_accepted_one_even_where_a_scheme_is_wrong(rate: float) -> None:
    alone = sum(Letters().score(p.content, p.kind).p <= rate for p in _passages(500))
    assert 500 == alone  # by the scheme's own word, everything is marked
    alarms = 0
    for seed in range(20):
        mark = calibrate(Letters(), _passages(300, seed), rate)
        alarms += sum(mark.find(p.content, p.kind)[0] is True for p in _passages(100, 1000 + seed))
    low, high = wilson(alarms, 2000, 0.999)
    # Ties of this scheme, which counts one letter, make it more careful than it would have to be.
    assert low <= rate
    assert high >= rate / 2


def test_marked_content_is_told_from_it_and_short_content_is_unknown_and_never_false() -> None:
    mark = calibrate(Letters(), _passages(200), 0.01)
    assert True is mark.find(b"e" * 100, "text/plain")[0]
    assert False is mark.find(b"x" * 100, "text/plain")[0]
    assert (None, "too short: 19 of 20 letters") == mark.find(b"e" * 19, "text/plain")
    assert None is mark.find(b"e" * 100, "image/png")[0]


def test_too_little_unmarked_content_is_an_error_and_no_guess() -> None:
    with pytest.raises(ProvenanceError, match="too little unmarked") as caught:
        calibrate(Letters(), _passages(98), 0.01)
    assert ("at least 99 passages of 20 letters or more", "98") == (caught.value.expected, caught.value.found)
    assert 99 == len(calibrate(Letters(), _passages(99), 0.01).unmarked)
    assert [] == list(false_alarms(Letters(), _passages(150), 0.01))


def test_false_alarms_are_measured_on_passages_that_did_not_set_the_rate() -> None:
    seen = list(false_alarms(Letters(), _passages(300), 0.05))
    assert (150, {"watermark.letters.quiet"}) == (len(seen), {s.observation for s in seen})
    assert {str(n) for n in range(1, 300, 2)} == {s.subject for s in seen}
    assert 0 < [s.holds for s in seen].count(False) < 20


@given(st.text(max_size=3000), st.integers(5, 500))
def test_texts_are_cut_into_passages_and_nothing_is_made_up(text: str, size: int) -> None:
    pieces = list(cut_passages(text, size))
    assert all(len(piece) <= 2 * size for piece in pieces)
    whole = "".join(text.split())
    assert whole.startswith("".join("".join(pieces).split()))


def test_unmarked_content_is_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("word " * 500)
    (tmp_path / "b.png").write_bytes(_bytes(_scene(1, (32, 32))))
    (tmp_path / "c.exe").write_bytes(b"MZ")
    assert ["a.txt#0", "a.txt#1", "b.png"] == [p.name for p in read_unmarked(tmp_path)]


# The mark in images


@pytest.fixture(scope="module")
def marked() -> list[bytes]:
    return [_image_mark().mark(_bytes(_scene(seed)), PNG) for seed in range(2)]


def test_a_mark_is_found_with_its_key_and_with_no_other(marked: Sequence[bytes]) -> None:
    for seed, data in enumerate(marked):
        assert _image_mark().score(data, PNG).p < 1e-20
        assert _image_mark(bytes(32)).score(data, PNG).p > 0.01
        assert _image_mark().score(_bytes(_scene(seed)), PNG).p > 0.01


def test_a_mark_is_not_seen(marked: Sequence[bytes]) -> None:
    for seed, data in enumerate(marked):
        before, after = np.asarray(_scene(seed), float), np.asarray(Image.open(io.BytesIO(data)), float)
        assert 10 * np.log10(255**2 / ((before - after) ** 2).mean()) > 38  # dB, the usual measure


LOST = {"resize-87"}
"""What hides the mark: a size at which it is not looked for."""


@pytest.mark.parametrize("name", IMAGES)
def test_what_a_mark_in_images_survives(marked: Sequence[bytes], name: str) -> None:
    _, change = IMAGES[name]
    found = [_image_mark().score(*change(data, PNG)).p < 1e-6 for data in marked]
    assert [name not in LOST] * len(marked) == found


def test_false_alarms_in_images_stay_within_the_bound() -> None:
    # The chance is over keys: one picture, many keys. The bound is on the safe side, so alarms are rarer than it says.
    data = _bytes(_scene(9, (160, 128)))
    keys = [n.to_bytes(32) for n in range(1, 21)]
    assert sum(_image_mark(key).score(data, PNG).p <= 0.05 for key in keys) <= 3


@pytest.mark.parametrize("flat", [(0, 0, 0), (255, 255, 255), (128, 0, 7)])
def test_a_flat_image_has_no_mark(flat: tuple[int, int, int]) -> None:
    assert 1.0 == _image_mark().score(_bytes(Image.new("RGB", (200, 200), flat)), PNG).p


@pytest.mark.parametrize(("form", "kind"), [("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("PNG", PNG)])
def test_every_format_carries_the_mark(form: str, kind: str) -> None:
    data = _image_mark().mark(_bytes(_scene(3), form), kind)
    assert _image_mark().score(data, kind).p < 1e-20
    assert form == Image.open(io.BytesIO(data)).format


def test_an_image_that_is_too_small_is_refused_and_found_unknown() -> None:
    small = _bytes(_scene(1, (100, 100)))
    with pytest.raises(ProvenanceError, match="too small"):
        _image_mark().mark(small, PNG)
    found, note = CalibratedMark(_image_mark(), 0.01).find(small, PNG)
    assert (None, "too short: 10000 of 16384 pixels") == (found, note)


@given(st.data())
@settings(max_examples=60)
def test_damaged_images_are_unknown_or_still_marked(data: st.DataObject) -> None:
    whole = bytearray(_DAMAGED)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    found, _ = CalibratedMark(_image_mark(), 0.01).find(bytes(whole[: data.draw(st.integers(0, len(whole)))]), PNG)
    assert found in {None, True, False}


_DAMAGED = _image_mark().mark(_bytes(_scene(5, (160, 128))), PNG)


# What is declared


@pytest.fixture
def workspace(tmp_path: Path, key: SigningKey, marked: Sequence[bytes]) -> Workspace:
    (tmp_path / "samples").mkdir()
    (tmp_path / "plain").mkdir()
    for seed, data in enumerate(marked):
        (tmp_path / "samples" / f"{seed}.png").write_bytes(data)
        (tmp_path / "plain" / f"{seed}.png").write_bytes(_bytes(_scene(seed)))
    key_file = tmp_path / "mark.json"
    make_watermark_key(key_file, "spread-spectrum", {}, lambda _: SECRET)
    (tmp_path / "accord.toml").write_text(
        SMALL
        + """
[[watermarks]]
id = "picture"
scheme = "spread-spectrum"
key_file = "mark.json"
samples = "samples"
unmarked = "plain"
"""
    )
    return Workspace.create(tmp_path, key, "test.invalid/log")


def _quiet(_jobs: Sequence[Job]) -> Callable[[Job], Callable[..., None]]:
    return lambda _job: lambda *_: None


def _assess(workspace: Workspace) -> tuple[Status, dict[str, InspectionRecord]]:
    found = assess(workspace, [ProvenanceInspector(lambda: NOW)], clock=lambda: NOW, watch=_quiet)
    status = next(f.status for s in found.states for f in s.findings if f.check == "a07.provenance")
    return status, {e.record.topic: e.record for e in workspace.records(NOW).of(InspectionRecord)}


def test_an_assessment_records_what_is_found_at_which_rate_and_what_survives(workspace: Workspace) -> None:
    status, records = _assess(workspace)
    found, quiet = (records["watermark"].find(f"watermark.picture.{name}") for name in ("found", "quiet"))
    assert found
    assert quiet
    assert (2, 2, 1, 1) == (found.held, found.n, quiet.held, quiet.n)
    assert "at a false-positive rate of 1.00%" in found.title
    survives = records["watermark-robustness"]
    shrunk, odd = (survives.find(f"watermark.picture.{name}") for name in ("resize", "resize-87"))
    assert shrunk
    assert odd
    assert ((2, 2), (0, 2)) == ((shrunk.held, shrunk.n), (odd.held, odd.n))
    assert Status.PARTIAL == status
    size = workspace.log().size
    _assess(workspace)
    assert size == workspace.log().size


def test_no_record_and_no_declaration_names_the_key(workspace: Workspace) -> None:
    _, records = _assess(workspace)
    text = json.dumps([r.model_dump(mode="json") for r in records.values()])
    assert load_watermark_key(workspace.root / "mark.json").sha256 in text
    assert SECRET.hex() not in text
    published = load_system(workspace.root / "accord.toml").to_bytes()
    assert b"mark.json" not in published
    assert b"spread-spectrum" in published


def test_content_without_the_declared_mark_contradicts_nothing_but_shows(workspace: Workspace) -> None:
    (workspace.root / "samples" / "0.png").write_bytes(_bytes(_scene(0)))
    status, records = _assess(workspace)
    found = records["watermark"].find("watermark.picture.found")
    assert found
    assert (1, 2, Status.PARTIAL) == (found.held, found.n, status)


def test_a_key_of_another_scheme_is_refused(workspace: Workspace) -> None:
    path = workspace.root / "accord.toml"
    path.write_text(path.read_text().replace('scheme = "spread-spectrum"', 'scheme = "kgw"'))
    with pytest.raises(ProvenanceError, match=r"another watermark than accord\.toml says"):
        _assess(workspace)


def test_mistakes_in_the_table_are_named(workspace: Workspace) -> None:
    path = workspace.root / "accord.toml"
    text = path.read_text().replace("mark.json", "gone.json").replace('"plain"', '"plain"\nrate = 0.9')
    path.write_text(text)
    with pytest.raises(ManifestError) as caught:
        load_system(path)
    assert "watermarks[0].key_file" in str(caught.value)
    assert "0.0001 to 0.5" in str(caught.value)
    assert "gone.json" in str(caught.value)
