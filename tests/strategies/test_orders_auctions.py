"""Which orders wait for the closing auction, at which limit, and what their purchases may cost."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from brokers.words import Currency, Instrument, Quote, Side, Symbol, TimeInForce
from strategies.orders.auctions import force_of
from strategies.orders.limits import limit
from strategies.policy import OrderPolicy
from strategies.policy.working import Auction, WorkingPolicy
from strategies.snapshot import Holding

D = Decimal
AAA = Symbol("AAA")
CLOSE = WorkingPolicy(auction=Auction.CLOSE)
ORDERS = OrderPolicy(working=CLOSE)
QUOTE = Quote(AAA, D("99.98"), D("100.02"), datetime(2026, 11, 20, 20, 30, tzinfo=UTC))
HOLDING = Holding(
    symbol=AAA,
    quantity=D(100),
    price=D(100),
    fx=D(1),
    quote=QUOTE,
    instrument=Instrument(AAA),
    adv_shares=D(100_000),
)


@pytest.mark.parametrize(
    ("quantity", "share", "force"),
    [
        ("10", "0.01", TimeInForce.CLOSE),
        ("10.5", "0.01", TimeInForce.DAY),
        ("1000", "0.01", TimeInForce.CLOSE),
        ("1001", "0.01", TimeInForce.DAY),
        ("1001", None, TimeInForce.CLOSE),
    ],
)
def test_whole_shares_that_are_not_large_wait(
    quantity: str, share: str | None, force: TimeInForce
) -> None:
    wishes = replace(CLOSE, slice_adv=None if share is None else D(share))
    assert force_of(HOLDING, D(quantity), OrderPolicy(working=wishes)) is force


def test_a_volume_that_is_not_known_makes_nothing_large() -> None:
    unknown = replace(HOLDING, adv_shares=None)
    assert force_of(unknown, D(10_000), ORDERS) is TimeInForce.CLOSE


def test_only_what_trades_in_dollars_waits_and_only_where_the_owner_says_so() -> None:
    foreign = replace(HOLDING, instrument=Instrument(AAA, Currency("EUR")))
    assert force_of(foreign, D(10), ORDERS) is TimeInForce.DAY
    assert force_of(replace(HOLDING, instrument=None), D(10), ORDERS) is TimeInForce.DAY
    assert force_of(HOLDING, D(10), OrderPolicy()) is TimeInForce.DAY


@pytest.mark.parametrize(
    ("side", "away", "price"),
    [
        (Side.BUY, "0.005", "100.50"),
        (Side.SELL, "0.005", "99.50"),
        (Side.BUY, "0.00333", "100.34"),  # 100.333, up to the tick
        (Side.SELL, "0.00333", "99.66"),
        (Side.BUY, "0", "100"),
        (Side.BUY, "0.02", "101"),  # the collar
    ],
)
def test_its_limit_lies_so_far_from_mid(side: Side, away: str, price: str) -> None:
    orders = OrderPolicy(working=replace(CLOSE, auction_limit=D(away)))
    assert limit(HOLDING, side, orders, TimeInForce.CLOSE) == D(price)
    touch = D("100.02") if side is Side.BUY else D("99.98")
    assert limit(HOLDING, side, orders) == touch, "what is worked in the session is as ever"
