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


def traded(side: Side, shares: str, price: str, fee: str = "0", symbol: Symbol = AAA) -> Execution:
    """A trade a minute later."""
    return Execution("e1", 1, None, symbol, side, D(shares), D(price), D(fee), SOON)


def flow(amount: str, days: int = 0, at: datetime = SOON) -> CashFlow:
    """Money that came, so many days before."""
    return CashFlow("f1", FlowKind.DEPOSIT, D(amount), at - timedelta(days=days))


def moved(shares: str, symbol: Symbol = AAA, at: datetime = SOON) -> Transfer:
    """Shares that came from elsewhere."""
    return Transfer("t", symbol, D(shares), None, at.date(), at)


def split(symbol: Symbol = AAA, days: int = 0) -> Split:
    """Two shares for one, so many days before."""
    return Split("s", symbol, D(2), BEFORE.session - timedelta(days=days))


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
        Happened((), (), (moved("4"),), ()),
        "0",
    ),
    (
        "a split",
        seen("1000", (AAA, "20", "51")),
        Happened((), (), (), (split(),)),
        "0",
    ),
    (
        "a withdrawal",
        seen("500", (AAA, "10", "110")),
        Happened((), (flow("-500"),), (), ()),
        "0",
    ),
    (
        "one that was counted before",
        seen("1000", (AAA, "10", "110")),
        Happened((), (flow("-500"),), (), ()),
        "0",
    ),
    (
        "too little for it",
        seen("400", (AAA, "10", "110")),
        Happened((), (flow("-500"),), (), ()),
        "-100",
    ),
    (
        "half a dollar",
        seen("1000.50", (AAA, "10", "90")),
        Happened((), (flow("0.50"),), (), ()),
        "0",
    ),
    (
        "what came does not tell what is gone",
        seen("700", (AAA, "10", "90")),
        Happened((), (flow("0.50"),), (), ()),
        "-300",
    ),
    (
        "money of just four days ago",
        seen("1500", (AAA, "10", "90")),
        Happened((), (flow("500", 4, NOW),), (), ()),
        "0",
    ),
    (
        "shares of just four days ago",
        seen("1000", (AAA, "14", "100")),
        Happened((), (), (moved("4", at=NOW - timedelta(days=4)),), ()),
        "0",
    ),
    (
        "shares that were sent in long ago",
        seen("1000", (AAA, "14", "100")),
        Happened((), (), (moved("4", at=NOW - timedelta(days=5)),), ()),
        "400",
    ),
    (
        "a name bought and sold since",
        seen("1010", (AAA, "10", "100")),
        Happened(
            (
                traded(Side.BUY, "5", "104", symbol=BBB),
                traded(Side.SELL, "5", "106", symbol=BBB),
            ),
            (),
            (),
            (),
        ),
        "0",
    ),
    (
        "a name sent in and sold since",
        seen("1530", (AAA, "10", "100")),
        Happened((traded(Side.SELL, "5", "106", symbol=BBB),), (), (moved("5", BBB),), ()),
        "0",
    ),
    ("a name from nowhere", seen("1000", (AAA, "10", "100"), (BBB, "4", "50")), NOTHING, "200"),
    ("a name that is gone", seen("1000"), NOTHING, "-1000"),
    (
        "a trade at the moment of the plan was in it",
        seen("1000", (AAA, "10", "110")),
        Happened((replace(traded(Side.BUY, "5", "104"), time=NOW),), (), (), ()),
        "0",
    ),
    (
        "a purchase after a split",
        seen("740", (AAA, "25", "51")),
        Happened((traded(Side.BUY, "5", "52"),), (), (), (split(),)),
        "0",
    ),
    (
        "splits of two names",
        seen("1000", (AAA, "20", "51")),
        Happened((), (), (), (split(), split(BBB))),
        "0",
    ),
    (
        "a split of just ten days ago",
        seen("1000", (AAA, "20", "51")),
        Happened((), (), (), (split(days=10),)),
        "0",
    ),
    (
        "a split too old",
        seen("1000", (AAA, "20", "51")),
        Happened((), (), (), (split(days=11),)),
        "510",
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
