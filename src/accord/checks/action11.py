"""Action 11: data input measures, personal data and intellectual property."""

from accord.checks.definition import Practice, check
from accord.checks.reading import declared, nothing
from accord.evidence import Records
from accord.manifest import System

_NO_DATASET = "accord.toml declares no dataset."


@check("a11.data-quality", clauses=["11.1"])
def data_quality(system: System, records: Records) -> Practice:
    """The quality of training data is managed, to mitigate harmful bias."""
    if not system.datasets:
        return nothing(_NO_DATASET)
    gaps = [f"“{d.title}”: nothing is said of its quality." for d in system.datasets if d.quality is None]
    if len(gaps) == len(system.datasets):
        return nothing(*gaps)
    return declared(records, f"Quality is described for {len(system.datasets) - len(gaps)} dataset(s).", gaps)


@check("a11.privacy", clauses=["11.2"])
def privacy(system: System, records: Records) -> Practice:
    """Personal data in training data is known and dealt with."""
    if not system.datasets:
        return nothing(_NO_DATASET)
    unknown = [d for d in system.datasets if d.personal_data == "unknown"]
    gaps = [f"“{d.title}”: it is not known whether it holds personal data." for d in unknown]
    if len(unknown) == len(system.datasets):
        return nothing(*gaps)
    return declared(records, "Personal data in datasets is declared.", gaps)


@check("a11.rights", clauses=["11.3"])
def rights(system: System, records: Records) -> Practice:
    """Rights in privacy and intellectual property, copyright included, are respected."""
    if not system.datasets:
        return nothing(_NO_DATASET)
    said = [d for d in system.datasets if d.rights or d.licence]
    if not said:
        return nothing("No dataset names a licence or says how rights were respected.")
    gaps = [f"“{d.title}”: no licence is named." for d in system.datasets if d.licence is None]
    gaps += [
        f"“{d.title}”: how opt-outs and rights were respected is not said." for d in system.datasets if d.rights is None
    ]
    return declared(records, f"Licence or rights are declared for {len(said)} dataset(s).", gaps)
