"""Costs of real plans, sent to the paper exchange and read back from the book."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import stdev
from typing import Any

import pytest
from stage import ACCOUNT, Setting, Stage, equal_policy, names, set_stage

from bot.book.book import Book
from bot.book.maintain import upgrade
from bot.book.slippage import Sent, SentLeg
from bot.limits import PROFILES, Profile
from bot.report.cost_figures import figures
from bot.report.tca import NO_IMPACT, NO_PRICE, UNKNOWN, analyse
from brokers.words import USD, Currency, Execution, Order, OrderKey, Side, Symbol
from strategies.plan import Leg, PlanId, leg_key
from strategies.policy import OrderPolicy, Policy, WorthPolicy
from strategies.policy.target import Target
from tests.bot.book.book_makers import (
    NOW,
    later_version,
    make_execution,
    make_note,
    make_order,
    ordered,
)

D = Decimal
NAMES = 12
DAYS = 12
TRUE_IMPACT = 0.6
NOISE_BPS = 0.5


def policy_of(day: int) -> Policy:
    """Other weights each day, so that every name is traded each day, in many sizes."""
    dice = Random(day)  # noqa: S311 - weights, not secrets
    drawn = [dice.uniform(0.2, 1) for _ in range(NAMES)]
    weights = [round(D(repr(w / sum(drawn))), 4) for w in drawn]
    weights[-1] = 1 - sum(weights[:-1])
    target = Target("fixed", tuple(zip(names(NAMES), weights, strict=True)))
    return equal_policy(
        names(NAMES),
        target=target,
        worth=WorthPolicy(enabled=False),
        orders=OrderPolicy(work_seconds=60),
    )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An account that has traded for some days, a policy a day, on the exchange of the house."""
    folder = tmp_path_factory.mktemp("tca")
    upgrade(folder / "empty.db")
    setting = Setting(cash=D(2_000_000), profile=Profile.DESK)
    stage = set_stage(folder / "account", folder / "empty.db", policy_of(0), setting)
    stage.limits = replace(PROFILES[Profile.DESK], cycles_per_10_sessions=100)
    for day in range(DAYS):
        stage.policy = policy_of(day)
        stage.run_with_consent()
        stage.next_day()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def sent(stage: Stage) -> Sent:
    return stage.book.sent(stage.policy.account)


def test_the_fit_says_what_the_exchange_of_the_house_charges(sent: Sent) -> None:
    """Its model: an order takes the touch, half a spread from mid, and moves nothing."""
    found = analyse(sent, D(1))
    assert found.fit.orders > 100
    assert found.fit.spread.value == pytest.approx(1, abs=0.01)
    assert found.fit.impact.value == pytest.approx(0, abs=0.01)
    assert found.total.planned_impact > 1000, "much was planned"
    assert 0 < found.unfilled < 1


def test_the_fit_finds_the_impact_of_a_market_that_has_one(stage: Stage, sent: Sent) -> None:
    """The same orders, had they been filled by a market that moves by the square-root law."""
    dice = Random(1)  # noqa: S311 - a market is drawn here
    whole = [leg for leg in sent.legs if filled(leg) == leg.leg.order.quantity]
    found = analyse(Sent(tuple(moved(leg, stage, dice) for leg in whole), ()), D(1))
    assert found.fit.is_usable
    for number, truth in ((found.fit.impact, TRUE_IMPACT), (found.fit.spread, 1.0)):
        assert number.value == pytest.approx(truth, abs=3 * number.error)
        assert number.error < 0.05
    assert (
        figures(found, ACCOUNT).config == f"[accounts.main.costs]\nimpact = {found.impact_fitted}"
    )


def moved(leg: SentLeg, stage: Stage, dice: Random) -> SentLeg:
    """The leg, filled at half the spread and Y sigma sqrt(quantity / ADV) from mid, and noise.

    Sigma and ADV come from the bars alone, none of the house's estimates.
    """
    order, mid = leg.leg.order, leg.leg.mid
    bars = stage.paper.bars([order.symbol], 252)[order.symbol]
    sigma = stdev(math.log(b / a) for a, b in pairwise(bars.closes))
    adv = sum(bars.volumes[-20:]) / 20
    share = TRUE_IMPACT * sigma * math.sqrt(float(filled(leg)) / adv)
    share += NOISE_BPS * 1e-4 * dice.gauss(0, 1)
    price = mid + order.side.sign * (leg.leg.spread / order.quantity + mid * D(repr(share)))
    return replace(leg, fills=tuple(replace(fill, price=price) for fill in leg.fills))


def filled(leg: SentLeg) -> Decimal:
    return sum((fill.quantity for fill in leg.fills), D(0))


def test_the_book_gives_back_every_leg_that_was_sent(stage: Stage, sent: Sent) -> None:
    rows = [row for row in stage.book.orders(ACCOUNT, None, 1000) if row.last_event != "blocked"]
    shares: dict[OrderKey, Decimal] = {}
    for row in rows:
        key = leg_key(row.order.key)
        shares[key] = shares.get(key, D(0)) + row.filled
    assert {leg.leg.order.key: filled(leg) for leg in sent.legs} == shares
    assert sum(leg.orders for leg in sent.legs) == len(rows) > len(sent.legs), "some were cut"
    assert sent.strangers == ()
    days = sorted({leg.session for leg in sent.legs})
    later = stage.book.sent(ACCOUNT, days[5])
    assert later.legs == tuple(leg for leg in sent.legs if leg.session >= days[5])


def test_plans_of_old_are_left_out_unless_their_impact_is_said(sent: Sent) -> None:
    """They do not say the factor that their impact was computed with."""
    old = replace(sent, legs=tuple(replace(leg, impact_factor=None) for leg in sent.legs))
    found = analyse(old, D(1))
    assert found.left_out == ((UNKNOWN, found.total.orders),)
    assert found.fit.orders == 0
    assert analyse(old, D(1), D(1)).fit == analyse(sent, D(1)).fit


BUY = SentLeg(
    plan_id=PlanId("P"),
    impact_factor=D(1),
    session=date(2026, 3, 2),
    base=USD,
    leg=Leg(
        order=Order(OrderKey("k"), Symbol("SAP"), Side.BUY, D(400), D("100.10"), Currency("EUR")),
        mid=D(100),
        lots=(),
        spread=D(44),
        fees=D(8),
        impact=D(80),
        tax=D(0),
    ),
    price=D(110),
    fills=(),
)
"""400 shares at a mid of 100 EUR, which is 110 USD."""


def fill(root: str, quantity: str, price: str) -> Execution:
    order, time = BUY.leg.order, datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    return Execution(
        root, 1, order.key, order.symbol, order.side, D(quantity), D(price), D(1), time
    )


def test_a_quarter_filled_is_held_against_a_quarter_of_the_plan() -> None:
    """100 of 400 shares: a quarter of spread and fees, an eighth of the impact; in USD at 1.1."""
    part = replace(BUY, fills=(fill("1", "60", "100.10"), fill("2", "40", "100.20")))
    found = analyse(Sent((part,), ()), D(1))
    total = found.total
    assert (total.orders, total.fills, total.value) == (1, 2, D(11_000))
    assert (total.planned_spread, total.planned_impact, total.planned_fees) == (D(11), D(10), D(2))
    assert total.slippage == D("15.4")
    assert total.fees == D("2.2")
    assert total.bps(total.slippage) == D(14)
    assert found.unfilled == D("0.75")
    assert found.dots[0].shape == D(10)
    sale = replace(part.leg.order, side=Side.SELL)
    sold = replace(part, leg=replace(part.leg, order=sale))
    assert analyse(Sent((sold,), ()), D(1)).total.slippage == D("-15.4")


def test_the_factor_that_a_plan_was_made_with_is_taken_out_of_its_impact() -> None:
    whole = replace(BUY, impact_factor=D(4), fills=(fill("1", "400", "100.10"),))
    assert analyse(Sent((whole,), ()), D(1)).dots[0].shape == D(20)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"impact_factor": None}, UNKNOWN),
        ({"impact_factor": D(0)}, NO_IMPACT),
        ({"price": D(0)}, NO_PRICE),
        ({"leg": replace(BUY.leg, mid=D(0))}, NO_PRICE),
        ({"leg": replace(BUY.leg, order=replace(BUY.leg.order, quantity=D(0)))}, NO_PRICE),
    ],
)
def test_an_order_that_says_nothing_is_left_out_and_counted(
    change: dict[str, Any], why: str
) -> None:
    bad = replace(BUY, fills=(fill("1", "100", "100"),), **change)
    found = analyse(Sent((bad,), ()), D(1))
    assert (found.dots, found.left_out) == ((), ((why, 1),))
    assert not found.fit.is_usable


def test_an_empty_book_says_nothing_and_breaks_nothing() -> None:
    found = analyse(Sent((), (fill("1", "3", "100"),)), D(1))
    told = figures(found, ACCOUNT)
    assert (told.total.orders, told.fills_not_ours, told.usable, told.config) == (0, 1, False, "")
    assert (told.base, told.first, told.impact.error) == (None, None, None)


def test_busted_fills_and_older_versions_do_not_count(tmp_path: Path) -> None:
    order = make_order("k-1")
    first = make_execution("e1", "k-1", "1")
    bust = make_execution("e2", "k-1", "1")
    stranger = make_execution("e3", None, "5")
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        ordered(book, order).note([make_note("k-1", "sent")])
        book.record(
            ACCOUNT,
            [first, later_version(first, "2"), bust, later_version(bust, "0"), stranger],
            (),
            (),
            (),
        )
        found = book.sent(ACCOUNT)
        assert not book.sent(ACCOUNT, NOW.date() + timedelta(1)).legs
    ((leg,), strangers) = (found.legs, found.strangers)
    assert [(f.root, f.version, f.quantity) for f in leg.fills] == [("e1", 2, D(2))]
    assert strangers == (stranger,)
    total = analyse(found, D(1), D(1)).total
    assert (total.orders, total.fills) == (1, 1)


def test_an_order_that_never_left_is_not_one_that_was_not_filled(tmp_path: Path) -> None:
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        ordered(book, make_order("k-1")).note([make_note("k-1", "blocked")])
        assert book.sent(ACCOUNT) == Sent((), ())
