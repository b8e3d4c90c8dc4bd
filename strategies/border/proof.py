"""How good the orders are, said with the numbers that the search left behind."""

from decimal import ROUND_UP, Decimal

import numpy as np

from brokers.words import ZERO
from strategies.border.gauge import Case, array
from strategies.border.second import Doubt
from strategies.border.settled import Settled
from strategies.border.whole import Rounding
from strategies.optimize.measure import objective
from strategies.optimize.problem import Array
from strategies.optimize.progress import OBJECTIVE_MIN
from strategies.orders.promises import After, violation
from strategies.worth import CENT, Proof

ALIKE = 1e-3
"""How far, in weight, orders may lead from what the search found and still be called its plan."""
DIGITS = 10
"""Significant digits of what is told."""


def prove(
    settled: Settled, rounding: Rounding | None, after: After, orders: int, case: Case
) -> Proof:
    """What the weights of the orders come to, against the bound of the search.

    No trades that the search was free to make are better by more than the difference, also where
    the orders themselves differ a little from what it found.
    """
    made = settled.problem if rounding is None else rounding.problem
    weights = array([*after.weights, 1 - sum(after.weights, ZERO)])
    value, bound = objective(made, weights), settled.bound
    iterations = 0 if settled.answer is None else settled.answer.iterations
    steps = settled.steps
    if rounding is not None:
        fee = rounding.grid.fee_usd / rounding.grid.nav_usd
        value, bound = value + orders * fee, rounding.found.bound
        iterations += rounding.found.iterations
        steps = (*steps, f"whole shares: {rounding.found.why or rounding.found.status}")
    is_bounded = bool(np.isfinite(bound))
    above = max(value - bound, 0.0) if is_bounded else 0.0
    verify = case.policy.optimizer.verify
    second, doubted = _second(settled, rounding, weights, case) if verify else ("", False)
    dollars = (_exact(above) * case.stand.nav).quantize(CENT, ROUND_UP)
    return Proof(
        objective=_exact(value),
        bound=_exact(bound) if is_bounded else None,
        gap=_exact(above / max(OBJECTIVE_MIN, abs(value))) if is_bounded else None,
        violation=_exact(float(violation(case.stand, settled.limits, after))),
        iterations=iterations,
        dollars=dollars if is_bounded else None,
        steps=steps,
        relaxed=settled.relaxed,
        second=second,
        doubted=doubted,
    )


def _second(
    settled: Settled, rounding: Rounding | None, ordered: Array, case: Case
) -> tuple[str, bool]:
    """What another solver makes of the same problem, in words, and whether it disagrees.

    It judges what the search found; where the orders lead elsewhere that is said. It takes a second
    or more.
    """
    from strategies.optimize.second.opinion import compare

    made = settled.problem if rounding is None else rounding.problem
    ours = settled.answer if rounding is None else rounding.found
    if ours is None:
        return "there was no choice to have one on", False
    grid = None if rounding is None else rounding.grid
    other = case.ask(Doubt(made, ours.weights, grid), case.tick)
    if isinstance(other, str):
        return other, False
    opinion = compare(ours, other, made, nav_usd=float(case.stand.nav))
    apart = float(np.abs(ordered - ours.weights).max())
    of = "" if apart <= ALIKE else f"of the search's plan, {apart:.2%} of NAV from the orders: "
    return of + opinion.words, opinion.verdict == "disagrees"


def _exact(number: float) -> Decimal:
    return Decimal(f"{number:.{DIGITS}g}")
