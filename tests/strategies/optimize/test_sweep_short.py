"""A short sweep: random problems of all kinds of limits are solved, or proven to have no answer.

The long one is ``python -m benchmarks.optimizer.sweep``.
"""

from collections import Counter

import pytest

from benchmarks.optimizer.sweep import GAP_MAX, GOOD, VIOLATION_MAX, judge, worst

SEEDS = range(30)
ONCE_FAILED = (35, 131, 185, 316, 374, 595, 709, 1103, 1128, 1206, 3068, 3420, 3963)
"""Seeds on which an earlier kernel got stuck."""


def test_every_problem_is_solved_or_confirmed_to_have_no_answer() -> None:
    outcomes = [judge(seed) for seed in SEEDS]
    assert not [outcome for outcome in outcomes if outcome.verdict not in GOOD]
    count = Counter(outcome.verdict for outcome in outcomes)
    assert count["solved"] >= 20
    assert count["confirmed infeasible"] >= 1
    extremes = worst(outcomes)
    assert extremes["gap"].gap <= GAP_MAX
    assert extremes["violation"].violation <= VIOLATION_MAX


@pytest.mark.parametrize("seed", ONCE_FAILED)
def test_what_once_failed(seed: int) -> None:
    outcome = judge(seed)
    assert outcome.verdict in GOOD, outcome.why


@pytest.mark.parametrize("seed", [0, 3, 8, 11])
def test_no_worse_than_the_cone_solver(seed: int) -> None:
    worse = judge(seed, compare=True).worse
    assert worse is not None
    assert worse <= 1e-6
