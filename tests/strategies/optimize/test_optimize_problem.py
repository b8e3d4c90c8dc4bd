"""A problem that makes no sense is refused by the name of the array and the index."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from strategies.optimize.problem import BadProblem, Group, Lots, Problem, check
from tests.strategies.optimize.problems import Shape, draw

GOOD = draw(1, Shape(names=4, factors=2, lots=0, cash=False))
NAN = float("nan")


def put(name: str, index: int, value: float) -> Callable[[Problem], Problem]:
    """A change of one number."""

    def change(problem: Problem) -> Problem:
        array = getattr(problem, name).copy()
        array[index] = value
        return replace(problem, **{name: array})

    return change


FAULTS: tuple[tuple[str, Callable[[Problem], Problem]], ...] = (
    ("target[2] = nan is not finite", put("target", 2, NAN)),
    ("current[0] = inf is not finite", put("current", 0, float("inf"))),
    ("factors[1, 0] = nan is not finite", put("factors", 1, NAN)),
    ("specific[3] = -0.1 is negative", put("specific", 3, -0.1)),
    ("spread[1] = -1 is negative", put("spread", 1, -1.0)),
    ("impact[1] = -1 is negative", put("impact", 1, -1.0)),
    ("lower[2] = 2 is above upper", put("lower", 2, 2.0)),
    ("spread: shape (3,), expected (4,)", lambda p: replace(p, spread=np.zeros(3))),
    ("factors: 1 dimensions", lambda p: replace(p, factors=np.zeros(4))),
    ("factors: shape (3, 2)", lambda p: replace(p, factors=np.zeros((3, 2)))),
    ("upper: holds int64", lambda p: replace(p, upper=np.ones(4, dtype=np.int64))),
    ("there are no names", lambda p: replace(p, current=np.empty(0))),
    ("risk_aversion = 0: without", lambda p: replace(p, risk_aversion=0.0)),
    ("risk_aversion = nan", lambda p: replace(p, risk_aversion=NAN)),
    ("turnover = -1 is not a limit", lambda p: replace(p, turnover=-1.0)),
    ("turnover = nan", lambda p: replace(p, turnover=NAN)),
    ("tracking_error = 0 is not above zero", lambda p: replace(p, tracking_error=0.0)),
    ("groups[tech]: member 4", lambda p: replace(p, groups=(Group("tech", (0, 4), 0, 1),))),
    (
        "groups[tech]: a member is named twice",
        lambda p: replace(p, groups=(Group("tech", (1, 1)),)),
    ),
    ("groups[tech]: lower 1 is above", lambda p: replace(p, groups=(Group("tech", (1,), 1, 0),))),
    ("groups[tech]: a limit", lambda p: replace(p, groups=(Group("tech", (1,), NAN, 0),))),
)

LOT_FAULTS: tuple[tuple[str, tuple[Lots, ...]], ...] = (
    ("lots: name 4 is not among", (Lots(4, np.ones(1), np.ones(1)),)),
    ("lots: name 1 has two", (Lots(1, np.ones(1), np.ones(1)), Lots(1, np.ones(1), np.ones(1)))),
    ("lots[1]: (1,) weights, (2,) taxes", (Lots(1, np.ones(1), np.ones(2)),)),
    ("lots[1].weights = -1 is negative", (Lots(1, -np.ones(1), np.ones(1)),)),
    ("lots[1].weights = nan", (Lots(1, np.full(1, NAN), np.ones(1)),)),
    ("lots[2].taxes = inf", (Lots(2, np.ones(1), np.full(1, np.inf)),)),
)


def test_a_good_problem_passes() -> None:
    check(GOOD)
    assert GOOD.size == 4
    assert GOOD.budget == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize(("says", "change"), FAULTS, ids=[says for says, _ in FAULTS])
def test_a_fault_is_named(says: str, change: Callable[[Problem], Problem]) -> None:
    with pytest.raises(BadProblem) as caught:
        check(change(GOOD))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("says", "lots"), LOT_FAULTS, ids=[says for says, _ in LOT_FAULTS])
def test_a_fault_in_lots_is_named(says: str, lots: tuple[Lots, ...]) -> None:
    with pytest.raises(BadProblem) as caught:
        check(replace(GOOD, lots=lots))
    assert says in str(caught.value)
