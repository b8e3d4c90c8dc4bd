"""A user's own term, written in cvxpy; whatever is wrong with it is said with its place.

It is a function of (weights, trades, problem): the first two are expressions of cvxpy of shape
(n,), in shares of NAV, the third is the ``Problem``. It answers with what is added to the
objective (a convex expression, or a number) and a list of constraints.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from strategies.optimize.cone.statement import Statement
from strategies.optimize.problem import BadProblem, Problem

if TYPE_CHECKING:
    import cvxpy as cp

OwnTerm = Callable[["cp.Expression", "cp.Expression", Problem], Any]
ANSWER = "expected (what is added to the objective, a list of constraints)"
PAIR = 2


class BadOwnTerm(BadProblem):
    """A user's own term fails, or is not what it must be; the message names function and place."""


@dataclass(frozen=True, slots=True)
class Own:
    """What the user's function answered; ``added`` is an expression or a number."""

    added: "cp.Expression | float"
    limits: tuple[Any, ...]


NO_OWN = Own(0.0, ())


def ask_own(own: OwnTerm, statement: Statement, problem: Problem) -> Own:
    """What ``own`` answers. Raises ``BadOwnTerm``."""
    name = getattr(own, "__name__", type(own).__name__)
    with _Blame(name):
        answer = own(statement.weights, statement.trades, problem)
    if not isinstance(answer, tuple) or len(answer) != PAIR:
        raise BadOwnTerm(f"own term {name}: answered {_kind(answer)}, {ANSWER}")
    added, limits = answer
    if not isinstance(limits, Iterable):
        raise BadOwnTerm(f"own term {name}: its constraints are {_kind(limits)}, {ANSWER}")
    kept = tuple(limits)
    for number, limit in enumerate(kept):
        _check_limit(f"own term {name}: constraint {number}", limit)
    return Own(_checked(f"own term {name}: the objective", added), kept)


class _Blame:
    """Any error out of the user's function becomes a ``BadOwnTerm`` that says where it arose.

    The code within is not ours, so that no list of errors could be complete.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _: object, error: BaseException | None, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            return
        raised = f"{type(error).__name__}: {_first_line(error)}"
        raise BadOwnTerm(f"own term {self._name}: {_place(trace)} raised {raised}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["(no message)"])[0]


def _place(trace: TracebackType | None) -> str:
    """File and line in the user's function: the frame below ours."""
    frame = trace.tb_next if trace is not None and trace.tb_next is not None else trace
    if frame is None:
        return "it"
    file = frame.tb_frame.f_code.co_filename.rpartition("/")[2]
    return f"{file} line {frame.tb_lineno}"


def _checked(place: str, added: Any) -> "cp.Expression | float":  # noqa: ANN401 - theirs
    import cvxpy as cp

    if isinstance(added, int | float | np.floating) and not isinstance(added, bool):
        if not np.isfinite(added):
            raise BadOwnTerm(f"{place} is {added}, not a finite number")
        return float(added)
    if not isinstance(added, cp.Expression):
        raise BadOwnTerm(f"{place} is {_kind(added)}, expected a cvxpy expression or a number")
    if added.size != 1:
        raise BadOwnTerm(f"{place} has shape {added.shape}, expected one number: sum it")
    if added.is_complex():
        raise BadOwnTerm(f"{place} is complex")
    if not added.is_dcp() or not added.is_convex():
        raise BadOwnTerm(f"{place} is not convex by cvxpy's rules (DCP): {added}")
    return cp.sum(added)


def _check_limit(place: str, limit: Any) -> None:  # noqa: ANN401 - theirs
    import cvxpy as cp

    if isinstance(limit, bool | np.bool_):
        raise BadOwnTerm(f"{place} is {limit} already: it compares no expression of the weights")
    if not isinstance(limit, cp.Constraint):
        raise BadOwnTerm(f"{place} is {_kind(limit)}, expected a cvxpy constraint")
    if not limit.is_dcp():
        raise BadOwnTerm(f"{place} is not convex by cvxpy's rules (DCP): {limit}")
    if any(v.attributes["boolean"] or v.attributes["integer"] for v in limit.variables()):
        raise BadOwnTerm(f"{place} has whole-number variables, which the cone solver cannot take")


def _kind(value: object) -> str:
    return f"a {type(value).__name__}" if value is not None else "None"
