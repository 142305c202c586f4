"""The errors Accord raises: one root, and a child for each thing that can go wrong.

A message says what was expected, what was found, where, and what to do about it. The library raises; only
`accord.cli` turns an error into an exit code.
"""

_SHOWN = 2_000  # characters of a part: a stranger may have written it


class AccordError(Exception):
    """Any error that Accord raises on purpose.

    `problem` is one sentence. The keyword parts are optional, and each is one line of the message.
    """

    def __init__(self, problem: str, *, where: str = "", expected: str = "", found: str = "", fix: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.expected = expected
        self.found = found
        self.fix = fix

    def __str__(self) -> str:
        parts = [("where", self.where), ("expected", self.expected), ("found", self.found), ("fix", self.fix)]
        return "\n".join([self.problem, *(f"  {name}: {_cut(text)}" for name, text in parts if text)])


class CodeError(AccordError):
    """An edition of the Code, or one of its companions, is damaged or unknown."""


class ManifestError(AccordError):
    """accord.toml says something that cannot be used; it lists every mistake at once."""


class RecordError(AccordError):
    """A record is not of a known shape, or may not be signed."""


class LedgerError(AccordError):
    """The log cannot be read or written as asked; what it held before is still there."""


class LedgerBusyError(LedgerError):
    """Another process is writing to the log."""


class VerificationError(AccordError):
    """Something signed, hashed or recomputed is not what it claims to be."""


class SignatureError(VerificationError):
    """A signature does not verify under the key it must verify under."""


class InclusionError(VerificationError):
    """An entry is not in the tree that a checkpoint commits to."""


class ConsistencyError(VerificationError):
    """A later tree is not an extension of an earlier one."""


class EvaluationError(AccordError):
    """An evaluation could not be run, or did not finish."""


class WeightsError(AccordError):
    """A model's files cannot be listed, read or signed as they are."""


class ProvenanceError(AccordError):
    """Content cannot be signed, read or changed as asked, or a page not fetched."""


class ReportError(AccordError):
    """A report could not be made from the records at hand."""


class IntakeError(AccordError):
    """A report from outside cannot be read, or may not be kept."""


class WorkspaceError(AccordError):
    """The folder that holds accord.toml and .accord/ is missing something, or holds it already."""


class MissingExtraError(AccordError):
    """An optional dependency is needed; `fix` is the exact command that installs it."""


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
