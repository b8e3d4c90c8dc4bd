"""Activities in our words: executions, cash flows and transfers. Pure.

What is once told is told the same for ever, for the book holds every id to its first word; where
half of a thing is not there yet, nothing of it is told. What cannot be told in our words is left
out, and then shows as a difference between the book and the account, which stops the name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from brokers.alpaca.corrections import NONE, Changes
from brokers.alpaca.fields import Row, day, number, text
from brokers.alpaca.history import time_of
from brokers.alpaca.legs import (
    FILL,
    IN_LEGS,
    UNDOING,
    UNDONE,
    WHAT,
    booked,
    cash_of,
    exchanges,
    is_told,
    shares_of,
    symbol_of,
)
from brokers.broker import BadAnswer
from brokers.words import (
    USD,
    ZERO,
    CashFlow,
    Currency,
    Execution,
    FlowKind,
    OrderKey,
    Side,
    Symbol,
    Transfer,
)

FILLS = {"fill", "partial_fill"}
SIDES: Mapping[str, Side] = {"buy": Side.BUY, "sell": Side.SELL, "sell_short": Side.SELL}

FLOWS: Mapping[str, FlowKind] = {
    "CSD": FlowKind.DEPOSIT,
    "CSW": FlowKind.WITHDRAWAL,
    "CGD": FlowKind.DIVIDEND,
    "CGD LTCG": FlowKind.CAPITAL_GAIN,
    "DIVCGL": FlowKind.CAPITAL_GAIN,
    "DIVFEE": FlowKind.FEE,
    "FEE": FlowKind.FEE,
    "CFEE": FlowKind.FEE,
    "PTC": FlowKind.FEE,
    "PTR": FlowKind.FEE,
}
"""What cash of a type is, or of a type and its subtype; the rows of ``FLOWS_BY_START`` come next,
then ``OTHER``."""

FLOWS_BY_START: Sequence[tuple[str, FlowKind]] = (
    ("DIV", FlowKind.DIVIDEND),
    ("INT", FlowKind.INTEREST),
)

PAID_EITHER_WAY = {"TRANS", "JNL", "JNLC", "ACATC"}
"""Types that are a deposit or a withdrawal by their sign."""


def fills(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The trades among the activities."""
    return tuple(row for row in rows if row.get("activity_type") == FILL)


def filled_orders(rows: Iterable[Row]) -> dict[str, datetime]:
    """When each of Alpaca's orders was filled last, by its id."""
    return {text(row, "order_id", WHAT): time_of(row) for row in fills(rows)}


def executions(
    rows: Iterable[Row], keys: Mapping[str, OrderKey | None], changes: Changes = NONE
) -> tuple[Execution, ...]:
    """Every fill in its newest version, oldest first.

    What Alpaca takes for it comes later, as an activity of its own.
    """
    found = [
        _changed(_execution(row, keys), changes)
        for row in fills(rows)
        if str(row.get("id")) not in changes.corrections
    ]
    return tuple(sorted(found, key=lambda each: (each.time, each.root)))


def _changed(execution: Execution, changes: Changes) -> Execution:
    """The same, unless it was corrected or busted since."""
    change = changes.of.get(execution.root)
    if change is None:
        return execution
    price = execution.price if change.price is None else change.price
    return replace(execution, version=change.version, quantity=change.quantity, price=price)


def _execution(row: Row, keys: Mapping[str, OrderKey | None]) -> Execution:
    name, kind, side = text(row, "id", WHAT), row.get("type"), row.get("side")
    quantity, price = number(row, "qty", WHAT), number(row, "price", WHAT)
    if kind not in FILLS or side not in SIDES or quantity <= 0 or price < 0:
        raise BadAnswer(
            f"Alpaca's fill {name} is a {kind} of {quantity:f} at {price:f}, {side}",
            "it may correct an earlier one; compare the account's activities with the book",
        )
    return Execution(
        root=name,
        version=0,
        key=keys[text(row, "order_id", WHAT)],
        symbol=Symbol(text(row, "symbol", WHAT)),
        side=SIDES[str(side)],
        quantity=quantity,
        price=price,
        fee=ZERO,
        time=time_of(row),
    )


def cash_flows(rows: Iterable[Row]) -> tuple[CashFlow, ...]:
    """All cash that moved without a trade. What was undone is told with its undoing."""
    found: list[CashFlow] = []
    for row in booked(rows):
        amount = cash_of(row)
        if amount:
            found.append(_flow(row, amount, ""))
            if row.get("status") == UNDONE:
                found.append(_flow(row, -amount, UNDOING))
    return tuple(sorted(found, key=lambda each: (each.time, each.flow_id)))


def _flow(row: Row, amount: Decimal, suffix: str) -> CashFlow:
    return CashFlow(
        flow_id=text(row, "id", WHAT) + suffix,
        kind=flow_kind(_kind_of(row), amount),
        amount=amount,
        time=time_of(row),
        currency=Currency(str(row.get("currency") or USD)),
        symbol=symbol_of(row),
    )


def _kind_of(row: Row) -> str:
    """The type, with its subtype where both together say more."""
    kind = text(row, "activity_type", WHAT)
    both = f"{kind} {row.get('activity_sub_type')}"
    return both if both in FLOWS else kind


def flow_kind(activity: str, amount: Decimal) -> FlowKind:
    """What cash of this type of activity is."""
    if activity in PAID_EITHER_WAY:
        return FlowKind.DEPOSIT if amount > 0 else FlowKind.WITHDRAWAL
    if activity in FLOWS:
        return FLOWS[activity]
    by_start = (kind for start, kind in FLOWS_BY_START if activity.startswith(start))
    return next(by_start, FlowKind.OTHER)


def transfers(rows: Sequence[Row]) -> tuple[Transfer, ...]:
    """Shares that came or went without a trade; Alpaca tells no basis, so it is unknown.

    A split, or a new name, comes as a leg out and a leg in: together they are no transfer, and
    one of them alone is half of something that is still to come.
    """
    found: list[Transfer] = []
    for legs in exchanges(rows):
        if len(legs) > 1 and not is_told(legs):
            found += [_transfer(leg, shares_of(leg), "") for leg in legs if symbol_of(leg)]
    for row in booked(rows):
        shares = shares_of(row)
        if shares and symbol_of(row) and row.get("activity_type") not in IN_LEGS:
            found.append(_transfer(row, shares, ""))
            if row.get("status") == UNDONE:
                found.append(_transfer(row, -shares, UNDOING))
    return tuple(sorted(found, key=lambda each: (each.time, each.transfer_id)))


def _transfer(row: Row, quantity: Decimal, suffix: str) -> Transfer:
    return Transfer(
        transfer_id=text(row, "id", WHAT) + suffix,
        symbol=Symbol(text(row, "symbol", WHAT)),
        quantity=quantity,
        unit_cost=None,
        acquired=day(row, "date", WHAT),
        time=time_of(row),
    )
