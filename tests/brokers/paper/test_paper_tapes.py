"""Tapes made of daily closes: a quote is always sound, and the same whatever was asked before."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_bench import NEW_YORK, THURSDAY, D, SetClock, open_at, told

from brokers.paper.daily import DailyTape, ListedDays, Weekdays
from brokers.paper.model import half_spread, touch, volatility, volume_shares
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.tape import MarketTape, listed
from brokers.paper.us20 import us20_tape
from brokers.words import USD, Symbol, TickRule

AAPL, RRC = Symbol("AAPL"), Symbol("RRC")
US20 = us20_tape(seed=1)
moments = st.datetimes(datetime(2018, 10, 3), datetime(2021, 1, 29)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


def new_york(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK).astimezone(UTC)


def test_the_file_holds_twenty_names_on_every_session_of_its_years() -> None:
    lines = files("brokers").joinpath("data", "us20_2018_2021.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + 63 + 252 + 253 + 19
    assert lines[1].startswith("2018-10-01,54.487,")
    assert len(US20.symbols) == 20
    assert set(lines[0].split(",")[1:]) == set(US20.symbols)
    assert "BSD-3-Clause" in files("brokers").joinpath("data", "README.md").read_text("utf-8")


@given(at=moments, symbol=st.sampled_from(US20.symbols))
def test_every_quote_is_on_the_tick_with_bid_below_ask(at: datetime, symbol: Symbol) -> None:
    quote = US20.quotes([symbol], at)[symbol]
    assert 0 < quote.bid < quote.ask
    assert quote.bid % TickRule().at(quote.bid) == 0
    assert quote.ask % TickRule().at(quote.ask) == 0
    assert quote.half_spread / quote.mid < D("0.02")
    assert quote.time <= at


@given(st.lists(moments, min_size=1, max_size=6))
def test_a_quote_does_not_depend_on_what_was_asked_before(asked: list[datetime]) -> None:
    fresh = us20_tape(seed=1)
    seen = [fresh.quotes([AAPL], at) for at in asked]
    assert seen == [US20.quotes([AAPL], at) for at in reversed(asked)][::-1]


def test_another_seed_is_another_way_between_the_same_closes() -> None:
    other, noon, night = us20_tape(seed=2), THURSDAY, THURSDAY + timedelta(hours=8)
    assert other.quotes([AAPL], noon) != US20.quotes([AAPL], noon)
    assert other.quotes([AAPL], night) == US20.quotes([AAPL], night)


@pytest.mark.parametrize(
    ("asked", "stands_since", "close"),
    [
        (("2020-03-12", "16:00"), ("2020-03-12", "16:00"), "2020-03-12"),
        (("2020-03-13", "09:29"), ("2020-03-12", "16:00"), "2020-03-12"),
        (("2020-03-15", "12:00"), ("2020-03-13", "16:00"), "2020-03-13"),
        (("2021-01-31", "12:00"), ("2021-01-29", "16:00"), "2021-01-29"),
        (("2026-01-04", "12:00"), ("2026-01-02", "16:00"), "2026-01-02"),
    ],
)
def test_out_of_hours_the_last_close_stands_and_says_since_when(
    asked: tuple[str, str], stands_since: tuple[str, str], close: str
) -> None:
    quote = US20.quotes([AAPL], new_york(*asked))[AAPL]
    bars = US20.bars([AAPL], date.fromisoformat(close) + timedelta(days=1), 1)[AAPL]
    assert quote.time == new_york(*stands_since)
    assert bars.days == (date.fromisoformat(close),)
    assert quote.bid < D(str(bars.closes[0])) < quote.ask
    assert US20.volume_rate(AAPL, new_york(*asked)) == 0


def test_a_day_starts_at_the_last_close_and_moves_as_much_as_its_volatility() -> None:
    opening = US20.quotes([AAPL], new_york("2020-03-12", "09:30"))[AAPL]
    before = US20.quotes([AAPL], new_york("2020-03-12", "09:29"))[AAPL]
    assert opening.mid == pytest.approx(before.mid, rel=D("0.001"))
    steps = []
    for number in range(60):
        at = new_york("2019-06-03", "12:00") + timedelta(days=number)
        if US20.volume_rate(AAPL, at):
            pair = [US20.quotes([AAPL], at + timedelta(minutes=m))[AAPL].mid for m in (0, 60)]
            steps.append(math.log(pair[1] / pair[0]))
    hour = math.sqrt(sum(step * step for step in steps) / len(steps))
    assert 0.002 < hour < 0.012  # 1.5 % a day is 0.6 % in one of 6.5 hours


def test_before_there_are_two_closes_there_is_no_quote() -> None:
    assert US20.quotes([AAPL], new_york("2018-10-01", "12:00")) == {}
    assert US20.quotes([AAPL], new_york("2017-10-02", "12:00")) == {}
    assert US20.bars([AAPL], date(2018, 10, 1), 10) == {}
    assert AAPL in US20.quotes([AAPL], new_york("2018-10-02", "12:00"))


def test_strangers_are_left_out() -> None:
    both = [AAPL, Symbol("NOPE")]
    assert set(US20.quotes(both, THURSDAY)) == {AAPL}
    assert set(US20.bars(both, THURSDAY.date(), 5)) == {AAPL}
    assert set(US20.instruments(both)) == {AAPL}
    assert US20.volume_rate(Symbol("NOPE"), THURSDAY) == 0


def test_bars_end_the_day_before() -> None:
    bars = US20.bars([AAPL], date(2020, 3, 12), 20)[AAPL]
    assert len(bars.days) == len(bars.closes) == len(bars.volumes) == 20
    assert bars.days[-1] == date(2020, 3, 11)
    assert bars.closes[-1] == pytest.approx(66.87, abs=1.0)


def test_the_model_is_as_stated() -> None:
    assert half_spread(0.02) == pytest.approx(3e-4)
    assert half_spread(0.001) == pytest.approx(0.5e-4)
    assert volume_shares(1e6, 100.0, 0.015) == pytest.approx(1e4)
    assert volume_shares(1e6, 100.0, -0.045) == pytest.approx(2e4)
    assert volatility([100.0]) == 0.015
    assert volatility([100.0, 101.0, 100.0, 101.0]) == pytest.approx(0.0115, abs=0.0001)
    dollars = US20.volume_rate(AAPL, THURSDAY) * 23_400 * US20.quotes([AAPL], THURSDAY)[AAPL].mid
    assert D(4_000_000_000) < dollars < D(40_000_000_000)


@pytest.mark.parametrize(
    ("mid", "share", "bid", "ask"),
    [
        (100.0, 1e-4, "99.99", "100.01"),
        (100.004, 1e-6, "100.00", "100.01"),
        (0.5, 1e-4, "0.4999", "0.5001"),
        (0.00001, 1e-4, "0.0001", "0.0002"),
    ],
)
def test_quotes_are_rounded_outwards_to_the_grid(
    mid: float, share: float, bid: str, ask: str
) -> None:
    assert touch(mid, share, TickRule()) == (D(bid), D(ask))


@given(st.integers(0, 20_000))
def test_weekdays_are_numbered_without_gaps(index: int) -> None:
    days = Weekdays(date(2018, 10, 1))
    day = days.day(index)
    assert day.weekday() < 5
    assert days.index(day) == index
    assert days.index(day + timedelta(days=1)) in {index, index + 1}
    assert days.index(date(2018, 9, 28)) == -1


def test_a_synthetic_market_has_the_same_names_however_many_there_are() -> None:
    few, many = synthetic_tape(3, seed=4), synthetic_tape(50, seed=4)
    assert few.symbols == many.symbols[:3] == ("S0001", "S0002", "S0003")
    assert few.quotes(few.symbols, THURSDAY) == many.quotes(few.symbols, THURSDAY)
    assert few.quotes(few.symbols, THURSDAY) != synthetic_tape(3, 5).quotes(few.symbols, THURSDAY)


def test_a_synthetic_market_has_a_common_factor_and_no_end() -> None:
    tape = synthetic_tape(30, seed=1)
    bars = tape.bars(tape.symbols, date(2026, 1, 5), 500)
    up = [
        sum(bar.closes[day] > bar.closes[day - 1] for bar in bars.values()) for day in range(1, 500)
    ]
    spread = sum((count - 15) ** 2 for count in up) / len(up)
    assert spread > 3 * 30 / 4, "names that move alone would spread as coins do"
    assert all(close > 0 for bar in bars.values() for close in bar.closes)


def test_a_market_tape_passes_on_what_another_market_says(tmp_path: Path) -> None:
    clock = SetClock()
    live = open_at(tmp_path, told(), clock)
    tape = MarketTape(live)
    assert not tape.remembers
    assert tape.quotes(["ACME"], clock.at) == live.quotes(["ACME"])
    assert tape.instruments(["ACME"]) == live.instruments(["ACME"])
    assert tape.bars(["ACME"], date(2020, 3, 12), 5) == live.bars(["ACME"], 5)
    assert tape.bars(["ACME"], date(2020, 3, 11), 5)["ACME"].days == ()
    assert tape.volume_rate("ACME", clock.at) == D(1_000_000) / 23_400
    assert tape.volume_rate("NOPE", clock.at) == 0
    live.close()


def test_a_tape_is_made_of_any_closes() -> None:
    days = ListedDays([date(2020, 3, 11), date(2020, 3, 12)])
    names = {AAPL: listed("AAPL", "Apple", 1e9, USD)}
    tape = DailyTape(days, names, {AAPL: [Decimal(10), Decimal("10.5")]}, 1, "told")
    quote = tape.quotes([AAPL], new_york("2020-03-12", "16:00"))[AAPL]
    assert (quote.bid, quote.ask) == (D("10.49"), D("10.51"))
