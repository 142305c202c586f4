"""The trail of a release: data, processes and decisions as one graph, followed forwards or back from a sentence.

Pure functions of the records, the declaration and the findings. Nothing here is a store of its own: the trail is what
the log already says, put together (clause 1.4).
"""

from accord.trace.building import releases, trace
from accord.trace.graph import Link, Node, Trail
from accord.trace.samples import SampleTrail, Verdicts, trace_sample

__all__ = ["Link", "Node", "SampleTrail", "Trail", "Verdicts", "releases", "trace", "trace_sample"]
