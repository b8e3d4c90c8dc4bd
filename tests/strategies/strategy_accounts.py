"""Accounts written in one line, which the tests of the pure floor share.

``"VTI 40@250 60% BND 500@80 40%"`` holds 40 VTI at 250 and wants 60 % of it. A name may end in
``!why`` when it is barred.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from brokers.words import (
    USD,
    ZERO,
    AccountId,
    Bars,
    Environment,
    Instrument,
    Order,
    Quote,
    Relief,
    Side,
    Symbol,
)
from strategies.lots import Lot
from strategies.plan import Plan
from strategies.policy import CashPolicy, Policy, TaxKind, TaxPolicy
from strategies.policy.target import Target
from strategies.snapshot import Holding, Snapshot

D = Decimal
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SESSION = date(2026, 11, 20)
NAME = re.compile(r"(\w+) ([\d.]+)@([\d.]+) ([\d.]+)%(?:!(\S+))?")
FRACTION = D("0.000000001")


def holding(
    symbol: str,
    quantity: str | D,
    price: str | D,
    barred: str = "",
    half_spread: str | D = "0.01",
    step: str | D = FRACTION,
) -> Holding:
    """A holding quoted ``half_spread`` on each side of ``price``."""
    name, mid = Symbol(symbol), D(price)
    quote = Quote(name, mid - D(half_spread), mid + D(half_spread), NOW)
    return Holding(
        symbol=name,
        quantity=D(quantity),
        price=mid,
        fx=D(1),
        quote=None if barred else quote,
        instrument=Instrument(name, quantity_step=D(step)),
        adv_shares=D(5_000_000),
        barred=barred,
    )


def account(text: str, cash: str | D = "0", *, reserve: str = "0") -> tuple[Snapshot, Policy]:
    """A snapshot and a policy from one line; roth, so that taxes do not blur what is tested."""
    names = NAME.findall(text)
    holdings = [holding(s, q, p, barred.replace("-", " ")) for s, q, p, _, barred in names]
    weights = tuple((Symbol(s), D(w) / 100) for s, _, _, w, _ in names if D(w))
    policy = Policy(
        AccountId("family"),
        Target("fixed", weights),
        cash=CashPolicy(reserve=D(reserve)),
        tax=TaxPolicy(kind=TaxKind.ROTH),
    )
    return snapshot(holdings, D(cash)), policy


def snapshot(holdings: Sequence[Holding], cash: D) -> Snapshot:
    """An account that has traded before, with a year of history."""
    return Snapshot(
        account=AccountId("family"),
        environment=Environment.PAPER,
        time=NOW,
        session=SESSION,
        base=USD,
        cash=cash,
        settled=cash,
        accrued=ZERO,
        holdings=tuple(holdings),
        history={h.symbol: bars(h.symbol, place) for place, h in enumerate(holdings)},
        relief=Relief.FIFO,
        is_first=False,
        last_traded=date(2026, 1, 5),
    )


def bars(symbol: Symbol, place: int, days: int = 120) -> Bars:
    """Closes that swing by about 1 % a day, each name in its own way, without chance."""
    close, closes = 100.0, []
    for day in range(days):
        swing = math.sin(1.7 * day + place) + math.cos((0.3 + 0.11 * place) * day)
        close *= 1 + 0.01 * swing
        closes.append(close)
    first = SESSION - timedelta(days=days)
    dates = tuple(first + timedelta(days=day) for day in range(days))
    return Bars(symbol, dates, tuple(closes), (5e6,) * days, "made up")


def history(returns: np.ndarray, names: Sequence[Symbol]) -> dict[Symbol, Bars]:
    """Closes that make these daily returns (T, n), up to the session."""
    days = tuple(SESSION - timedelta(days=len(returns) - at) for at in range(len(returns) + 1))
    closes = 100 * np.cumprod(np.vstack([np.ones(len(names)), 1 + returns]), axis=0)
    return {
        name: Bars(name, days, tuple(closes[:, at].tolist()), (5e6,) * len(days), "made up")
        for at, name in enumerate(names)
    }


def lot(text: str, symbol: str = "VTI", lot_id: str = "") -> Lot:
    """A lot from ``10@100/24-01-02``; a price of ? is an unknown basis."""
    quantity, price, day = re.split("[@/]", text)
    acquired = datetime.strptime(f"20{day}", "%Y-%m-%d").replace(tzinfo=UTC).date()
    cost = None if price == "?" else D(price)
    return Lot(lot_id or text, Symbol(symbol), D(quantity), cost, acquired, USD)


def lot_text(one: Lot) -> str:
    """The lot in the words it is read from."""
    cost = "?" if one.unit_cost is None else f"{one.unit_cost.normalize():f}"
    return f"{one.quantity.normalize():f}@{cost}/{one.acquired:%y-%m-%d}"


def orders_text(plan: Plan) -> str:
    """``sell 10 VTI, buy 5 BND`` in the order of sending; quantities to four places."""
    return ", ".join(order_text(leg.order) for leg in plan.legs)


def order_text(order: Order) -> str:
    quantity = order.quantity.quantize(D("0.0001")).normalize()
    return f"{order.side} {quantity:f} {order.symbol}"


def filled(before: Snapshot, plan: Plan, *, at_limit: bool = True) -> Snapshot:
    """The same account at the same quotes after every order filled, and its fees were paid."""
    holdings = {h.symbol: h for h in before.holdings}
    cash = ZERO
    for leg in plan.legs:
        order, held = leg.order, holdings[leg.order.symbol]
        price = order.limit if at_limit else leg.mid
        holdings[order.symbol] = replace(
            held, quantity=held.quantity + order.side.sign * order.quantity
        )
        cash -= order.side.sign * order.quantity * price * held.fx + leg.fees
    return replace(
        before,
        holdings=tuple(holdings.values()),
        cash=before.cash + cash,
        settled=before.settled + cash,
        time=before.time + timedelta(minutes=20),
        is_first=False,
        last_traded=before.session if plan.legs else before.last_traded,
    )


def sells(plan: Plan) -> list[Order]:
    return [leg.order for leg in plan.legs if leg.order.side is Side.SELL]
