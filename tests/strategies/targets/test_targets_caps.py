"""Capitalisation weights: published rules worked by hand, and the properties of a capped index."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.optimize.problem import Array, Group
from strategies.targets.caps import cap_weight, cap_weighted
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget
from tests.strategies.targets.covariances import FOUR


def redistributed(caps: Array, most: float) -> Array:
    """As index providers write it: cap what is above, spread the rest, and again."""
    weights = caps / caps.sum()
    capped = np.zeros(len(caps), dtype=bool)
    for _ in range(len(caps)):
        capped |= weights > most
        left = 1.0 - most * capped.sum()
        weights = np.where(capped, most, caps * left / caps[~capped].sum())
        if (weights <= most + 1e-15).all():
            break
    return weights


CASES = [
    ("500 300 200", 1.0, "0.5 0.3 0.2"),
    ("500 300 200", 0.4, "0.4 0.36 0.24"),
    ("500 300 200", 0.35, "0.35 0.35 0.3"),  # the second only goes over by what the first gives
    ("70 10 10 10", 0.25, "0.25 0.25 0.25 0.25"),
    ("5", 1.0, "1"),
]


@pytest.mark.parametrize(("caps", "most", "weights"), CASES)
def test_by_hand(caps: str, most: float, weights: str) -> None:
    found = cap_weight(np.array(caps.split(), float), Limits(upper=most))
    assert found == pytest.approx(np.array(weights.split(), float), abs=1e-15)


@given(st.integers(0, 10**9), st.integers(2, 60), st.floats(1.01, 10))
def test_iterated_redistribution_ends_there(seed: int, names: int, room: float) -> None:
    caps = np.random.default_rng(seed).pareto(0.8, names) + 1e-3
    most = min(1.0, room / names)
    found = cap_weight(caps, Limits(upper=most))
    assert found == pytest.approx(redistributed(caps, most), abs=1e-12)
    assert found.max() <= most
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


@given(st.integers(0, 10**9), st.integers(2, 40))
def test_between_bounds_all_are_held_in_proportion(seed: int, names: int) -> None:
    random = np.random.default_rng(seed)
    caps = np.exp(random.normal(0, 3, names))
    lower = random.uniform(0, 1, names) / names
    upper = lower + random.uniform(0, 3, names) / names
    budget = float(random.uniform(lower.sum(), upper.sum()))
    found = cap_weight(caps, Limits(lower=lower, upper=upper, budget=budget))
    assert found.sum() == pytest.approx(budget, abs=1e-12)
    assert (found >= lower).all()
    assert (found <= upper).all()
    ratio = found / caps
    inner = (found > lower + 1e-12) & (found < upper - 1e-12)
    if inner.any():
        level = float(np.median(ratio[inner]))
        assert ratio[inner] == pytest.approx(np.full(inner.sum(), level), rel=1e-9)
        assert (ratio[found >= upper - 1e-12] <= level * (1 + 1e-9)).all()
        assert (ratio[found <= lower + 1e-12] >= level * (1 - 1e-9)).all()


def test_infinite_bounds_are_none() -> None:
    found = cap_weight(np.array([3.0, 1.0]), Limits(upper=np.inf))
    assert found == pytest.approx([0.75, 0.25], abs=1e-15)


@pytest.mark.parametrize("bad", [0.0, -5.0, np.nan, np.inf])
def test_a_cap_that_is_none_is_named(bad: float) -> None:
    with pytest.raises(NoTarget, match=f"capitalisation of name 1 is {bad:g}"):
        cap_weight(np.array([1.0, bad, 2.0]))


def test_what_cannot_be_is_refused() -> None:
    tech = Limits(groups=(Group("tech", (0, 1), upper=0.5),))
    with pytest.raises(NoTarget, match=r"group tech a weight of 0\.9, and at most 0\.5"):
        cap_weight(np.array([5.0, 4.0, 1.0]), tech)
    with pytest.raises(NoTarget, match=r"allow weights from 0 to 0\.9"):
        cap_weight(np.array([5.0, 4.0, 1.0]), Limits(upper=0.3))
    with pytest.raises(NoTarget, match="no name"):
        cap_weight(np.array([]))
    with pytest.raises(NoTarget, match="member 7"):
        cap_weight(np.array([5.0, 4.0]), Limits(groups=(Group("tech", (7,), upper=0.5),)))


def test_figures() -> None:
    caps, mean = np.array([4.0, 3, 2, 1]), np.array([0.12, 0.15, 0.18, 0.05])
    found = cap_weighted(caps, FOUR, mean=mean, risk_free=0.02)
    assert found.weights == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert found.volatility == pytest.approx(np.sqrt(found.weights @ FOUR @ found.weights))
    assert found.expected_return == pytest.approx(mean @ found.weights)
    with pytest.raises(NoTarget, match="shape"):
        cap_weighted(caps[:3], FOUR)
    with pytest.raises(NoTarget, match="a volatility of"):
        cap_weighted(caps, FOUR, Limits(volatility=0.05))
