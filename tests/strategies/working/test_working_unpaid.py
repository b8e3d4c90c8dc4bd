"""Good-faith violations: what a cash account bought with money that has not settled."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from brokers.words import USD, Currency, Execution, OrderKey, Side, Symbol
from strategies.working.unpaid import unpaid

D = Decimal
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def trades(text: str) -> list[Execution]:
    """One trade a line: side, shares, name, price."""
    found = []
    for number, line in enumerate(text.strip().splitlines()):
        side, shares, name, price = line.split()
        time = NOON + timedelta(minutes=number)
        key = OrderKey(f"k{number}")
        found.append(
            Execution(
                f"e{number}", 1, key, Symbol(name), Side(side), D(shares), D(price), D(0), time
            )
        )
    return found


def cash_after(start: str, done: list[Execution]) -> tuple[Decimal, Decimal]:
    """All cash, and what of it has settled: every sale of today is still to settle."""
    moved = sum((-e.side.sign * e.quantity * e.price for e in done), D(0))
    proceeds = sum((e.quantity * e.price for e in done if e.side is Side.SELL), D(0))
    return D(start) + moved, D(start) + moved - proceeds


CASES = [
    # settled before  trades                                                 not to be sold today
    ("1000", "buy 10 VTI 100", {}),
    ("1000", "sell 5 BND 80\nbuy 10 VTI 100", {}),  # paid for by what had settled
    ("0", "sell 10 BND 100\nbuy 10 VTI 100", {"VTI": "10"}),
    ("500", "sell 10 BND 100\nbuy 10 VTI 100", {"VTI": "10"}),  # in part is not in full
    ("1000", "sell 10 BND 100\nbuy 10 VTI 100\nbuy 5 VXUS 60", {"VXUS": "5"}),
    ("0", "sell 10 BND 100\nbuy 10 VTI 100\nsell 4 VTI 101", {"VTI": "6"}),
    ("0", "sell 10 BND 100\nbuy 10 VTI 100\nsell 10 VTI 101", {}),  # it is done: too late
    ("0", "sell 10 BND 100", {}),
    ("100", "", {}),
]


@pytest.mark.parametrize(("start", "text", "expected"), CASES)
def test_what_settled_cash_did_not_pay_for_is_not_sold(
    start: str, text: str, expected: dict[str, str]
) -> None:
    done = trades(text)
    found = unpaid(done, *cash_after(start, done), USD)
    assert found == {Symbol(name): D(shares) for name, shares in expected.items()}


def test_proceeds_of_the_day_before_that_have_not_settled_pay_for_nothing() -> None:
    """A bank holiday lies between: 1,000 of yesterday's are still to come."""
    done = trades("buy 10 VTI 100")
    assert unpaid(done, D(0), D(-1000), USD) == {Symbol("VTI"): D(10)}


def test_money_of_another_currency_is_not_looked_at() -> None:
    done = trades("sell 10 BND 100\nbuy 10 VTI 100")
    assert unpaid(done, D(0), D(0), Currency("EUR")) == {}
