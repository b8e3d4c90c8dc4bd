"""What an account is worth is explained by prices, trades and flows, or it is stopped."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from gate_cases import AAA, NOW, D, plan
from stage import THURSDAY, MakeStage, Relay, Setting

from bot.gate.worth import Happened, left_over
from bot.reconcile import Refusal
from brokers.words import (
    AccountState,
    CashFlow,
    Execution,
    FlowKind,
    Side,
    SpinOff,
    Split,
    Symbol,
    Transfer,
)
from strategies.plan import Line, Plan

LATER = NOW + timedelta(days=1)
BBB = Symbol("BBB")
SOON = NOW + timedelta(minutes=1)
NOTHING = Happened((), (), (), ())


def seen(cash: str, *held: tuple[Symbol, str, str], later: bool = True) -> Plan:
    """An account with so much cash and such holdings, shares and price of each."""
    lines = tuple(Line(s, D(price), D(shares), D(shares), *[D(0)] * 5) for s, shares, price in held)
    nav = D(cash) + sum((line.quantity_before * line.price for line in lines), D(0))
    return replace(plan(), lines=lines, nav=nav, time=LATER if later else NOW)


BEFORE = seen("1000", (AAA, "10", "100"), later=False)


def traded(side: Side, shares: str, price: str, fee: str = "0") -> Execution:
    """A trade in AAA a minute later."""
    return Execution("e1", 1, None, AAA, side, D(shares), D(price), D(fee), SOON)


def flow(amount: str, days: int = 0) -> CashFlow:
    """Money that came, so many days before."""
    return CashFlow("f1", FlowKind.DEPOSIT, D(amount), SOON - timedelta(days=days))


CASES = [
    # name, now, what happened, what is left over
    ("prices", seen("1000", (AAA, "10", "150")), NOTHING, "0"),
    ("money from nowhere", seen("1010", (AAA, "10", "100")), NOTHING, "10"),
    ("money that is gone", seen("700", (AAA, "10", "90")), NOTHING, "-300"),
    ("shares from nowhere", seen("1000", (AAA, "11", "100")), NOTHING, "100"),
    (
        "a purchase",
        seen("478.50", (AAA, "15", "110")),
        Happened((traded(Side.BUY, "5", "104", "1.50"),), (), (), ()),
        "0",
    ),
    (
        "a sale of all",
        seen("2040", (AAA, "0", "110")),
        Happened((traded(Side.SELL, "10", "104"),), (), (), ()),
        "0",
    ),
    ("a deposit", seen("1500", (AAA, "10", "90")), Happened((), (flow("500"),), (), ()), "0"),
    (
        "one that was dated back",
        seen("1500", (AAA, "10", "90")),
        Happened((), (flow("500", 3),), (), ()),
        "0",
    ),
    (
        "one that was counted",
        seen("1000", (AAA, "10", "90")),
        Happened((), (flow("500", 3),), (), ()),
        "0",
    ),
    (
        "one too old",
        seen("1500", (AAA, "10", "90")),
        Happened((), (flow("500", 5),), (), ()),
        "500",
    ),
    (
        "too much for it",
        seen("1600", (AAA, "10", "90")),
        Happened((), (flow("500"),), (), ()),
        "100",
    ),
    (
        "shares that were sent in",
        seen("1000", (AAA, "14", "100")),
        Happened((), (), (Transfer("t", AAA, D(4), None, NOW.date(), SOON),), ()),
        "0",
    ),
    (
        "a split",
        seen("1000", (AAA, "20", "51")),
        Happened((), (), (), (Split("s", AAA, D(2), NOW.date()),)),
        "0",
    ),
    ("a split that nobody told", seen("1000", (AAA, "20", "51")), NOTHING, "510"),
    (
        "a spin-off",
        seen("1000", (AAA, "10", "80"), (BBB, "5", "40")),
        Happened((), (), (), (SpinOff("s", AAA, NOW.date(), BBB, D("0.5"), D("0.2")),)),
        "0",
    ),
]


@pytest.mark.parametrize(("name", "now", "happened", "expected"), CASES)
def test_what_is_left_over(name: str, now: Plan, happened: Happened, expected: str) -> None:
    assert left_over(BEFORE, now, happened) == D(expected), name


class Late(Relay):
    """A broker that tells of money long after it came, dated by when it came."""

    entries: tuple[Decimal, ...] = ()

    def account(self) -> AccountState:
        state = self.inner.account()
        (cash,) = state.cash
        more = sum(self.entries, D(0))
        return replace(state, cash=(replace(cash, amount=cash.amount + more),))

    def cash_flows(self, since: datetime | None) -> tuple[CashFlow, ...]:
        old = THURSDAY - timedelta(days=30)
        told = (CashFlow(f"x{n}", FlowKind.OTHER, a, old) for n, a in enumerate(self.entries))
        return (*told, *self.inner.cash_flows(since))


def test_an_account_that_is_worth_more_than_can_be_told_is_halted(make: MakeStage) -> None:
    """Book and broker agree to the cent, and yet nobody knows what came this week."""
    stage = make(6, Setting(relay=Late))
    stage.run_with_consent()
    for _ in range(6):
        stage.next_day()
    stage.run()
    stage.broker.entries = (D(400),)
    stage.run_later(60)
    assert not stage.book.halted(stage.policy.account)
    stage.broker.entries = (D(400), D(1400))
    with pytest.raises(Refusal, match="is explained by no price, trade or flow"):
        stage.run_later(60)
    assert stage.book.halted(stage.policy.account)


def test_ordinary_days_are_explained(make: MakeStage) -> None:
    stage = make(6)
    stage.run_with_consent()
    for _ in range(3):
        stage.next_day()
        stage.run()
    assert not stage.book.halted(stage.policy.account)
