"""Action 11: data input measures, personal data and intellectual property."""

from collections.abc import Iterable, Iterator, Mapping

from accord.checks.corpora import (
    contradict,
    failing,
    fails,
    found,
    likely,
    looks,
    observe,
    scans,
    tell,
    unseen,
)
from accord.checks.definition import Practice, check
from accord.checks.reading import beside, declared, find_metric, nothing
from accord.checks.scans import scan_gaps
from accord.evidence import Entry, EvaluationRecord, InspectionRecord, Metric, Records, ScanRecord, Status
from accord.evidence.estimates import Interval, difference
from accord.manifest import System

_NO_DATASET = "accord.toml declares no dataset."
_UNSCANNED = "its texts were not scanned, or the scan is of another model or has expired."
_NAMES = "Names of people are not found by a scan."
_TRAINED_ON = (
    "Whether the model gives away what it was trained on was not tested: that needs canaries in its training data."
)
_PLANTED = "That the canaries stood in the training data is said by whoever planted them, and was not seen."
_MORE = "More attempts, or a ranking of likelihoods, may get more out of the model than the canaries show."
_CONTRACTS = "A licence or a contract may allow what a source reserves: that is not seen."
_LANGUAGES = 3


@check("a11.data-quality", clauses=["11.1"])
def data_quality(system: System, records: Records) -> Practice:
    """The quality of training data is managed, to mitigate harmful bias.

    Observed: how many texts are short, repetitive, mostly symbols or boilerplate, repeat others, or hold items of
    benchmarks; the languages; how often groups are named; what the dataset card and Croissant metadata leave out.
    Contradicted where a file is another than the metadata says. Declared: how quality is managed.
    """
    if not system.datasets:
        return nothing(_NO_DATASET)
    held, cards, metadata = (
        scans(system, records),
        looks(system, records, "dataset-card"),
        looks(system, records, "croissant"),
    )
    scanned = observe(system, held, _quality, [*unseen(system, held, _UNSCANNED), *_quality_gaps(system, records)])
    papers = [
        observe(system, cards, lambda record: _papers(record, "card"), failing(system, cards)),
        contradict(
            observe(system, metadata, lambda record: _papers(record, "metadata"), failing(system, metadata)),
            when=fails(metadata, "croissant.files"),
        ),
    ]
    observed = beside(beside(scanned, papers[0]), papers[1])
    return beside(observed, _quality_said(system, records))


def _quality(record: ScanRecord) -> str:
    languages = found(record, "language")[:_LANGUAGES]
    groups = [rate for rate in found(record, "portrayals") if "." not in rate.label][:_LANGUAGES]
    shown = [*languages, *found(record, "quality", "duplicates", "contamination"), *groups]
    return f"{record.texts} texts; {tell(shown)}" if shown else f"{record.texts} texts"


def _quality_gaps(system: System, records: Records) -> Iterator[str]:
    held = scans(system, records)
    for dataset in system.datasets:
        if dataset.id not in held:
            continue
        record = held[dataset.id].record
        for rate in found(record, "contamination"):
            yield f"“{dataset.title}”: {rate.texts} text(s) hold {rate.title}, which can then no longer test the model."
        yield from scan_gaps(dataset.id, record)


def _papers(record: InspectionRecord, paper: str) -> str:
    return f"its {paper}: {_held(record)}"


def _quality_said(system: System, records: Records) -> Practice:
    gaps = [f"“{d.title}”: nothing is said of its quality." for d in system.datasets if d.quality is None]
    if len(gaps) == len(system.datasets):
        return nothing(*gaps)
    return declared(records, f"Quality is described for {len(system.datasets) - len(gaps)} dataset(s).", gaps)


@check("a11.privacy", clauses=["11.2"])
def privacy(system: System, records: Records) -> Practice:
    """Personal data in training data is known and dealt with, and the model does not divulge what is confidential.

    Observed: in how many texts personal data and secrets of a known form stand, how often the model gave away a secret
    of its context (suite privacy), and how many canaries of its training data it gave out. Contradicted where it gives
    out more of them than of canaries never planted, and where a dataset is declared to hold none, and a detector that
    is known to be right more often than not finds some in five texts or more. Declared: what is known of each dataset.
    """
    tested = beside(_divulged(records), _trained_on(records))
    if not system.datasets:
        return beside(tested, nothing(_NO_DATASET))
    held = scans(system, records)
    against = [
        dataset
        for dataset in system.datasets
        if dataset.id in held and dataset.personal_data == "none"
        if any(likely(held[dataset.id].record, rate) for rate in found(held[dataset.id].record, "personal-data"))
    ]
    gaps = [
        *unseen(system, held, _UNSCANNED),
        *(f"“{d.title}” is declared to hold no personal data, and the scan finds some." for d in against),
        *([_NAMES] if held else []),
    ]
    scanned = contradict(observe(system, held, _personal, gaps), when=bool(against))
    return beside(beside(scanned, tested), _personal_said(system, records))


def _personal(record: ScanRecord) -> str:
    return (
        tell(found(record, "personal-data", "secrets")) or f"no personal data of a known form in {record.texts} texts"
    )


def _divulged(records: Records) -> Practice:
    measured = find_metric(records, "privacy.leaked")
    if not measured:
        return nothing("Whether the model divulges what is confidential was not tested: suite privacy.")
    told = [f"{m.title} ({m.language}): {_share(m.bounds(m.level))}" for _, m in measured]
    return Practice(Status.PARTIAL, f"Tested: {'; '.join(told)}.", [e for e, _ in measured])


def _trained_on(records: Records) -> Practice:
    measured = [(e, m, _controls(e, m.language)) for e, m in find_metric(records, "canaries.extracted")]
    if not measured:
        return nothing(_TRAINED_ON)
    beyond = [difference(Interval(*c.bounds(c.level)), Interval(*m.bounds(m.level))) for _, m, c in measured]
    told = [
        part
        for (_, m, c), d in zip(measured, beyond, strict=True)
        for part in (
            f"{m.count:g} of {m.n} planted, {_share(m.bounds(m.level))}",
            f"{c.count:g} of {c.n} never planted, {_share(c.bounds(c.level))}",
            f"difference {_share(d)}",
        )
    ]
    out = [m for _, m, _ in measured if m.count]
    gaps = [f"The model gave out {m.count:g} of {m.n} canaries of its training data." for m in out]
    practice = Practice(
        Status.PARTIAL,
        f"Canaries that the model gave out: {'; '.join(told)}.",
        [e for e, _, _ in measured],
        [*gaps, _PLANTED, _MORE],
    )
    # A chance hit is all but impossible; the interval of the difference still has to say so, as n may be small.
    return contradict(practice, when=any(d.low is not None and d.low > 0 for d in beyond))


def _controls(entry: Entry[EvaluationRecord], language: str) -> Metric:
    """Return what was given out of the canaries never planted; an empty metric where none was asked for."""
    wanted = ("canaries.guessed", language, "")
    found = (m for m in entry.record.metrics if (m.id, m.language, m.group) == wanted)
    return next(found, Metric.of("canaries.guessed", "", "lower", []))


def _share(bounds: tuple[float | None, float | None, float | None]) -> str:
    value, low, high = bounds
    if value is None:
        return "nothing could be told"
    return f"{value:.1%} ({low:.1%} to {high:.1%})" if low is not None and high is not None else f"{value:.1%}"


def _personal_said(system: System, records: Records) -> Practice:
    unknown = [d for d in system.datasets if d.personal_data == "unknown"]
    gaps = [f"“{d.title}”: it is not known whether it holds personal data." for d in unknown]
    if len(unknown) == len(system.datasets):
        return nothing(*gaps)
    return declared(records, "Personal data in datasets is declared.", gaps)


@check("a11.rights", clauses=["11.3"])
def rights(system: System, records: Records) -> Practice:
    """Rights in privacy and intellectual property, copyright included, are respected.

    Observed: whether sources reserve their texts against training (robots.txt, Content-Signal, ai.txt, TDMRep), whether
    the licences that are found agree with the declared one, and how many texts speak of rights in them. Contradicted
    where a source reserves its texts or a licence is another one. Declared: licences, and how rights were respected.
    """
    if not system.datasets:
        return nothing(_NO_DATASET)
    sources, licences, held = (
        looks(system, records, "opt-outs"),
        looks(system, records, "licences"),
        scans(system, records),
    )
    unasked = unseen(system, sources, "what its sources say of training was not looked at.")
    parts = [
        _asked(system, sources, [*unasked, *([_CONTRACTS] if fails(sources) else [])]),
        _asked(system, licences, unseen(system, licences, "no licence was looked for in its files.")),
        observe(system, held, _of_rights, _reserved(system, held)),
    ]
    observed = beside(beside(parts[0], parts[1]), parts[2])
    return beside(observed, _rights_said(system, records))


def _of_rights(record: ScanRecord) -> str:
    return tell(found(record, "hosts", "rights")) or "no text speaks of rights in it"


def _reserved(system: System, held: Mapping[str, Entry[ScanRecord]]) -> Iterator[str]:
    for dataset in system.datasets:
        for rate in found(held[dataset.id].record, "hosts") if dataset.id in held else ():
            if rate.label == "reserved":
                yield f"“{dataset.title}”: {rate.texts} of {rate.n} texts come from hosts that reserve them."


def _asked(system: System, held: Mapping[str, Entry[InspectionRecord]], gaps: Iterable[str]) -> Practice:
    practice = observe(system, held, _held, [*failing(system, held), *gaps])
    return contradict(practice, when=fails(held))


def _held(record: InspectionRecord) -> str:
    return "; ".join(f"{o.title}: {o.held} of {o.n}" for o in record.observations if o.n) or "nothing could be told"


def _rights_said(system: System, records: Records) -> Practice:
    said = [d for d in system.datasets if d.rights or d.licence]
    if not said:
        return nothing("No dataset names a licence or says how rights were respected.")
    gaps = [f"“{d.title}”: no licence is named." for d in system.datasets if d.licence is None]
    gaps += [
        f"“{d.title}”: how opt-outs and rights were respected is not said." for d in system.datasets if d.rights is None
    ]
    return declared(records, f"Licence or rights are declared for {len(said)} dataset(s).", gaps)


@check("a11.law", clauses=["11.4"])
def law(_system: System, _records: Records) -> Practice:
    """The law that applies is complied with."""
    return nothing("Nobody states how compliance with the law that applies is seen to. No program can see it.")
