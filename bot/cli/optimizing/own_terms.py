"""A user's own terms, from a Python file of theirs: ``file:my_terms.py:terms``.

What stands under the name is either a function that states a term in cvxpy (``cone.own`` says
how), or a ``Terms``: scenarios, utilities, uncertain means. The file is run as it is, with all the
rights of the user who names it. docs/own-terms.md has an example of each.
"""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType

from strategies.optimize.cone import OwnTerm
from strategies.optimize.cone.terms import NOTHING, Terms

SCHEME = "file:"
SHAPE = "expected file:PATH.py:NAME, as in file:my_terms.py:terms"
MODULE = "trimtab_own_terms"
"""What the file is called while it runs."""


class BadReference(Exception):
    """There are no terms where the reference points; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """What a user asks beside the problem: ``solve_cone(problem, terms, own)``."""

    terms: Terms = NOTHING
    own: OwnTerm | None = None


def load(reference: str, folder: Path) -> OwnTerms:
    """What ``reference`` names; a path that is not absolute is taken from ``folder``.

    Raises ``BadReference``.
    """
    path, name = _parsed(reference)
    file = folder / path
    if not file.is_file():
        raise BadReference(f"{reference}: there is no file {file}")
    module = _run(reference, file)
    if not hasattr(module, name):
        near = ", ".join(sorted(each for each in vars(module) if not each.startswith("_")))
        raise BadReference(f"{reference}: {path} has no {name}; it has: {near or 'nothing'}")
    found = getattr(module, name)
    if isinstance(found, Terms):
        return OwnTerms(terms=found)
    if not callable(found):
        kind = type(found).__name__
        raise BadReference(f"{reference}: {name} is a {kind}, expected a function or a Terms")
    return OwnTerms(own=found)


def _parsed(reference: str) -> tuple[str, str]:
    """Path and name."""
    if not reference.startswith(SCHEME):
        raise BadReference(f"{reference}: {SHAPE}")
    path, _, name = reference.removeprefix(SCHEME).rpartition(":")
    if not path.endswith(".py") or not name.isidentifier():
        raise BadReference(f"{reference}: {SHAPE}")
    return path, name


def _run(reference: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODULE, file)
    if spec is None or spec.loader is None:
        raise BadReference(f"{reference}: {file} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module  # dataclasses look their module up there
    with _Blame(reference, file):
        spec.loader.exec_module(module)
    return module


class _Blame:
    """Any error that the file raises while it runs becomes a ``BadReference`` with its line.

    The code within is not ours, so that no list of errors could be complete.
    """

    def __init__(self, reference: str, file: Path) -> None:
        self._reference, self._file = reference, file

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _: object, error: BaseException | None, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            return
        line = error.lineno if isinstance(error, SyntaxError) else _line(trace, self._file)
        place = f"line {line}: " if line else ""
        first = (str(error).strip().splitlines() or [""])[0]
        said = f"{place}{type(error).__name__}: {first}"
        raise BadReference(f"{self._reference}: running it failed at {said}") from error


def _line(trace: TracebackType | None, file: Path) -> int | None:
    """The last line of ``file`` that was being run."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
