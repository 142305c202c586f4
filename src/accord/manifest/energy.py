"""The table of accord.toml about the energy that the system took."""

from typing import Annotated, Literal

from pydantic import Field

from accord.manifest.values import Line, Part, Shape

Amount = Annotated[float, Field(gt=0, le=1e15), Shape("a number above 0", "1250.5")]


class Energy(Part):
    """Energy that one activity of the lifecycle took, where it is known (clause 8.3); inventories state it."""

    activity: Literal[
        "design", "data-collection", "data-preparation", "training", "fine-tuning", "validation", "deployment",
        "inference", "other",
    ]  # fmt: skip
    """What it was used for."""
    kwh: Amount
    """How much, in kilowatt-hours."""
    method: Line
    """How that is known, such as a meter, or an estimate and from what."""
    provider: Line | None = None
    """Who provided it."""
    source: Literal[
        "coal", "oil", "natural-gas", "nuclear", "wind", "solar", "geothermal", "hydropower", "biofuel", "unknown",
        "other",
    ] = "unknown"  # fmt: skip
    """What it was made from."""
    tonnes_co2: Amount | None = None
    """What was emitted for it, in tonnes of carbon dioxide equivalent."""
