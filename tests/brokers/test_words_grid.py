"""Ticks and round lots by price and day, as the rules have them.

Regulation NMS, Rule 612 (17 CFR 242.612) and Rule 600(b)(93) (17 CFR 242.600).
"""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from brokers.words import finest_tick, round_lot
from brokers.words.grid import PRICE_GRIDS, ROUND_LOTS

TICKS = [
    # price      day           finest tick
    ("0.5", "2010-06-01", "0.0001"),
    ("0.9999", "2026-10-30", "0.0001"),
    ("1.00", "2026-10-30", "0.01"),
    ("350", "2026-10-30", "0.01"),
    ("350", "2026-11-02", "0.005"),
    ("0.9999", "2026-11-02", "0.0001"),
    ("350", "1999-01-04", "0.01"),
]


@pytest.mark.parametrize(("price", "day", "tick"), TICKS)
def test_the_finest_tick(price: str, day: str, tick: str) -> None:
    assert finest_tick(Decimal(price), date.fromisoformat(day)) == Decimal(tick)


LOTS = [
    # price        day         shares
    ("5000", "2025-10-31", 100),
    ("250.00", "2025-11-03", 100),
    ("250.01", "2025-11-03", 40),
    ("1000.00", "2025-11-03", 40),
    ("1000.01", "2025-11-03", 10),
    ("10000.00", "2025-11-03", 10),
    ("10000.01", "2025-11-03", 1),
]


@pytest.mark.parametrize(("price", "day", "shares"), LOTS)
def test_the_round_lot(price: str, day: str, shares: int) -> None:
    assert round_lot(Decimal(price), date.fromisoformat(day)) == shares


def test_the_half_cent_comes_on_the_first_business_day_of_its_month() -> None:
    day = PRICE_GRIDS[-1].since
    earlier = [day.replace(day=1) + timedelta(days=n) for n in range(day.day - 1)]
    assert day.weekday() < 5
    assert all(each.weekday() >= 5 for each in earlier)


def test_rows_are_in_order_and_have_their_source() -> None:
    for rows in (PRICE_GRIDS, ROUND_LOTS):
        assert all(old.since < new.since for old, new in pairwise(rows))
        assert all(row.source for row in rows)
