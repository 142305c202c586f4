"""A record of a scan fits the log, whatever detectors of very many labels find."""

import json
from datetime import datetime
from pathlib import Path

from accord.evidence import sign_record
from accord.ledger import SigningKey
from accord.scan.corpus import corpus_detectors, corpus_record, scan_corpus
from accord.scan.detectors import NAMED_ALONE, detector_names, usual_names
from accord.scan.engine import MANY
from accord.scan.plan import make_plan
from accord.scan.runners.local import LocalRunner
from accord.scan.whole.portrayals import PortrayalsDetector

LARGEST = 65_535
"""The most bytes of an entry of the log (C2SP tlog-tiles)."""


def test_record_of_a_corpus_where_everything_is_found_fits_the_log(
    tmp_path: Path, now: datetime, key: SigningKey
) -> None:
    groups = {label.partition(".")[0] for label in PortrayalsDetector().labels}
    words = ("kitchen", "boss", "engineer", "pretty", "moody", "crime", "bomb", "greedy", "burden", "dirty")
    names = {"older-people": "elderly", "young-people": "youths", "disabled-people": "disabled", "lgbt-people": "gay"}
    rows = [f"The {names.get(g, g.replace('-', ' '))} and a {word} here." for g in sorted(groups) for word in words]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    plan = make_plan([str(tmp_path / "a.jsonl")], corpus_detectors())
    found = scan_corpus(plan, tmp_path / "out", LocalRunner())
    told = [rate.label for rate in found.scan.rates if rate.detector == "portrayals"]
    assert (MANY, sorted(told)) == (len(told), told)
    assert groups <= set(told)  # each is named more often than beside any one word
    signed = sign_record(corpus_record(plan, found, name="manuals", model="ab" * 32, made=now), key)
    assert len(signed) < LARGEST * 4 // 5  # the languages of a large corpus take a tenth


def test_detectors_for_corpora_look_at_traffic_only_where_they_are_named() -> None:
    assert NAMED_ALONE <= set(detector_names())
    assert {"answers", "personal-data", "secrets", "terms"} == set(usual_names())
