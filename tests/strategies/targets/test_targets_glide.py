"""Glide paths: exact at their waypoints, straight between them, flat outside."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Symbol
from strategies.policy.target import Waypoint
from strategies.targets.glide import along
from strategies.targets.refusal import NoTarget

FIRST, LAST = date(2025, 1, 1), date(2045, 1, 1)


def point(day: str | date, **weights: str) -> Waypoint:
    """A waypoint, with its weights by name."""
    day = day if isinstance(day, date) else date.fromisoformat(day)
    return Waypoint(day, tuple((Symbol(name), Decimal(w)) for name, w in weights.items()))


PATH = (
    point("2025-01-01", VTI="0.90", BND="0.10"),
    point("2035-01-01", VTI="0.60", BND="0.40"),
    point("2045-01-01", VTI="0.30", BND="0.60", BIL="0.10"),
)


@pytest.mark.parametrize(
    ("day", "stocks", "bonds", "bills"),
    [
        ("2000-01-01", "0.9", "0.1", "0"),
        ("2024-12-31", "0.9", "0.1", "0"),
        ("2025-01-01", "0.9", "0.1", "0"),
        ("2030-01-01", "0.75", "0.25", "0"),
        ("2035-01-01", "0.6", "0.4", "0"),
        ("2045-01-01", "0.3", "0.6", "0.1"),
        ("2100-01-01", "0.3", "0.6", "0.1"),
    ],
)
def test_weights_of_a_day(day: str, stocks: str, bonds: str, bills: str) -> None:
    """2030-01-01 lies 1,826 of 3,652 days along the first leg: exactly half of the way."""
    found = along(PATH, date.fromisoformat(day))
    assert found == {"VTI": Decimal(stocks), "BND": Decimal(bonds), "BIL": Decimal(bills)}


def test_a_third_of_the_way_is_a_third_of_the_change() -> None:
    path = point("2025-01-01", A="1"), point("2025-01-31", A="0.4", B="0.6")
    assert along(path, date(2025, 1, 11)) == pytest.approx(
        {"A": Decimal("0.8"), "B": Decimal("0.2")}
    )


def test_one_waypoint_holds_for_ever() -> None:
    path = [point("2025-01-01", A="0.5", B="0.5")]
    for day in (date(1990, 1, 1), date(2025, 1, 1), date(2090, 1, 1)):
        assert along(path, day) == {"A": Decimal("0.5"), "B": Decimal("0.5")}


def test_the_order_of_the_waypoints_does_not_matter() -> None:
    assert along(PATH[::-1], date(2031, 7, 9)) == along(PATH, date(2031, 7, 9))


@given(st.dates(FIRST - timedelta(500), LAST + timedelta(500)))
def test_weights_sum_to_one_and_stay_between_their_neighbours(day: date) -> None:
    found = along(PATH, day)
    assert abs(sum(found.values()) - 1) < Decimal("1e-25")
    for symbol, weight in found.items():
        known = [dict(p.weights).get(symbol, Decimal(0)) for p in PATH]
        assert min(known) <= weight <= max(known)


@given(st.dates(FIRST, LAST - timedelta(1)))
def test_no_day_jumps(day: date) -> None:
    today, tomorrow = along(PATH, day), along(PATH, day + timedelta(1))
    assert max(abs(today[name] - tomorrow[name]) for name in today) < Decimal("0.0001")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ((), "needs waypoints"),
        ((point("2025-01-01", A="1"), point("2025-01-01", B="1")), "two waypoints on 2025-01-01"),
        ((point("2025-01-01", A="0.9"),), "weights of waypoint 2025-01-01 sum to 0.9, not to 1"),
        ((point("2025-01-01", A="NaN"),), "waypoint 2025-01-01: the weight of A is NaN"),
        (
            (Waypoint(FIRST, ((Symbol("A"), Decimal(1)), (Symbol("A"), Decimal(0)))),),
            "waypoint 2025-01-01 holds a name twice",
        ),
    ],
)
def test_a_path_that_makes_no_sense_is_refused(path: tuple[Waypoint, ...], said: str) -> None:
    with pytest.raises(NoTarget, match=said):
        along(path, FIRST)
