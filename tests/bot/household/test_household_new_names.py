"""A new name and a split of one day, in the ledger of the household: as in each account's lots."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from test_household_actions import booked, held, sold, trade, worked

from brokers.words import Action, Merger, Split, Symbol, SymbolChange
from strategies.policy import TaxKind

A, B = Symbol("A"), Symbol("B")
DAY = date(2025, 6, 2)
BOUGHT = trade("B1", "2025-01-06", "buy", "100", "10")
RENAMED = SymbolChange("n", A, DAY, B)
MERGED = Merger("m", A, DAY, B, Decimal(1))
QUARTER = Decimal("0.25")


@pytest.mark.parametrize(
    ("did", "shares"),
    [
        ((RENAMED, Split("s", B, QUARTER, DAY)), 25),
        ((RENAMED, Split("s", A, QUARTER, DAY)), 25),
        ((RENAMED, Split("s", B, QUARTER, DAY + timedelta(days=1))), 25),
        ((RENAMED, Split("s", B, QUARTER, DAY - timedelta(days=1))), 100),
        ((MERGED, Split("s", A, QUARTER, DAY)), 25),
        ((MERGED, Split("s", B, QUARTER, DAY)), 100),
        ((MERGED, Split("s", B, QUARTER, DAY + timedelta(days=1))), 25),
    ],
)
def test_the_ledger_and_the_lots_agree(did: tuple[Action, ...], shares: int) -> None:
    found = worked(booked("a", BOUGHT, *did, kind=TaxKind.TRADITIONAL))
    (lot,) = found.held.book.plain["a"].lots[B]
    assert (lot.quantity, lot.cost) == (shares, 1000)
    assert held(found) == [("a", "B", "B1", Decimal(shares), Decimal(1000), "2025-01-06")]


def test_what_is_sold_afterwards_is_a_quarter_of_what_was_bought() -> None:
    split = Split("s", B, QUARTER, DAY)
    sale = trade("S", "2025-07-01", "sell", "10", "50", "B")
    found = worked(booked("a", BOUGHT, RENAMED, split, sale))
    assert sold(found) == [("B", "B1", Decimal(10), Decimal(400), Decimal(100))]
