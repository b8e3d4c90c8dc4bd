"""Two answers to one problem held against each other, in numbers and in words."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from strategies.optimize.kernel.solve import VIOLATION_MAX
from strategies.optimize.measure import violation
from strategies.optimize.problem import Problem
from strategies.optimize.progress import OBJECTIVE_MIN
from strategies.optimize.second.ask import Answer, Second

AGREED = 1e-5
"""Difference of two objectives, relative to them (at least to 1 bp of NAV), that is rounding."""
BPS = 1e4
Verdict = Literal["agrees", "disagrees", "no opinion"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What another solver makes of a plan. Objectives are shares of NAV.

    ``dearer_bps`` is by how much the other plan is dearer in bps of NAV (below zero: cheaper),
    ``dearer_usd`` the same in dollars where NAV is known; not a number where one of the two has no
    plan. ``weight_difference`` is the most that a weight differs by: plans of the same worth may
    differ. ``tolerance_bps`` is what counts as agreement.
    """

    solver: str
    verdict: Verdict
    objective: float
    other_objective: float
    dearer_bps: float
    dearer_usd: float | None
    weight_difference: float
    tolerance_bps: float
    words: str

    @property
    def agrees(self) -> bool:
        """Whether the plan in doubt stands."""
        return self.verdict == "agrees"


def compare(
    ours: Answer,
    second: Second,
    problem: Problem,
    *,
    nav_usd: float | None = None,
    tolerance: float = AGREED,
) -> Opinion:
    """``ours``, the plan in doubt, against a ``second`` opinion on ``problem``.

    They agree when neither has found a plan below what the other has proven, our plan keeps every
    limit as measured from its weights, and the other's is worth the same within ``tolerance``, or
    cheaper by no more than our own gap says. A second plan that is dearer, without a proof that
    ours cannot be, is no opinion.
    """
    theirs = second.answer
    slack = tolerance * max(OBJECTIVE_MIN, abs(ours.objective) if ours.is_usable else 0.0)
    both = ours.is_usable and theirs.is_usable
    dearer = theirs.objective - ours.objective if both else float("nan")
    verdict, words = _judge(ours, second, problem, slack)
    far = float(np.abs(ours.weights - theirs.weights).max()) if both else float("nan")
    return Opinion(
        solver=second.solver,
        verdict=verdict,
        objective=ours.objective,
        other_objective=theirs.objective,
        dearer_bps=BPS * dearer,
        dearer_usd=None if nav_usd is None else nav_usd * dearer,
        weight_difference=far,
        tolerance_bps=BPS * slack,
        words=f"{second.solver} {words}",
    )


def _judge(ours: Answer, second: Second, problem: Problem, slack: float) -> tuple[Verdict, str]:
    theirs = second.answer
    if theirs.status == "error":
        return "no opinion", f"has no answer: {theirs.why}"
    if not (ours.is_usable and theirs.is_usable):
        return _on_none(ours, theirs)
    breach = violation(problem, ours.weights)
    if breach > VIOLATION_MAX:
        return "disagrees", f"aside, the plan breaks a limit by {breach:.2g}"
    judge = _on_bound if second.gives == "bound" else _on_plans
    return judge(ours, theirs, slack)


def _on_none(ours: Answer, theirs: Answer) -> tuple[Verdict, str]:
    """One of the two has no plan, or both."""
    if ours.is_usable:
        return "disagrees", f"finds no weights that keep all limits: {theirs.why}"
    if theirs.is_usable:
        return "disagrees", f"has a plan, where this solver has none: {ours.why}"
    if ours.status == "infeasible":
        return "agrees", "agrees: no weights keep all limits"
    return "disagrees", f"says that no weights keep all limits; this solver says: {ours.why}"


def _on_bound(ours: Answer, theirs: Answer, slack: float) -> tuple[Verdict, str]:
    """The other answers in fractions: only bounds can be held against each other."""
    above = BPS * (ours.objective - theirs.bound)
    if theirs.bound > ours.objective + slack:
        return "disagrees", f"says that no plan is within {-above:.4f} bps of NAV of this one"
    return "agrees", f"agrees: in fractions no plan is more than {above:.4f} bps of NAV cheaper"


def _on_plans(ours: Answer, theirs: Answer, slack: float) -> tuple[Verdict, str]:
    dearer = theirs.objective - ours.objective
    said = _difference(dearer)
    unsure = f" ({theirs.why})" if theirs.why else ""
    if ours.bound > theirs.objective + slack:
        return "disagrees", f"disagrees: its plan is {said}, below what was proven to be the least"
    if theirs.bound > ours.objective + slack:
        least = BPS * (theirs.bound - ours.objective)
        return "disagrees", f"disagrees: it says that every plan is at least {least:.4f} bps dearer"
    if dearer > slack:
        return "no opinion", f"found no better plan: its own is {said}{unsure}"
    if dearer >= -slack:
        return "agrees", f"agrees: its plan is {said}{unsure}"
    if ours.bound == -float("inf"):
        return "disagrees", f"disagrees: its plan is {said}"
    return "agrees", f"agrees: its plan is {said}, within the gap that was stated{unsure}"


def _difference(dearer: float) -> str:
    bps = BPS * dearer
    if abs(bps) < 0.00005:  # noqa: PLR2004 - what four places round to nothing
        return "of the same worth to 0.0001 bps of NAV"
    return f"{abs(bps):.4f} bps of NAV {'dearer' if bps > 0 else 'cheaper'}"
