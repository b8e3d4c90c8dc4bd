"""The problem on a grid as a program of whole numbers, term by term, in basis points of NAV."""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.cone.envelope import dearest_of, is_bent
from strategies.optimize.problem import Array, Lots, Problem
from strategies.optimize.second.tangents import Affine, Program, combination, total
from strategies.optimize.whole.grid import Counts, Lattice

BPS = 1e4
SQUARE = 2.0


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the counts bought and sold stand in the program, by name."""

    bought: tuple[int, ...]
    sold: tuple[int, ...]
    cash: int

    def counts(self, x: Array) -> Counts:
        """The counts (n,) in ``x`` (columns,); of cash zero."""
        found = np.rint(x[list(self.bought)] - x[list(self.sold)]).astype(np.int64)
        found[self.cash] = 0
        return found


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The program and what stands in it for each name: weight, bought and sold, in bps."""

    problem: Problem
    program: Program
    weights: list[Affine]
    bought: list[Affine]
    sold: list[Affine]

    @property
    def sizes(self) -> list[Affine]:
        """Bought plus sold."""
        return [total(pair) for pair in zip(self.bought, self.sold, strict=True)]

    @property
    def active(self) -> list[Affine]:
        """Weights less their targets."""
        less = (-BPS * self.problem.target).tolist()
        pairs = zip(self.weights, less, strict=True)
        return [total([weight, Affine({}, level)]) for weight, level in pairs]


def state_whole(problem: Problem, grid: Lattice) -> tuple[Program, Columns]:
    """``problem`` on ``grid``; the objective is in bps of NAV."""
    program = Program()
    pairs = [_columns(program, problem, grid, name) for name in range(problem.size)]
    bought, sold = zip(*pairs, strict=True)
    units = (BPS * grid.unit).tolist()
    units[grid.cash] = 1.0  # its columns are amounts, not counts
    sheet = _Sheet(
        problem=problem,
        program=program,
        weights=[
            Affine({b: unit, s: -unit}, BPS * held)
            for b, s, unit, held in zip(bought, sold, units, problem.current.tolist(), strict=True)
        ],
        bought=[Affine({b: unit}) for b, unit in zip(bought, units, strict=True)],
        sold=[Affine({s: unit}) for s, unit in zip(sold, units, strict=True)],
    )
    _limit(sheet)
    _take_risk(sheet)
    _pay_costs(sheet)
    _wish(sheet)
    return program, Columns(bought, sold, grid.cash)


def _columns(program: Program, problem: Problem, grid: Lattice, name: int) -> tuple[int, int]:
    """Counts bought and sold, one of them zero, none in the hole; of cash two amounts in bps."""
    if name == grid.cash:
        most = BPS * float(np.abs([problem.lower, problem.upper, problem.current]).max() * 2 + 1)
        return program.column(0.0, most), program.column(0.0, most)
    lowest, highest = int(grid.lowest[name]), int(grid.highest[name])
    sides = [
        _side(program, int(grid.least[name]), max(most, 0), grid.fee) for most in (highest, -lowest)
    ]
    (b, buys), (s, sells) = sides
    program.keep(Affine({buys: 1.0, sells: 1.0}), upper=1.0)
    program.keep(Affine({b: 1.0, s: -1.0}), lowest, highest)
    return b, s


def _side(program: Program, least: int, most: int, fee: float) -> tuple[int, int]:
    """A count that is zero or from ``least`` to ``most``, and whether it is not zero."""
    count = program.column(0.0, most, whole=True)
    trades = program.column(0.0, 1.0 if most >= least else 0.0, whole=True)
    program.keep(Affine({count: 1.0, trades: -most}), upper=0.0)
    program.keep(Affine({count: 1.0, trades: -least}), lower=0.0)
    program.pay(Affine({trades: BPS * fee}))
    return count, trades


def _limit(sheet: _Sheet) -> None:
    """Budget, bounds, groups, exposures, turnover, gross."""
    problem, program = sheet.problem, sheet.program
    program.keep(total(sheet.weights), BPS * problem.budget, BPS * problem.budget)
    bounds = zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)
    for weight, (lower, upper) in zip(sheet.weights, bounds, strict=True):
        program.keep(weight, BPS * lower, BPS * upper)
    for group in problem.groups:
        held = total(sheet.weights[member] for member in group.members)
        program.keep(held, BPS * group.lower, BPS * group.upper)
    for exposure in problem.exposures:
        held = combination(exposure.coefficients, sheet.weights)
        program.keep(held, BPS * exposure.lower, BPS * exposure.upper)
    if problem.turnover is not None:
        program.keep(total(sheet.sizes), upper=BPS * problem.turnover)
    if problem.gross is not None:
        short = [_at_least(program, [weight.times(-1.0)]) for weight in sheet.weights]
        held = total([total(sheet.weights), *(each.times(2.0) for each in short)])
        program.keep(held, upper=BPS * problem.gross)


def _at_least(program: Program, parts: list[Affine]) -> Affine:
    """What is zero or more, and no less than each of ``parts``."""
    above = Affine({program.column(0.0, float("inf")): 1.0})
    for part in parts:
        program.keep(total([above, part.times(-1.0)]), lower=0.0)
    return above


def _take_risk(sheet: _Sheet) -> None:
    """Both variances, in squares of bps: exposure by exposure and name by name."""
    problem, program = sheet.problem, sheet.program
    for aversion, limit, d in (
        (problem.risk_aversion, problem.tracking_error, sheet.active),
        (problem.variance_aversion, problem.volatility, sheet.weights),
    ):
        if not aversion and limit is None:
            continue
        parts = [combination(column, d) for column in problem.factors.T]
        roots = np.sqrt(problem.specific).tolist()
        parts += [each.times(root) for each, root in zip(d, roots, strict=True) if root]
        variance = total(_square(program, part) for part in parts)
        program.pay(variance.times(aversion / BPS))
        if limit is not None:
            program.keep(variance, upper=(BPS * limit) ** 2)


def _square(program: Program, part: Affine) -> Affine:
    """Its square, by a column for itself so that each tangent is a row of two."""
    column = Affine({program.column(-np.inf, np.inf): 1.0})
    program.keep(total([part, column.times(-1.0)]), 0.0, 0.0)
    return program.power(column, SQUARE)


def _pay_costs(sheet: _Sheet) -> None:
    """Spread, impact and tax."""
    problem, program, sizes = sheet.problem, sheet.program, sheet.sizes
    program.pay(combination(problem.spread, sizes))
    for name in np.flatnonzero(problem.impact).tolist():
        above = program.power(sizes[name], problem.exponent)
        program.pay(above.times(float(problem.impact[name]) * BPS ** (1 - problem.exponent)))
    for lots in problem.lots:
        _pay_tax(sheet, lots)


def _pay_tax(sheet: _Sheet, lots: Lots) -> None:
    """Lots sold one after the other: by their taxes of themselves, else by yes or no."""
    program, problem = sheet.program, sheet.problem
    in_turn = lots.in_order and is_bent(lots)
    order = np.arange(lots.taxes.size) if in_turn else np.argsort(lots.taxes)
    reach = max(0.0, float(problem.current[lots.name] - problem.lower[lots.name]))
    widths = [*(BPS * lots.weights[order]).tolist(), BPS * reach]
    taxes = [*lots.taxes[order].tolist(), dearest_of(lots)]
    parts = [program.column(0.0, width) for width in widths]
    program.keep(total([sheet.sold[lots.name], Affine(dict.fromkeys(parts, -1.0))]), 0.0, 0.0)
    program.pay(Affine(dict(zip(parts, taxes, strict=True))))
    if not in_turn:
        return
    for place, width in enumerate(widths[:-1]):
        gone = program.column(0.0, 1.0, whole=True)
        program.keep(Affine({parts[place]: 1.0, gone: -width}), lower=0.0)
        program.keep(Affine({parts[place + 1]: 1.0, gone: -widths[place + 1]}), upper=0.0)


def _wish(sheet: _Sheet) -> None:
    """Borrowing, reward, opportunities, closeness and tilts."""
    problem, program, active = sheet.problem, sheet.program, sheet.active
    if problem.borrow is not None:
        short = [_at_least(program, [weight.times(-1.0)]) for weight in sheet.weights]
        program.pay(combination(problem.borrow, short))
    if problem.reward is not None:
        program.pay(combination(-problem.reward, sheet.weights))
    if problem.opportunity is not None:
        missed = [_at_least(program, [each, each.times(-1.0)]) for each in active]
        program.pay(combination(problem.opportunity, missed))
    if problem.closeness is not None:
        for name in np.flatnonzero(problem.closeness).tolist():
            far = _square(program, active[name])
            program.pay(far.times(float(problem.closeness[name]) / BPS))
    for tilt in problem.tilts:
        value = combination(tilt.coefficients, sheet.weights, -BPS * tilt.level)
        program.pay(_square(program, value).times(tilt.weight / BPS))
