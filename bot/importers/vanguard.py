"""Vanguard's download in CSV: two tables one after the other, holdings and transactions.

Holdings are known by ``Account Number, Investment Name, Symbol, Shares, Total Value``, transactions
by ``Account Number, Trade Date, ... Transaction Type, ... Shares, Share Price, Principal Amount,
Commissions and Fees, Net Amount``, in newer ones ``Quantity, Price, Commission & fees, Amount``; a
comma ends every line. No basis is told.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from bot.importers.cells import Cells, on_day
from bot.importers.nouns import Frame, Item, Kind
from bot.importers.rows import Deal, Held, Money, Told, flow, lot, refuse_move, trade
from bot.importers.sheets import Title, head, tables
from brokers.words import FlowKind, Side

HOLDINGS: Final = head("holdings", "account_number", "symbol", "shares", "total_value")
DEALS: Final = head(
    "transactions",
    "trade_date",
    "transaction_type",
    "symbol",
    "shares|quantity",
    "share_price|price",
    "net_amount|amount",
)
HEADS: Final = (HOLDINGS, DEALS)
SETTLEMENT: Final = frozenset({"VMFXX", "VMMXX", "VMRXX", "VUSXX"})
"""Funds that hold the account's cash."""

SIDES: Final[Mapping[str, Side]] = {
    "buy": Side.BUY,
    "reinvestment": Side.BUY,
    "reinvestment (lt gain)": Side.BUY,
    "reinvestment (st gain)": Side.BUY,
    "automatic investment": Side.BUY,
    "buy (exchange)": Side.BUY,
    "sell": Side.SELL,
    "sell (exchange)": Side.SELL,
    "automatic withdrawal": Side.SELL,
}
MOVES: Final = frozenset(
    {
        *("transfer (incoming)", "transfer (outgoing)", "transfer", "rollover (incoming)"),
        *("shares received", "asset transfer (incoming)", "asset transfer (outgoing)"),
    }
)
FEES: Final = ("commissions_and_fees", "commission_fees", "commission")
SWEEPS: Final = frozenset({"sweep in", "sweep out"})
FLOWS: Final[Mapping[str, FlowKind]] = {
    "dividend": FlowKind.DIVIDEND,
    "capital gain (lt)": FlowKind.DIVIDEND,
    "capital gain (st)": FlowKind.DIVIDEND,
    "interest": FlowKind.INTEREST,
    "fee": FlowKind.FEE,
    "funds received": FlowKind.DEPOSIT,
    "contribution": FlowKind.DEPOSIT,
    "withdrawal": FlowKind.WITHDRAWAL,
    "distribution": FlowKind.WITHDRAWAL,
    "foreign tax paid": FlowKind.OTHER,
    "cash in lieu": FlowKind.OTHER,
}


def read_vanguard(text: str, frame: Frame) -> Iterator[Item]:
    """Everything that a download says; holdings are as of today, for it names no day."""
    for row in tables(text, HEADS, frame):
        if isinstance(row, Title):
            continue
        told = Told(row.cells.place, row.cells.text("account_number"), frame.base)
        if row.head is DEALS:
            yield from _deal(row.cells, told)
        else:
            yield from _holding(row.cells, told, frame.today)


def _deal(cells: Cells, told: Told) -> Iterator[Item]:
    word = cells.text("transaction_type")
    lower, symbol, shares = word.lower(), cells.symbol("symbol"), cells.amount("shares", "quantity")
    if lower in SWEEPS or (symbol in SETTLEMENT and lower != "dividend"):
        return
    if lower in SIDES and shares:
        moment, price = on_day(cells.day("trade_date")), cells.number("share_price", "price")
        fee = cells.amount(*FEES)
        yield trade(Deal(symbol, SIDES[lower], abs(shares), price, moment, fee), told)
    elif lower in MOVES and shares:
        day = cells.day("trade_date")
        moved = -abs(shares) if "outgoing" in lower else shares
        yield lot(Held(symbol, moved, None, day, day), told, Kind.TRANSFER)
    elif shares and lower not in FLOWS:
        refuse_move(cells.frame, cells.place, word, symbol)
    else:
        if lower not in FLOWS:
            cells.frame.passed_over(cells.place, f'"{word}" is taken as cash of no known kind')
        kind = FLOWS.get(lower, FlowKind.OTHER)
        amount, moment = cells.amount("net_amount", "amount"), on_day(cells.day("trade_date"))
        found = flow(Money(kind, amount, moment, "", symbol or None), told)
        yield from [found] if found else []


def _holding(cells: Cells, told: Told, today: date) -> Iterator[Item]:
    symbol = cells.symbol("symbol")
    if not symbol or symbol in SETTLEMENT:
        return
    held = Held(symbol, cells.number("shares"), None, today, today)
    yield lot(held, told, Kind.POSITION)
