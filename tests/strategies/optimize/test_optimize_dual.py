"""The dual bounds from below, its gradient is true, and it only contradicts what contradicts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.optimize.kernel.certificate import contradiction
from strategies.optimize.kernel.dual import Anchor, Coupling, couple, curvature, evaluate
from strategies.optimize.kernel.solve import solve
from strategies.optimize.measure import objective
from strategies.optimize.problem import Array
from tests.strategies.optimize.problems import Shape, draw, strange

SEEDS = st.integers(0, 100_000)


def random_prices(coupling: Coupling, random: np.random.Generator, size: float) -> Array:
    """Admissible prices of about ``size``."""
    z = random.normal(0, size, coupling.unknowns)
    z = np.where(coupling.signed, np.abs(z), z)
    return np.where(coupling.fixed, 0.0, z)


@given(SEEDS)
def test_every_price_gives_a_lower_bound(seed: int) -> None:
    problem = draw(seed)
    answer = solve(problem)
    coupling, random = couple(problem), np.random.default_rng(seed)
    z = random_prices(coupling, random, 10.0 ** random.uniform(-5, 1))
    if answer.is_usable:
        assert evaluate(coupling, z, None).value <= objective(problem, answer.weights) + 1e-9


@given(SEEDS)
def test_the_gradient_is_the_slope_of_the_dual(seed: int) -> None:
    problem = draw(seed, Shape(names=12, factors=3))
    coupling, random = couple(problem), np.random.default_rng(seed)
    anchor = Anchor(problem.current, np.full(problem.size, 1e-2))
    z = random_prices(coupling, random, 1e-3) + np.where(coupling.signed, 1e-3, 0.0)
    point, step = evaluate(coupling, z, anchor), 1e-7
    for i in range(coupling.unknowns):
        ahead, behind = z.copy(), z.copy()
        ahead[i] += step
        behind[i] -= step
        rise = evaluate(coupling, ahead, anchor).value - evaluate(coupling, behind, anchor).value
        assert rise / (2 * step) == pytest.approx(point.gradient[i], abs=2e-5)


def test_the_curvature_is_the_slope_of_the_gradient() -> None:
    problem = draw(3, Shape(names=12, factors=3))
    coupling, random = couple(problem), np.random.default_rng(3)
    anchor = Anchor(problem.current, np.full(problem.size, 1e-2))
    z = random_prices(coupling, random, 1e-2)
    hessian = curvature(coupling, evaluate(coupling, z, anchor))
    for i in range(coupling.unknowns):
        ahead, behind = z.copy(), z.copy()
        ahead[i] += 1e-8
        behind[i] -= 1e-8
        change = (
            evaluate(coupling, ahead, anchor).gradient - evaluate(coupling, behind, anchor).gradient
        )
        assert -change / 2e-8 == pytest.approx(hessian[i], abs=1e-4)


@given(SEEDS, st.floats(-4, 6))
def test_nothing_is_proven_against_limits_that_can_be_kept(seed: int, size: float) -> None:
    problem = draw(seed)
    held = problem.target * problem.budget
    wide = replace(problem, current=held, upper=np.maximum(problem.upper, held), turnover=0.1)
    coupling = couple(wide)
    z = random_prices(coupling, np.random.default_rng(seed), 10.0**size)
    assert contradiction(coupling, z) is None


def test_prices_of_nothing_or_of_no_number_prove_nothing() -> None:
    coupling = couple(strange(5))
    assert contradiction(coupling, np.zeros(coupling.unknowns)) is None
    assert contradiction(coupling, np.full(coupling.unknowns, np.inf)) is None
