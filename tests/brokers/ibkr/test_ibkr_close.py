"""Limit-on-close orders as IB words them, and names whose contracts do not list them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from brokers.ibkr.contracts import Listed
from brokers.ibkr.orders import wanted
from brokers.words import Instrument, Order, OrderKey, Side, Symbol, TimeInForce

KO = Symbol("KO")
ORDER = Order(OrderKey("TT-P-001"), KO, Side.SELL, Decimal(10), Decimal("60.05"))
LISTED = Listed(None, Instrument(KO), (), "US/Eastern")


@pytest.mark.parametrize(("force", "kind"), [(TimeInForce.DAY, "LMT"), (TimeInForce.CLOSE, "LOC")])
def test_the_kind_of_order_says_when_it_trades(force: TimeInForce, kind: str) -> None:
    told = wanted(replace(ORDER, force=force), "DU1234567")
    assert (told.orderType, told.tif, told.lmtPrice) == (kind, "DAY", Decimal("60.05"))


@pytest.mark.parametrize(
    ("listed", "force", "why"),
    [
        (LISTED, TimeInForce.CLOSE, ""),
        (replace(LISTED, takes_loc=False), TimeInForce.DAY, ""),
        (
            replace(LISTED, takes_loc=False),
            TimeInForce.CLOSE,
            "takes no limit-on-close orders",
        ),
        (
            replace(LISTED, instrument=Instrument(KO, tradable=False)),
            TimeInForce.CLOSE,
            "cannot be traded here",
        ),
    ],
)
def test_what_a_contract_does_not_list_is_not_sent(
    listed: Listed, force: TimeInForce, why: str
) -> None:
    assert listed.objection(force) == why
