"""Corporate actions out of Flex statements, and the questions that they leave open. Pure.

A split is told in full where its description has the ratio. Of the rest a statement does not say
what decides the basis: such shares are transfers without one, and what was paid is a cash flow,
each with a question that keeps the symbol from being traded until the owner answers.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from brokers.ibkr.statement import Row, Statement, given, moment, symbol_of, text
from brokers.words import (
    ActionRecord,
    CashFlow,
    Currency,
    FlowKind,
    OpenQuestion,
    Split,
    Transfer,
)

WHAT = "Corporate Actions"
SPLITS = {"FS", "RS"}
"""Forward and reverse splits."""
RATIO = re.compile(r"SPLIT (\d+(?:\.\d+)?) FOR (\d+(?:\.\d+)?)", re.IGNORECASE)
TIMES = ("dateTime", "reportDate")


def corporate_actions(of: Statement) -> list[ActionRecord]:
    """All of them. A split may come as two rows, of which the first is told."""
    found: dict[str, ActionRecord] = {}
    for row in of.of("CorporateAction"):
        each = _split(row, of) or _question(row, of)
        if each is not None:
            found.setdefault(each.action_id, each)
    return list(found.values())


def transfers(of: Statement) -> Iterator[Transfer]:
    """Shares that came or went with an action that is not told in full."""
    for row in _untold(of):
        if quantity := given(row, "quantity", WHAT):
            at = moment(row, TIMES, WHAT, of.zone)
            yield Transfer(
                transfer_id=text(row, "transactionID", WHAT),
                symbol=symbol_of(row, of, WHAT),
                quantity=quantity,
                unit_cost=None,
                acquired=_day(row, of),
                time=at,
                currency=Currency(text(row, "currency", WHAT)),
            )


def cash_flows(of: Statement) -> Iterator[CashFlow]:
    """What was paid for shares, or for a fraction of one."""
    for row in of.of("CorporateAction"):
        if proceeds := given(row, "proceeds", WHAT):
            yield CashFlow(
                flow_id=f"{text(row, 'transactionID', WHAT)}:proceeds",
                kind=FlowKind.OTHER,
                amount=proceeds,
                time=moment(row, TIMES, WHAT, of.zone),
                currency=Currency(text(row, "currency", WHAT)),
                symbol=symbol_of(row, of, WHAT),
            )


def _untold(of: Statement) -> Iterator[Row]:
    return (row for row in of.of("CorporateAction") if _split(row, of) is None)


def _split(row: Row, of: Statement) -> Split | None:
    """A split, where the words tell its ratio."""
    ratio = RATIO.search(_said(row))
    if row.get("type") not in SPLITS or ratio is None:
        return None
    new, old = (Decimal(each) for each in ratio.groups())
    symbol, effective = symbol_of(row, of, WHAT), _day(row, of)
    name = row.get("actionID") or f"{symbol}:{effective}:{new}:{old}"
    return Split(name, symbol, new / old, effective) if new and old else None


def _question(row: Row, of: Statement) -> OpenQuestion | None:
    """What the statement does not say enough of."""
    if not (given(row, "quantity", WHAT) or given(row, "proceeds", WHAT)):
        return None
    name, symbol = text(row, "transactionID", WHAT), symbol_of(row, of, WHAT)
    said = f"Interactive Brokers booked {row.get('type') or 'something'}: {_said(row) or symbol}"
    return OpenQuestion(name, symbol, _day(row, of), said, (name,))


def _said(row: Row) -> str:
    return row.get("actionDescription") or row.get("description") or ""


def _day(row: Row, of: Statement) -> date:
    """The morning from which it holds: what is booked after the close is reported the next day."""
    at = moment(row, ("reportDate", "dateTime"), WHAT, of.zone)
    return at.astimezone(ZoneInfo(of.zone)).date()
