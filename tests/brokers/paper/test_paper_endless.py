"""After the end of its real days the shipped tape goes on, to and fro."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from brokers.paper.daily import ThenWeekdays
from brokers.paper.us20 import to_and_fro, us20_tape
from brokers.words import Symbol

DAYS = [date(2021, 1, 26), date(2021, 1, 27), date(2021, 1, 29)]


def test_closes_run_to_and_fro() -> None:
    closes = [Decimal(number) for number in (1, 2, 3, 4)]
    assert list(islice(to_and_fro(closes), 9)) == [1, 2, 3, 4, 3, 2, 1, 2, 3]


@given(st.integers(0, 5000))
def test_day_and_index_are_each_others_inverse(index: int) -> None:
    days = ThenWeekdays(DAYS)
    assert days.index(days.day(index)) == index


@given(st.dates(date(2021, 1, 30), date(2040, 1, 1)))
def test_the_index_of_any_later_day_is_that_of_the_last_weekday(day: date) -> None:
    days = ThenWeekdays(DAYS)
    found = days.day(days.index(day))
    assert found <= day < found + timedelta(days=3)
    assert found.weekday() < 5


def test_the_tape_has_a_fresh_and_plausible_quote_on_any_day() -> None:
    tape = us20_tape(1)
    at = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    quote = tape.quotes([Symbol("KO")], at)[Symbol("KO")]
    bars = tape.bars([Symbol("KO")], at.date(), 700)[Symbol("KO")]
    assert quote.time == at
    assert min(bars.closes) * 0.9 < float(quote.mid) < max(bars.closes) * 1.1
    assert abs(float(quote.mid) / bars.closes[-1] - 1) < 0.15
