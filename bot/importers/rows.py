"""Rows as items: what trades, lots, flows and transfers of all formats have in common."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from bot.importers.nouns import Frame, Item, Kind, Place
from brokers.words import (
    USD,
    ZERO,
    CashFlow,
    Currency,
    Execution,
    FlowKind,
    Side,
    Split,
    Symbol,
    Transfer,
)

MORNING: Final = time(5, tzinfo=UTC)
"""Midnight in New York, or an hour past it: before anything that day."""

NAME = re.compile(r"[\x21-\x7e]{1,80}")


@dataclass(frozen=True, slots=True)
class Told:
    """Where an item stands, whose it is, and in which currency."""

    place: Place
    number: str = ""
    currency: Currency = USD


def name_of(text: str) -> str:
    """An id as we keep it: up to 80 characters without a blank, else made of the text."""
    if not text or NAME.fullmatch(text):
        return text
    return f"id:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Deal:
    """A trade as a statement has it: a negative ``fee`` is a rebate."""

    symbol: Symbol
    side: Side
    quantity: Decimal
    price: Decimal
    time: datetime
    fee: Decimal = ZERO
    root: str = ""
    order: str = ""


def trade(deal: Deal, told: Told) -> Item:
    """A trade. A rebate goes into the price, since a fee is what was paid."""
    price, fee = deal.price, deal.fee
    if fee < 0 < deal.quantity:
        price, fee = price + deal.side.sign * fee / deal.quantity, ZERO
    execution = Execution(
        root=name_of(deal.root),
        version=1,
        key=None,
        symbol=deal.symbol,
        side=deal.side,
        quantity=deal.quantity,
        price=price,
        fee=fee,
        time=deal.time,
        currency=told.currency,
    )
    return Item(Kind.TRADE, execution, told.place, told.number, deal.order)


@dataclass(frozen=True, slots=True)
class Held:
    """Shares with their basis as a whole, None where it is not known, as of ``day``."""

    symbol: Symbol
    quantity: Decimal
    basis: Decimal | None
    acquired: date
    day: date


def lot(held: Held, told: Told, kind: Kind = Kind.LOT) -> Item:
    """A lot, a position or shares that were transferred."""
    is_known = held.basis is not None and held.quantity != 0
    cost = abs(held.basis / held.quantity) if is_known and held.basis is not None else None
    if cost is not None and held.basis is not None and held.basis * held.quantity < 0:
        cost = -cost
    moment = datetime.combine(held.day, MORNING)
    transfer = Transfer("", held.symbol, held.quantity, cost, held.acquired, moment, told.currency)
    return Item(kind, transfer, told.place, told.number)


def named(item: Item, name: str) -> Item:
    """A transfer with the id that its statement gives it."""
    assert isinstance(item.what, Transfer)
    return replace(item, what=replace(item.what, transfer_id=name_of(name)))


@dataclass(frozen=True, slots=True)
class Money:
    """Cash that came, or went where it is negative."""

    kind: FlowKind
    amount: Decimal
    time: datetime
    name: str = ""
    symbol: Symbol | None = None


def flow(money: Money, told: Told) -> Item | None:
    """A cash flow; None of nothing. What goes the wrong way for its kind is of no kind."""
    if not money.amount:
        return None
    kind = money.kind
    if kind is FlowKind.FEE and money.amount > 0:
        kind = FlowKind.OTHER
    if kind in {FlowKind.DEPOSIT, FlowKind.WITHDRAWAL}:
        kind = FlowKind.DEPOSIT if money.amount > 0 else FlowKind.WITHDRAWAL
    name = name_of(money.name)
    what = CashFlow(name, kind, money.amount, money.time, told.currency, money.symbol or None)
    return Item(Kind.FLOW, what, told.place, told.number)


def split(symbol: Symbol, ratio: Decimal, effective: date, told: Told) -> Item:
    """A split: ``ratio`` new shares for one old."""
    action = Split(f"split:{symbol}:{effective}", symbol, ratio, effective)
    return Item(Kind.SPLIT, action, told.place, told.number)


def refuse_move(frame: Frame, place: Place, word: str, symbol: str, why: str = "") -> None:
    """A row that moves shares and cannot be told in our words, unless the owner passes over it."""
    if word.lower() in frame.skip:
        frame.passed_over(place, f"{word} of {symbol} is passed over, as asked")
        return
    frame.refuse(
        place,
        f'"{word}" of {symbol} moves shares in a way that is not told here{why}:'
        f' --skip "{word}" passes over it; then tell by hand what it did',
    )
