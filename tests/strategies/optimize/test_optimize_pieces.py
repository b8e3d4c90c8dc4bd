"""One name's best trade is the best there is, and its slope is how it answers to a price."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.optimize.kernel.pieces import Pieces, Push, cost, respond, separate
from strategies.optimize.measure import bill
from strategies.optimize.problem import Array, Lots, Problem, lot_table
from tests.strategies.optimize.problems import draw, strange

SEEDS = st.integers(0, 100_000)


def one_name(spread: float, impact: float, lots: Lots) -> Problem:
    """A name at 10 % of NAV that may go to 0 or to 20 %."""
    return Problem(
        current=np.array([0.1]),
        target=np.array([0.1]),
        factors=np.zeros((1, 0)),
        specific=np.array([0.04]),
        spread=np.array([spread]),
        impact=np.array([impact]),
        lower=np.zeros(1),
        upper=np.array([0.2]),
        risk_aversion=1.0,
        lots=(lots,),
    )


def separated(problem: Problem) -> Pieces:
    return separate(problem, lot_table(problem.lots))


TWO_LOTS = Lots(0, np.array([0.03, 0.05]), np.array([0.02, 0.001]))


@given(
    g=st.floats(-0.2, 0.2),
    a=st.floats(1e-3, 5.0),
    spread=st.floats(0, 0.01),
    impact=st.floats(0, 0.1),
    toll=st.floats(0, 0.01),
)
def test_no_other_trade_is_better(
    g: float, a: float, spread: float, impact: float, toll: float
) -> None:
    pieces = separated(one_name(spread, impact, TWO_LOTS))
    best = respond(pieces, Push(np.array([g]), np.array([a]), toll)).x[0]

    def worth(x: float) -> float:
        return g * x + a / 2 * x * x + toll * abs(x) + cost(pieces, np.array([x]))

    others = np.linspace(-0.1, 0.1, 801)
    assert worth(best) <= min(worth(x) for x in others) + 1e-15
    assert -0.1 <= best <= 0.1


@given(g=st.floats(-0.2, 0.2), a=st.floats(0.1, 5.0), impact=st.floats(0, 0.1))
def test_the_slope_is_the_answer_to_a_price(g: float, a: float, impact: float) -> None:
    pieces = separated(one_name(1e-3, impact, TWO_LOTS))
    step = 1e-7

    def answer(price: float) -> Array:
        return respond(pieces, Push(np.array([price]), np.array([a]))).x

    trades = respond(pieces, Push(np.array([g]), np.array([a])))
    below, above = (trades.x - answer(g + step)) / step, (answer(g - step) - trades.x) / step
    close = pytest.approx(trades.slope[0], rel=1e-2, abs=1e-3)
    assert below[0] == close or above[0] == close or min(below[0], above[0]) < trades.slope[0]


def test_lots_are_sold_by_tax_and_their_ends_are_kinks() -> None:
    pieces = separated(one_name(0.0, 0.0, TWO_LOTS))
    sold = [-respond(pieces, Push(np.array([g]), np.array([0.1]))).x[0] for g in SALE_PRICES]
    assert sold == pytest.approx([0.0, 0.02, 0.05, 0.05, 0.06, 0.08, 0.1], abs=1e-12)


SALE_PRICES = (0.0005, 0.003, 0.006, 0.02, 0.026, 0.028, 0.05)
"""Pushes of 0.1 curvature against taxes of 0.001 (5 % of NAV) and 0.02 (3 %), then 0.02 again."""


def test_a_name_without_curvature_or_impact_goes_to_its_bounds() -> None:
    pieces = separated(one_name(1e-3, 0.0, TWO_LOTS))
    nothing = np.zeros(1)
    assert respond(pieces, Push(np.array([-0.1]), nothing)).x == pytest.approx([0.1], abs=0)
    assert respond(pieces, Push(np.array([0.1]), nothing)).x == pytest.approx([-0.1], abs=0)
    assert respond(pieces, Push(np.array([0.01]), nothing)).x == pytest.approx([-0.05], abs=0)


@given(SEEDS)
def test_both_ways_to_count_the_cost_agree(seed: int) -> None:
    problem = draw(seed) if seed % 2 else strange(seed)
    random = np.random.default_rng(seed)
    weights = random.uniform(problem.lower, problem.upper)
    parts = bill(problem, weights)
    counted = cost(separated(problem), weights - problem.current)
    assert counted == pytest.approx(parts.spread + parts.impact + parts.tax, rel=1e-12, abs=1e-15)


def test_what_is_sold_beyond_the_lots_pays_as_the_dearest_lot() -> None:
    problem = one_name(0.0, 0.0, TWO_LOTS)
    tax = bill(problem, np.zeros(1)).tax
    assert tax == pytest.approx(0.05 * 0.001 + 0.03 * 0.02 + 0.02 * 0.02, rel=1e-12)
    losses = replace(problem, lots=(Lots(0, np.array([0.03]), np.array([-0.1])),))
    assert bill(losses, np.zeros(1)).tax == pytest.approx(-0.003, rel=1e-12)
