"""No loss is sold and bought back: each such name takes one side."""

from dataclasses import replace

import numpy as np
import pytest

from strategies.optimize.kernel.solve import solve
from strategies.optimize.problem import BadProblem, Lots, Problem
from strategies.optimize.sides.solve import choose, undecided
from tests.strategies.optimize.problems import Shape, draw

LOSS = -0.05


def losing() -> Problem:
    """Every name has half of its weight in a lot at a loss; no limits but the bounds."""
    shape = Shape(names=10, groups=False, turnover=False, tracking_error=False, cash=False)
    problem = draw(4, shape)
    lots = tuple(
        Lots(i, problem.current[i] * np.array([0.5, 0.5]), np.array([LOSS, 0.03]))
        for i in range(problem.size)
    )
    return replace(problem, lots=lots, upper=np.ones(problem.size))


def test_every_such_name_is_undecided_and_refused() -> None:
    problem = losing()
    assert undecided(problem) == tuple(range(10))
    with pytest.raises(BadProblem, match=r"sides\.solve_sides"):
        solve(problem)


def test_names_above_target_are_sold_and_the_rest_keep_their_losses() -> None:
    problem = losing()
    chosen = choose(problem)
    above = problem.current > problem.target
    assert undecided(chosen) == ()
    assert (chosen.upper[above] == problem.current[above]).all()
    assert (chosen.upper[~above] == problem.upper[~above]).all()
    least = {lots.name: float(lots.taxes.min()) for lots in chosen.lots}
    assert [least[i] for i in range(10)] == [LOSS if over else 0.0 for over in above]


def test_a_loss_that_is_sold_is_not_bought_back() -> None:
    problem = losing()
    answer = solve(choose(problem))
    assert answer.status == "optimal"
    sold = answer.weights < problem.current
    bought = answer.weights > problem.current
    assert sold.any()
    assert not (bought & (problem.current > problem.target)).any()


def test_the_caller_may_choose() -> None:
    problem = losing()
    chosen = choose(problem, (3,))
    assert chosen.upper[3] == problem.current[3]
    assert (np.delete(chosen.upper, 3) == np.delete(problem.upper, 3)).all()
    assert choose(problem, ()).upper.tolist() == problem.upper.tolist()


def test_nothing_changes_where_nothing_is_lost() -> None:
    problem = draw(5)
    chosen = choose(problem)
    assert undecided(problem) == ()
    assert chosen.lots == problem.lots
    assert (chosen.upper == problem.upper).all()
