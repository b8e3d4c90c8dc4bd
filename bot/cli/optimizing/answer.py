"""What the solver says, computed again from the weights alone in exact decimal arithmetic.

Nothing of the solver is used here but the weights and its lower bound, so that a mistake in it
shows. Weights and inputs are taken as the binary numbers they are; the sums have 50 digits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from strategies.optimize.kernel import OBJECTIVE_MIN, TOLERANCE, VIOLATION_MAX, Solution, Status
from strategies.optimize.problem import Group, Problem

DIGITS = 50
ROUNDING = Decimal("1e-9")
"""By how much, relative to the gap's scale, the bound may lie above the objective: rounding."""
CONE_ROUNDING = Decimal("1e-4")
CONE_WORD = "the bound is the cone solver's word, to its tolerance"
ZERO = Decimal(0)
Row = tuple[Decimal, ...]
Ladder = tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """The parts of the objective, in shares of NAV; ``risk`` is risk_aversion x TE^2."""

    risk: Decimal
    spread: Decimal
    impact: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """The objective."""
        return self.risk + self.spread + self.impact + self.tax


@dataclass(frozen=True, slots=True)
class Checked:
    """What the weights are worth and what they break, exactly."""

    bill: Bill
    violation: Decimal
    tracking_error: Decimal
    turnover: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer as it may be relied on: status, bound and gap agree with what was checked."""

    status: Status
    bound: Decimal
    gap: Decimal
    why: str


def check(
    problem: Problem, weights: Sequence[float], round_trips: Mapping[int, float] | None = None
) -> Checked:
    """Objective, violation, tracking error and turnover of ``weights``, from nothing else.

    ``round_trips`` is what some names sell and buy back besides; it costs, and is turnover.
    """
    with localcontext(prec=DIGITS):
        after, current = _row(weights), _row(problem.current)
        trades = tuple(w - held for w, held in zip(after, current, strict=True))
        squared = _squared_error(problem, after)
        ladders = _ladders(problem)
        back = tuple(Decimal((round_trips or {}).get(name, 0.0)) for name in range(len(trades)))
        gross = tuple(abs(x) + 2 * m for x, m in zip(trades, back, strict=True))
        sold = tuple(max(-x, ZERO) + m for x, m in zip(trades, back, strict=True))
        error, turnover = squared.sqrt(), sum(gross, ZERO)
        bill = Bill(
            Decimal(problem.risk_aversion) * squared,
            _dot(_row(problem.spread), gross),
            _dot(_row(problem.impact), (size * size.sqrt() for size in gross)),
            sum((_tax(ladder, sold[name]) for name, ladder in ladders.items()), ZERO),
        )
        broken = [
            *_broken_weights(problem, after, current),
            turnover - Decimal(problem.turnover) if problem.turnover is not None else ZERO,
            error - Decimal(problem.tracking_error) if problem.tracking_error else ZERO,
        ]
        return Checked(bill, max(ZERO, *broken), error, turnover)


def judge(answer: Solution, checked: Checked, *, certified: bool = True) -> Verdict:
    """Status, bound and gap for the objective that was checked.

    A bound that is not ``certified`` holds to the tolerance of the cone solver: that may put it
    above the objective.
    """
    with localcontext(prec=DIGITS):
        value, bound = checked.bill.total, Decimal(answer.bound)
        scale = max(Decimal(OBJECTIVE_MIN), abs(value))
        gap = (value - bound) / scale
        if -(ROUNDING if certified else CONE_ROUNDING) <= gap < 0:
            bound, gap = value, ZERO
        status, why = _status(answer, checked, gap)
        return Verdict(status, bound, gap, why if certified or why else CONE_WORD)


def _status(answer: Solution, checked: Checked, gap: Decimal) -> tuple[Status, str]:
    if not answer.is_usable:
        return answer.status, answer.why
    if checked.violation > Decimal(VIOLATION_MAX):
        return "error", f"checked again, a limit is broken by {checked.violation:.2g}"
    if gap < 0:
        return "error", f"checked again, the bound lies above the objective by {-gap:.2g} of it"
    if gap > Decimal(TOLERANCE):
        return "feasible", answer.why or f"checked again, the gap is {gap:.2g}"
    return "optimal", ""


def _row(values: Iterable[float]) -> Row:
    return tuple(Decimal(float(value)) for value in values)


def _dot(left: Row, right: Iterable[Decimal]) -> Decimal:
    return sum((a * b for a, b in zip(left, right, strict=True)), ZERO)


def _squared_error(problem: Problem, after: Row) -> Decimal:
    """(w-t)'(B B' + diag(D))(w-t)."""
    active = tuple(w - t for w, t in zip(after, _row(problem.target), strict=True))
    own = _dot(_row(problem.specific), (a * a for a in active))
    columns = (_row(column) for column in problem.factors.T)
    return own + sum((_dot(column, active) ** 2 for column in columns), ZERO)


def _ladders(problem: Problem) -> dict[int, Ladder]:
    """For each name with lots: (tax, weight) of each, the cheapest first."""
    return {
        lots.name: tuple(sorted(zip(_row(lots.taxes), _row(lots.weights), strict=True)))
        for lots in problem.lots
        if lots.weights.size
    }


def _tax(ladder: Ladder, sold: Decimal) -> Decimal:
    """Lots from the cheapest; what is sold beyond them pays as the dearest, at least nothing."""
    due, left = ZERO, sold
    for tax, weight in ladder:
        taken = min(left, weight)
        due, left = due + tax * taken, left - taken
    return due + left * max(ZERO, ladder[-1][0])


def _broken_weights(problem: Problem, after: Row, current: Row) -> list[Decimal]:
    """By how much budget, bounds and groups are broken; below zero where they are kept."""
    lower, upper = _row(problem.lower), _row(problem.upper)
    broken = [abs(sum(after, ZERO) - sum(current, ZERO))]
    broken += [low - w for low, w in zip(lower, after, strict=True)]
    broken += [w - high for w, high in zip(after, upper, strict=True)]
    for group in problem.groups:
        broken += _broken_group(group, after)
    return broken


def _broken_group(group: Group, after: Row) -> tuple[Decimal, Decimal]:
    held = sum((after[member] for member in group.members), ZERO)
    return Decimal(group.lower) - held, held - Decimal(group.upper)
