"""What the solver says, computed again from the weights alone in exact decimal arithmetic.

Nothing of the solver is used here but the weights and its lower bound (and with netting which lots
are sold, in whole shares how many), so that a mistake in it shows. Weights and inputs are taken as
the binary numbers they are; the sums have 50 digits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from bot.cli.optimizing import exact_limits, exact_terms
from bot.cli.optimizing.exact import DIGITS, ZERO, Row, dot, minus, power, row
from bot.cli.optimizing.exact_tax import Year, lots_tax, netted
from strategies.optimize.cone.terms import NOTHING, Terms
from strategies.optimize.kernel.solve import TOLERANCE, VIOLATION_MAX, Solution, Status
from strategies.optimize.netting.gains import Gains
from strategies.optimize.netting.law import Netting
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import OBJECTIVE_MIN
from strategies.optimize.whole.grid import Counts, Grid

ROUNDING = Decimal("1e-9")
"""By how much, relative to the gap's scale, the bound may lie above the objective: rounding."""
BREACH_WORTH = Decimal(1)
"""What breaking a limit by a unit of weight may gain at most: a dollar of tax for a dollar sold.

The bound is that of plans which break nothing, so that a plan which breaks a limit by what is put
up with may lie below it by that much.
"""
CONE_ROUNDING = Decimal("1e-4")
CONE_VIOLATION_MAX = Decimal("1e-6")
"""Breach that is put up with where only the cone solver has an answer: its own tolerance."""
UNLIMITED = Decimal("Infinity")
CONE_WORD = "the bound is the cone solver's word, to its tolerance"


@dataclass(frozen=True, slots=True)
class Bill:
    """The parts of the objective, in shares of NAV; ``risk`` is both aversions times their risks.

    ``wishes`` is what the problem asks besides: reward (below zero), borrowing, opportunity,
    closeness, tilts. ``terms`` are those of the cone solver, ``fees`` those of the orders.
    """

    risk: Decimal
    spread: Decimal
    impact: Decimal
    tax: Decimal
    wishes: Decimal = ZERO
    terms: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """The objective."""
        costs = self.spread + self.impact + self.tax + self.fees
        return self.risk + costs + self.wishes + self.terms


@dataclass(frozen=True, slots=True)
class Checked:
    """What the weights are worth and what they break, exactly."""

    bill: Bill
    violation: Decimal
    tracking_error: Decimal
    turnover: Decimal
    volatility: Decimal
    gross: Decimal
    year: Year | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What was asked beside the problem, and what the answer says to it.

    ``year`` is the lots and the netting, ``taken`` the weight sold of each lot; ``orders`` the
    grid and the counts.
    """

    terms: Terms = NOTHING
    year: tuple[tuple[Gains, ...], Netting] | None = None
    taken: Sequence[Array] = ()
    orders: tuple[Grid, Counts] | None = None


NOTHING_ELSE = Beside()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer as it may be relied on: status, bound and gap agree with what was checked."""

    status: Status
    bound: Decimal
    gap: Decimal
    why: str


def check(
    problem: Problem,
    weights: Sequence[float],
    round_trips: Mapping[int, float] | None = None,
    beside: Beside = NOTHING_ELSE,
) -> Checked:
    """Objective, violation and figures of ``weights``, from nothing else.

    ``round_trips`` is what some names sell and buy back besides; it costs, and is turnover.
    """
    with localcontext(prec=DIGITS):
        after = row(weights)
        trades = minus(after, row(problem.current))
        back = tuple(Decimal((round_trips or {}).get(name, 0.0)) for name in range(len(trades)))
        size = tuple(abs(x) + 2 * m for x, m in zip(trades, back, strict=True))
        sold = tuple(max(-x, ZERO) + m for x, m in zip(trades, back, strict=True))
        year = netted(problem, beside.year, sold, beside.taken) if beside.year else None
        bill = Bill(
            _risk(problem, after),
            dot(row(problem.spread), size),
            dot(row(problem.impact), (power(each, problem.exponent) for each in size)),
            year.tax if year else lots_tax(problem, sold),
            _wishes(problem, after),
            exact_terms.added(problem, beside.terms, after),
            _fees(beside),
        )
        turnover = sum((each for name, each in enumerate(size) if name != problem.cash), ZERO)
        broken = [
            *exact_limits.breaches(problem, after, turnover),
            *exact_limits.risk_breaches(problem, after),
            *exact_terms.breaches(problem, beside.terms, after),
            *_off_grid(problem, beside, after),
            year.broken if year else ZERO,
        ]
        return Checked(
            bill=bill,
            violation=max(ZERO, *broken),
            tracking_error=exact_limits.squared_tracking_error(problem, after).sqrt(),
            turnover=turnover,
            volatility=exact_limits.variance(problem, after).sqrt(),
            gross=sum((abs(weight) for weight in after), ZERO),
            year=year,
        )


def with_own(checked: Checked, answer: Solution) -> Checked:
    """``checked`` with a user's own term, which nobody but the solver can evaluate: its word."""
    if not answer.is_usable:
        return checked
    own = Decimal(answer.objective) - checked.bill.total
    bill = replace(checked.bill, terms=checked.bill.terms + own)
    return replace(checked, bill=bill, violation=max(checked.violation, Decimal(answer.violation)))


def judge(answer: Solution, checked: Checked, *, certified: bool = True) -> Verdict:
    """Status, bound and gap for the objective that was checked.

    A bound that is not ``certified`` holds to the tolerance of the cone solver: that may put it
    above the objective, and the limits are kept to that. A bound that is no number proves nothing.
    """
    with localcontext(prec=DIGITS):
        value, bound = checked.bill.total, Decimal(answer.bound)
        bound = -UNLIMITED if bound.is_nan() else bound
        scale = max(Decimal(OBJECTIVE_MIN), abs(value))
        gap = (value - bound) / scale
        rounding = ROUNDING + BREACH_WORTH * checked.violation / scale
        if -(rounding if certified else CONE_ROUNDING) <= gap < 0:
            bound, gap = value, ZERO
        status, why = _status(answer, checked, gap, certified=certified)
        return Verdict(status, bound, gap, why if certified or why else CONE_WORD)


def _status(
    answer: Solution, checked: Checked, gap: Decimal, *, certified: bool
) -> tuple[Status, str]:
    if not answer.is_usable:
        return answer.status, answer.why
    kept = checked.violation <= Decimal(VIOLATION_MAX)
    if not kept and (certified or checked.violation > CONE_VIOLATION_MAX):
        return "error", f"checked again, a limit is broken by {checked.violation:.2g}"
    if gap < 0:
        return "error", f"checked again, the bound lies above the objective by {-gap:.2g} of it"
    if not kept:
        return "feasible", f"{CONE_WORD}, and the limits are kept to {checked.violation:.2g}"
    if gap > Decimal(TOLERANCE):
        return "feasible", answer.why or f"checked again, the gap is {gap:.2g}"
    return "optimal", ""


def _risk(problem: Problem, after: Row) -> Decimal:
    """Both aversions times their variances."""
    error = Decimal(problem.risk_aversion) * exact_limits.squared_tracking_error(problem, after)
    if not problem.variance_aversion:
        return error
    return error + Decimal(problem.variance_aversion) * exact_limits.variance(problem, after)


def _wishes(problem: Problem, after: Row) -> Decimal:
    """Reward, lender's fee, missed opportunity, closeness and tilts."""
    away, total = minus(after, row(problem.target)), ZERO
    if problem.reward is not None:
        total -= dot(row(problem.reward), after)
    if problem.borrow is not None:
        total += dot(row(problem.borrow), (max(-each, ZERO) for each in after))
    if problem.opportunity is not None:
        total += dot(row(problem.opportunity), (abs(each) for each in away))
    if problem.closeness is not None:
        total += dot(row(problem.closeness), (each * each for each in away))
    for tilt in problem.tilts:
        off = dot(row(tilt.coefficients), after) - Decimal(tilt.level)
        total += Decimal(tilt.weight) * off**2
    return total


def _fees(beside: Beside) -> Decimal:
    """One fee for each order."""
    if beside.orders is None:
        return ZERO
    grid, counts = beside.orders
    orders = sum(1 for count in counts.tolist() if count)
    return orders * Decimal(grid.fee_usd) / Decimal(grid.nav_usd)


def _off_grid(problem: Problem, beside: Beside, after: Row) -> list[Decimal]:
    """By how much weights are not what the counts make, and orders are smaller than the least."""
    if beside.orders is None:
        return []
    grid, counts = beside.orders
    nav, least = Decimal(grid.nav_usd), Decimal(grid.trade_usd_min)
    broken = list[Decimal]()
    prices, steps, current = row(grid.prices), row(grid.step), row(problem.current)
    for name, count in enumerate(counts.tolist()):
        if name == grid.cash:
            continue
        usd = count * prices[name] * steps[name]
        broken.append(abs(after[name] - current[name] - usd / nav))
        if count:
            broken.append((least - abs(usd)) / nav)
    return broken
