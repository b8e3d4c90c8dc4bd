"""A household and one of its accounts, written in lines that an accountant can read.

``2026-06-01 main buys 100 VTI at 100 as A``; the account ``main`` is looked at on 20 November 2026.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from brokers.words import (
    USD,
    ZERO,
    AccountId,
    Bars,
    Environment,
    Instrument,
    Quote,
    Relief,
    Symbol,
)
from strategies.harvest import Candidate, Home, Taxes, Wishes, candidates
from strategies.lots import Lot
from strategies.policy import Policy, TaxPolicy
from strategies.policy.target import Target
from strategies.snapshot import Holding, Snapshot
from strategies.taxes.netting import NOTHING, Carryover
from strategies.taxes.rates import Rates
from strategies.washes.ledger import household
from strategies.washes.nouns import Household, Trade

D = Decimal
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
KINDS = {"main": "taxable", "hers": "taxable", "ira": "ira", "roth": "roth"}
SIDES = {"buys": "buy", "sells": "sell", "reinvests": "reinvest"}
LIKE = {"VOO": "500", "IVV": "500"}
"""VOO and IVV are one."""
RATES = Rates(D("0.35"), D("0.15"))
NEVER = Wishes(horizon_years=None, net_min=D(1))
"""Kept until death: what is saved is worth all of it."""
SUBSTITUTES = {"VTI": ("ITOT",), "VOO": ("VTI",), "VXUS": ("IXUS",)}


def trade(line: str) -> Trade:
    """A trade of the household."""
    day, account, does, quantity, symbol, _, price, *rest = line.split()
    return Trade(
        date.fromisoformat(day),
        account,
        KINDS[account],
        symbol,
        SIDES[does],
        D(quantity),
        D(price),
        ZERO,
        rest[1] if rest else "",
        "",
    )


def trades(text: str) -> list[Trade]:
    """One a line."""
    return [trade(line) for line in text.strip().splitlines() if line.strip()]


def ledger(text: str) -> Household:
    """The household worked out."""
    return household(trades(text), group_of=LIKE, today=TODAY)


def snapshot(
    text: str, prices: str, relief: Relief = Relief.FIFO, half_spread: str = "0.01"
) -> Snapshot:
    """What ``main`` holds, at ``VTI 80, ITOT 40``: names with a price may be bought."""
    quoted = dict(pair.split() for pair in prices.split(", "))
    lots = lots_of(text)
    holdings = tuple(
        _holding(Symbol(name), D(price), lots.get(name, ()), D(half_spread))
        for name, price in quoted.items()
    )
    return Snapshot(
        account=AccountId("main"),
        environment=Environment.PAPER,
        time=NOW,
        session=TODAY,
        base=USD,
        cash=D(10_000),
        settled=D(10_000),
        accrued=ZERO,
        holdings=holdings,
        history={Symbol(name): bars(Symbol(name)) for name in quoted},
        relief=relief,
        is_first=False,
        last_traded=None,
    )


def lots_of(text: str) -> dict[str, tuple[Lot, ...]]:
    """What the book of ``main`` says: what was bought, less what was sold of it."""
    bought = {one.lot: one for one in trades(text) if one.account == "main" and one.side != "sell"}
    left: dict[str, Decimal] = {}
    for one in ledger(text).open_lots:
        left[one.lot] = left.get(one.lot, ZERO) + one.quantity
    found: dict[str, tuple[Lot, ...]] = {}
    for name, one in bought.items():
        if name in left:
            lot = Lot(name, Symbol(one.symbol), left[name], one.price, one.day, USD)
            found[one.symbol] = (*found.get(one.symbol, ()), lot)
    return found


def _holding(name: Symbol, price: Decimal, lots: Sequence[Lot], half_spread: Decimal) -> Holding:
    return Holding(
        symbol=name,
        quantity=sum((lot.quantity for lot in lots), ZERO),
        price=price,
        fx=D(1),
        quote=Quote(name, price - half_spread, price + half_spread, NOW),
        instrument=Instrument(name, quantity_step=D("0.000000001")),
        lots=tuple(lots),
        adv_shares=D(5_000_000),
    )


MARKET = ("VTI", "ITOT", "VOO", "IVV", "SCHB")
OWN = {"VTI": 0.0, "ITOT": 0.0005, "SCHB": 0.004}
"""How much of a name's daily move is its own."""
DAYS = 250


def bars(name: Symbol) -> Bars:
    """Closes that swing by about 1 % a day; those of one market swing together."""
    common = 0.0 if name in MARKET else 40.0
    own = OWN.get(name, 0.002)
    close, closes = 100.0, []
    for day in range(DAYS):
        move = 0.01 * math.sin(1.7 * day + common) + own * math.cos(2.3 * day + len(name) + own)
        close *= 1 + move
        closes.append(close)
    days = tuple(TODAY - timedelta(days=DAYS - day) for day in range(DAYS))
    return Bars(name, days, tuple(closes), (5e6,) * DAYS, "made up")


def policy(**said: object) -> Policy:
    """That of ``main``: 35 % on short-term gains, 15 % on long-term ones."""
    plain = Policy(AccountId("main"), Target("fixed", ()), tax=TaxPolicy())
    return replace(plain, **said)


def taxes(short: int = 100_000, long: int = 100_000, brought: Carryover = NOTHING) -> Taxes:
    """The year so far; with much to meet unless it is said."""
    return Taxes(RATES, D(short), D(long), brought)


def listed(more: Mapping[str, tuple[str, ...]] = SUBSTITUTES) -> dict[Symbol, tuple[Symbol, ...]]:
    """The owner's substitutes."""
    return {Symbol(name): tuple(map(Symbol, names)) for name, names in more.items()}


def found(
    text: str,
    prices: str,
    year: Taxes | None = None,
    wishes: Wishes = NEVER,
    home: Home | None = None,
    relief: Relief = Relief.FIFO,
) -> dict[str, Candidate]:
    """Every lot of ``main``, by its name."""
    seen = snapshot(text, prices, relief)
    there = home or Home(ledger(text))
    rows = candidates(seen, policy(), there, year or taxes(), wishes, listed())
    return {row.lot: row for row in rows}
