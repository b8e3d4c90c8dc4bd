"""Trends, and the sales of winners that are put off for them: bounded in time and in drift."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.words import AccountId, Bars, Currency, Environment, Relief, Symbol
from strategies.policy.trend import TrendPolicy
from strategies.risk.trend import Direction, days_over, delayed, run_length, trends
from strategies.snapshot import Holding, Snapshot
from tests.strategies.risk.histories import bars, days

A, B = Symbol("A"), Symbol("B")
ON = TrendPolicy(trend_delay_days=20, trend_drift_max=Decimal("0.10"))


def path(*legs: tuple[int, float]) -> list[float]:
    """Closes from 100: so many days at so much log return a day, one leg after the other."""
    steps = np.concatenate([[0.0], *(np.full(count, step) for count, step in legs)])
    wobble = 0.004 * np.sin(np.arange(len(steps)))
    return (100 * np.exp(np.cumsum(steps) + wobble)).tolist()


def trend_of(closes: list[float], policy: TrendPolicy | None = None):  # noqa: ANN201
    return trends({A: bars(A, closes)}, policy)[A]


def test_a_year_that_rose_is_a_trend_up() -> None:
    trend = trend_of(path((300, 0.002)))
    assert trend.direction is Direction.UP
    assert trend.momentum == pytest.approx(np.exp(0.002 * 231) - 1, rel=0.02)
    assert trend.strength > 3
    assert trend.above == pytest.approx(0.22, abs=0.02)
    assert trend.age_days == 301 - 199


def test_momentum_is_twelve_months_without_the_last_one() -> None:
    """A year back as in Moskowitz, Ooi and Pedersen 2012, but for the last month, as is usual."""
    closes = path((400, 0.001))
    closes[-21:] = [999.0] * 21
    expected = closes[-22] / closes[-253] - 1
    assert trend_of(closes).momentum == pytest.approx(expected, rel=1e-12)


def test_strength_is_the_return_over_its_own_volatility() -> None:
    closes = np.exp(np.random.default_rng(0).normal(0.001, 0.02, 300).cumsum()) * 50
    logs = np.log(closes)[-253:-21]
    steps = np.diff(logs)
    expected = (logs[-1] - logs[0]) / (steps.std() * np.sqrt(len(steps)))
    assert trend_of(closes.tolist()).strength == pytest.approx(expected, rel=1e-9)


def test_a_year_that_fell_is_a_trend_down() -> None:
    assert trend_of(path((300, -0.002))).direction is Direction.DOWN


@pytest.mark.parametrize("legs", [((230, 0.002), (60, -0.008)), ((230, -0.002), (60, 0.008))])
def test_measures_that_do_not_agree_are_no_trend(legs: tuple[tuple[int, float], ...]) -> None:
    assert trend_of(path(*legs)).direction is Direction.NONE


def test_the_age_is_since_the_average_was_crossed_and_a_pause_does_not_renew_it() -> None:
    fell_then_rose = path((250, -0.001), (120, 0.004))
    age = trend_of(fell_then_rose).age_days
    assert 60 < age < 120
    dipped = fell_then_rose.copy()
    dipped[-40:-36] = [1.0] * 4
    assert trend_of(dipped).age_days == pytest.approx(age, abs=3)
    dipped[-40:-30] = [1.0] * 10
    assert trend_of(dipped).age_days == 30


@pytest.mark.parametrize(
    ("flags", "length"),
    [("", 0), ("0000", 0), ("1111", 4), ("0011", 2), ("1101", 4), ("1001", 1), ("0110", 3)],
)
def test_a_run_bridges_one_day(flags: str, length: int) -> None:
    assert run_length(np.array([flag == "1" for flag in flags], dtype=bool), pause=1) == length


@pytest.mark.parametrize(
    "closes",
    [[], path((150, 0.001)), [*path((300, 0.001)), float("nan")], [*path((300, 0.001)), 0.0]],
    ids=["none", "too few", "no number", "zero"],
)
def test_what_cannot_be_judged_has_no_trend(closes: list[float]) -> None:
    history = {A: Bars(A, days(len(closes)), tuple(closes), (1.0,) * len(closes), "drawn")}
    assert trends(history) == {}


def test_a_price_that_never_moved_has_no_trend() -> None:
    trend = trend_of([50.0] * 300)
    assert (trend.direction, trend.strength) == (Direction.NONE, 0.0)


@given(seed=st.integers(0, 1000), scale=st.sampled_from([0.01, 7.0]), extra=st.integers(0, 200))
@settings(max_examples=20, deadline=None)
def test_neither_the_unit_nor_older_days_matter(seed: int, scale: float, extra: int) -> None:
    closes = np.exp(np.random.default_rng(seed).normal(0.0005, 0.015, 700).cumsum())
    short, long = closes[-420:], scale * closes[-420 - extra :]
    one, other = trend_of(short.tolist()), trend_of(long.tolist())
    assert one.direction == other.direction
    assert one.age_days == other.age_days
    assert (one.momentum, one.strength) == pytest.approx((other.momentum, other.strength), rel=1e-9)


def test_days_over_are_reckoned_at_the_prices_of_the_past() -> None:
    """A grew by 10 % a day beside a steady B and cash: its weights were .37 .40 .42 .45 .47."""
    returns = np.array([[0.1, 0.0]] * 4)
    values, cash = np.array([1.1**4 * 40, 40.0]), 28.0
    weights = [40 * 1.1**day / (40 * 1.1**day + 68) for day in range(5)]
    for count, edge in enumerate([*(w - 1e-9 for w in reversed(weights)), 0.1], start=1):
        over = days_over(values, cash, returns, np.array([edge, 0.99]))
        assert over.tolist() == [min(count, 5), 0]
    assert days_over(values, cash, returns, np.array([0.48, 0.1])).tolist() == [0, 5]


def account(closes: Mapping[Symbol, list[float]], weights: Mapping[Symbol, str]) -> Snapshot:
    """Names worth ``weights`` of 100,000 at their last close; the rest is cash."""
    holdings = tuple(
        Holding(
            symbol,
            Decimal(weight) * 100_000 / Decimal(closes[symbol][-1]),
            Decimal(closes[symbol][-1]),
            Decimal(1),
            None,
            None,
        )
        for symbol, weight in weights.items()
    )
    cash = Decimal(100_000) * (1 - sum(Decimal(weight) for weight in weights.values()))
    moment = datetime(2024, 6, 3, 15, tzinfo=UTC)
    return Snapshot(
        account=AccountId("X"),
        environment=Environment.PAPER,
        time=moment,
        session=moment.date(),
        base=Currency("USD"),
        cash=cash,
        settled=cash,
        accrued=Decimal(0),
        holdings=holdings,
        history={symbol: bars(symbol, column) for symbol, column in closes.items()},
        relief=Relief.FIFO,
        is_first=False,
        last_traded=None,
    )


WINNER = path((280, 0.003))
STEADY = path((280, 0.0))
TARGETS = {A: Decimal("0.50"), B: Decimal("0.40")}
HIGHS = {A: Decimal("0.55"), B: Decimal("0.45")}
HELD = {A: "0.56", B: "0.38"}


def put_off(
    policy: TrendPolicy = ON,
    closes: list[float] = WINNER,
    held: Mapping[Symbol, str] = HELD,
    targets: Mapping[Symbol, Decimal] = TARGETS,
) -> list[Symbol]:
    snapshot = account({A: closes, B: STEADY}, held)
    return [delay.symbol for delay in delayed(snapshot, targets, HIGHS, policy)]


def test_a_winner_in_a_strong_trend_is_not_sold_yet() -> None:
    (delay,) = delayed(account({A: WINNER, B: STEADY}, HELD), TARGETS, HIGHS, ON)
    assert delay.symbol == A
    assert 10 <= delay.days_over <= 17, "0.0041 of log odds back at 0.003 x 0.44 a day"
    assert round(delay.over, 6) == Decimal("0.06")
    assert delay.words(ON) == (
        f"A: not sold, it is up {delay.trend.momentum:.0%} in a strong trend;"
        f" day {delay.days_over} of 20 above its band, 6.00% over target of 10.00% at most"
    )


def test_nothing_is_put_off_unless_the_owner_asks() -> None:
    assert put_off(TrendPolicy()) == []


def test_the_time_is_bounded() -> None:
    (delay,) = delayed(account({A: WINNER, B: STEADY}, HELD), TARGETS, HIGHS, ON)
    assert put_off(replace(ON, trend_delay_days=delay.days_over)) == [A]
    assert put_off(replace(ON, trend_delay_days=delay.days_over - 1)) == []


def test_each_day_that_passes_uses_up_one_day_until_the_sale_is_due() -> None:
    """The same holdings day after day: nothing has to be remembered from one to the next."""
    legs = path((280, 0.0), (130, 0.003))
    shares = {A: 500 / legs[300], B: 400 / STEADY[0]}
    told = []
    for day in range(330, 405):
        closes = {A: legs[: day + 1], B: [STEADY[0]] * (day + 1)}
        worth = {name: shares[name] * closes[name][-1] for name in shares}
        total = sum(worth.values()) + 100
        snapshot = account(closes, {name: str(worth[name] / total) for name in worth})
        delays = delayed(snapshot, TARGETS, HIGHS, replace(ON, strength_min=Decimal(0)))
        told.append(delays[0].days_over if delays else 0)
    assert [day for day in told if day] == list(range(1, 21))


def test_the_drift_is_bounded() -> None:
    assert put_off(replace(ON, trend_drift_max=Decimal("0.07"))) == [A]
    assert put_off(replace(ON, trend_drift_max=Decimal("0.05"))) == []


@pytest.mark.parametrize(
    "closes",
    [STEADY, path((280, -0.003)), path((260, 0.003), (20, -0.04)), path((100, 0.003))],
    ids=["no trend", "falls", "turned", "too young to know"],
)
def test_without_a_strong_trend_winners_are_sold(closes: list[float]) -> None:
    assert put_off(closes=closes) == []


def test_the_trend_has_to_be_as_strong_as_the_owner_says() -> None:
    strength = trend_of(WINNER).strength
    assert put_off(replace(ON, strength_min=Decimal(strength) - 1)) == [A]
    assert put_off(replace(ON, strength_min=Decimal(strength) + 1)) == []


def test_what_is_inside_its_band_or_not_wanted_is_not_put_off() -> None:
    assert put_off(held={A: "0.54", B: "0.38"}) == []
    assert put_off(targets={A: Decimal(0), B: Decimal("0.9")}) == []
    assert put_off(held={B: "0.38"}) == []


def test_an_overweight_older_than_the_history_is_sold() -> None:
    """Above the band on every day that is known: for how long cannot be told."""
    targets = {A: Decimal("0.50"), B: Decimal("0.40")}
    highs = {A: Decimal("0.05"), B: Decimal("0.45")}
    snapshot = account({A: WINNER, B: STEADY}, HELD)
    assert delayed(snapshot, targets, highs, replace(ON, trend_delay_days=1000)) == ()


def test_a_holding_without_history_is_taken_to_have_kept_its_value() -> None:
    known = account({A: WINNER, B: [50.0] * 281}, HELD)
    unknown = replace(known, history={A: known.history[A]})
    one, other = (delayed(s, TARGETS, HIGHS, ON) for s in (known, unknown))
    assert [delay.days_over for delay in one] == [delay.days_over for delay in other] != []
