"""Activities in our words: executions, cash flows, transfers and splits. Pure.

What is once told is told the same for ever, for the book holds every id to its first word; where
half of a thing is not there yet, nothing of it is told. What cannot be told in our words is left
out, and then shows as a difference between the book and the account, which stops the name.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from brokers.alpaca.fields import NEW_YORK, Row, day, moment, number, number_or_none, text
from brokers.alpaca.history import time_of
from brokers.broker import BadAnswer
from brokers.words import (
    USD,
    ZERO,
    CashFlow,
    CorporateAction,
    Currency,
    Execution,
    FlowKind,
    OrderKey,
    Side,
    Symbol,
    Transfer,
)

FILL = "FILL"
SPLIT = "SPLIT"
RENAME = "NC"
WHAT = "activity"

FILLS = {"fill", "partial_fill"}
SIDES: Mapping[str, Side] = {"buy": Side.BUY, "sell": Side.SELL, "sell_short": Side.SELL}

FLOWS: Mapping[str, FlowKind] = {
    "CSD": FlowKind.DEPOSIT,
    "CSW": FlowKind.WITHDRAWAL,
    "CGD": FlowKind.DIVIDEND,
    "DIVFEE": FlowKind.FEE,
    "FEE": FlowKind.FEE,
    "CFEE": FlowKind.FEE,
    "PTC": FlowKind.FEE,
    "PTR": FlowKind.FEE,
}
"""What cash of a type is; the rows of ``FLOWS_BY_START`` come next, then ``OTHER``."""

FLOWS_BY_START: Sequence[tuple[str, FlowKind]] = (
    ("DIV", FlowKind.DIVIDEND),
    ("INT", FlowKind.INTEREST),
)

PAID_EITHER_WAY = {"TRANS", "JNL", "JNLC", "ACATC"}
"""Types that are a deposit or a withdrawal by their sign."""

SHARE_MOVES = {
    "JNLS",
    "ACATS",
    "FOPT",
    "SPIN",
    "MA",
    "REO",
    "REORG",
    "VOF",
    SPLIT,
    RENAME,
}
"""Types whose ``qty`` is shares that came or went. Of a dividend it is the shares it is paid on,
but for one that is paid in shares."""

IN_LEGS = {SPLIT, RENAME}
"""Types that come as a leg out and a leg in."""

UNDONE = "canceled"
UNDOING = "::undone"
IN_EFFECT = {"executed", "correct", UNDONE}
CLOSING_HOUR = 16
"""In New York."""


def fills(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The trades among the activities."""
    return tuple(row for row in rows if row.get("activity_type") == FILL)


def filled_orders(rows: Iterable[Row]) -> dict[str, datetime]:
    """When each of Alpaca's orders was filled last, by its id."""
    return {text(row, "order_id", WHAT): time_of(row) for row in fills(rows)}


def executions(rows: Iterable[Row], keys: Mapping[str, OrderKey | None]) -> tuple[Execution, ...]:
    """Every fill, oldest first. What Alpaca takes for it comes later, as an activity of its own."""
    found = [_execution(row, keys) for row in fills(rows)]
    return tuple(sorted(found, key=lambda each: (each.time, each.root)))


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
        amount = number_or_none(row, "net_amount", WHAT)
        if amount:
            found.append(_flow(row, amount, ""))
            if row.get("status") == UNDONE:
                found.append(_flow(row, -amount, UNDOING))
    return tuple(sorted(found, key=lambda each: (each.time, each.flow_id)))


def booked(rows: Iterable[Row]) -> Iterator[Row]:
    """What is no trade and has taken effect; what is still under way is told when it has."""
    for row in rows:
        if row.get("activity_type") != FILL and row.get("status", "executed") in IN_EFFECT:
            yield row


def _flow(row: Row, amount: Decimal, suffix: str) -> CashFlow:
    return CashFlow(
        flow_id=text(row, "id", WHAT) + suffix,
        kind=flow_kind(text(row, "activity_type", WHAT), amount),
        amount=amount,
        time=time_of(row),
        currency=Currency(str(row.get("currency") or USD)),
        symbol=_symbol(row),
    )


def _symbol(row: Row) -> Symbol | None:
    symbol = row.get("symbol")
    return Symbol(symbol) if isinstance(symbol, str) and symbol else None


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

    A split, or a new name under the same symbol, comes as a leg out and a leg in: together they
    are no transfer, and one of them alone is half of something that is still to come.
    """
    found: list[Transfer] = []
    for legs in _exchanges(rows):
        if len(legs) > 1 and _pair(legs) is None:
            found += [_transfer(leg, _shares(leg), "") for leg in legs if _symbol(leg)]
    for row in booked(rows):
        shares = _shares(row)
        if shares and _symbol(row) and row.get("activity_type") not in IN_LEGS:
            found.append(_transfer(row, shares, ""))
            if row.get("status") == UNDONE:
                found.append(_transfer(row, -shares, UNDOING))
    return tuple(sorted(found, key=lambda each: (each.time, each.transfer_id)))


def _shares(row: Row) -> Decimal:
    """Shares that this activity moved; zero where its quantity means something else."""
    kind = row.get("activity_type")
    in_shares = kind == "DIV" and row.get("activity_sub_type") == "SDIV"
    if in_shares and number_or_none(row, "net_amount", WHAT):
        return ZERO
    return number_or_none(row, "qty", WHAT) or ZERO if in_shares or kind in SHARE_MOVES else ZERO


def _transfer(row: Row, quantity: Decimal, suffix: str) -> Transfer:
    return Transfer(
        transfer_id=text(row, "id", WHAT) + suffix,
        symbol=Symbol(text(row, "symbol", WHAT)),
        quantity=quantity,
        unit_cost=None,
        acquired=day(row, "date", WHAT),
        time=time_of(row),
    )


def splits(rows: Sequence[Row]) -> tuple[CorporateAction, ...]:
    """Every split whose two legs are there, oldest first."""
    found = [
        CorporateAction(
            action_id=text(new, "id", WHAT),
            symbol=Symbol(text(new, "symbol", WHAT)),
            ratio=_shares(new) / -_shares(old),
            effective=_effective(new),
        )
        for legs in _exchanges(rows)
        if legs[0].get("activity_type") == SPLIT and (pair := _pair(legs)) is not None
        for old, new in [pair]
    ]
    return tuple(sorted(found, key=lambda each: (each.effective, each.action_id)))


def _exchanges(rows: Iterable[Row]) -> list[list[Row]]:
    """Legs of splits and renamings that belong together, by group or by name and date."""
    groups: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in booked(rows):
        kind = row.get("activity_type")
        if kind in IN_LEGS and row.get("status") != UNDONE and _shares(row):
            apart = (row.get("symbol"), row.get("date"))
            groups[(kind, row["group_id"]) if row.get("group_id") else (kind, *apart)].append(row)
    return list(groups.values())


def _pair(legs: Sequence[Row]) -> tuple[Row, Row] | None:
    """The leg out and the leg in, where they are the only two and of one symbol."""
    out = [leg for leg in legs if _shares(leg) < 0]
    back = [leg for leg in legs if _shares(leg) > 0]
    if len(out) != 1 or len(back) != 1 or _symbol(out[0]) != _symbol(back[0]):
        return None
    return out[0], back[0]


def _effective(row: Row) -> date:
    """The first day of the new shares: what is booked after the close holds from the next day."""
    dated = day(row, "date", WHAT)
    if not row.get("created_at"):
        return dated
    entered = moment(row, "created_at", WHAT).astimezone(NEW_YORK)
    late = timedelta(days=1 if entered.hour >= CLOSING_HOUR else 0)
    return max(dated, entered.date() + late)
