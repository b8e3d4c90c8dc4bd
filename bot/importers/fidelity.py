"""Fidelity's downloads in CSV: history of an account or of all, and positions.

History is known by ``Run Date, Action, Symbol, ...``: what happened stands in front of the words
of ``Action``. Positions are known by ``Account Number, ... Symbol, ... Quantity, ... Cost Basis
Total``; their basis is that of all lots together. A disclaimer and the day of download end both.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from bot.importers.cells import Cells, on_day, parsed_day
from bot.importers.nouns import Frame, Item, Kind
from bot.importers.rows import Deal, Held, Money, Told, flow, lot, refuse_move, trade
from bot.importers.sheets import Title, head, tables
from brokers.words import FlowKind, Side

DEALS: Final = head("history", "run_date", "action", "symbol", "quantity", "price")
HOLDINGS: Final = head(
    "positions",
    "account_number|account_name_number",
    "symbol",
    "quantity",
    "cost_basis_total|average_cost_basis|cost_basis",
)
HEADS: Final = (DEALS, HOLDINGS)

DOWNLOADED = re.compile(r"Date downloaded:? +(\S+).*", re.IGNORECASE)
CORE: Final = frozenset({"SPAXX", "FDRXX", "FZFXX", "FCASH", "CORE", "FDIC", "SPRXX", "QPISQ"})
"""Funds that hold the account's cash: a sweep into one is no purchase of ours."""

SIDES: Final[Mapping[str, Side]] = {
    "YOU BOUGHT": Side.BUY,
    "REINVESTMENT": Side.BUY,
    "PURCHASE INTO": Side.BUY,
    "YOU SOLD": Side.SELL,
    "REDEMPTION FROM": Side.SELL,
}
SWEEPS: Final = ("PURCHASE INTO CORE", "REDEMPTION FROM CORE")
MOVES: Final = (
    *("TRANSFERRED FROM", "TRANSFERRED TO", "TRANSFER OF ASSETS", "SHARES DEPOSITED"),
    *("JOURNALED", "CONVERSION SHARES DEPOSITED"),
)
FLOWS: Final[tuple[tuple[str, FlowKind], ...]] = (
    ("DIVIDEND RECEIVED", FlowKind.DIVIDEND),
    ("SHORT-TERM CAP GAIN", FlowKind.DIVIDEND),
    ("LONG-TERM CAP GAIN", FlowKind.DIVIDEND),
    ("RETURN OF CAPITAL", FlowKind.OTHER),
    ("INTEREST", FlowKind.INTEREST),
    ("MARGIN INTEREST", FlowKind.INTEREST),
    ("FEE CHARGED", FlowKind.FEE),
    ("ADVISORY FEE", FlowKind.FEE),
    ("FOREIGN TAX PAID", FlowKind.OTHER),
    ("IN LIEU OF FRX SHARE", FlowKind.OTHER),
    ("ELECTRONIC FUNDS TRANSFER", FlowKind.DEPOSIT),
    ("DIRECT DEPOSIT", FlowKind.DEPOSIT),
    ("DIRECT DEBIT", FlowKind.DEPOSIT),
    ("CHECK RECEIVED", FlowKind.DEPOSIT),
    ("CHECK PAID", FlowKind.DEPOSIT),
    ("WIRE TRANSFER", FlowKind.DEPOSIT),
    ("CASH CONTRIBUTION", FlowKind.DEPOSIT),
    ("TRANSFERRED", FlowKind.DEPOSIT),
    ("TRANSFER OF ASSETS", FlowKind.DEPOSIT),
    ("JOURNALED", FlowKind.DEPOSIT),
)


def read_fidelity(text: str, frame: Frame) -> Iterator[Item]:
    """Everything that a download says."""
    day = _downloaded(text, frame.today)
    for row in tables(text, HEADS, frame):
        if isinstance(row, Title):
            continue
        number = row.cells.text("account_number", "account_name_number", "account")
        told = Told(row.cells.place, number, frame.base)
        if row.head is DEALS:
            yield from _deal(row.cells, told)
        else:
            yield from _holding(row.cells, told, day)


def _downloaded(text: str, today: date) -> date:
    """The day of the download, in the last lines."""
    for line in reversed(text.splitlines()[-12:]):
        found = DOWNLOADED.search(line.strip().strip('"'))
        if found is not None:
            try:
                return min(today, parsed_day(found.group(1).strip('",')))
            except ValueError:
                return today
    return today


def _deal(cells: Cells, told: Told) -> Iterator[Item]:
    words = cells.text("action").upper()
    symbol = cells.symbol("symbol")
    is_core = symbol.rstrip("*") in CORE or words.startswith(SWEEPS)
    if is_core and not words.startswith("DIVIDEND"):
        return
    shares = cells.amount("quantity")
    side = next((side for start, side in SIDES.items() if words.startswith(start)), None)
    if side is not None and shares:
        fee = cells.amount("commission") + cells.amount("fees")
        moment = on_day(cells.day("run_date"))
        price = cells.number("price")
        yield trade(Deal(symbol, side, abs(shares), price, moment, fee), told)
    elif shares and words.startswith(MOVES):
        day = cells.day("run_date")
        yield lot(Held(symbol, shares, None, day, day), told, Kind.TRANSFER)
    elif shares and not words.startswith(tuple(start for start, _ in FLOWS)):
        first = cells.text("action").split(" (")[0][:30]
        refuse_move(cells.frame, cells.place, first, symbol)
    else:
        yield from _flow(words, cells, told)


def _flow(words: str, cells: Cells, told: Told) -> Iterator[Item]:
    kind = next((kind for start, kind in FLOWS if words.startswith(start)), None)
    if kind is None:
        said = f'"{cells.text("action")[:40]}" is taken as cash of no known kind'
        cells.frame.passed_over(cells.place, said)
    money = Money(
        kind or FlowKind.OTHER,
        cells.amount("amount"),
        on_day(cells.day("run_date")),
        "",
        cells.symbol("symbol") or None,
    )
    found = flow(money, told)
    yield from [found] if found else []


def _holding(cells: Cells, told: Told, day: date) -> Iterator[Item]:
    name = cells.text("symbol")
    if not name or name.endswith("**") or name.lower() == "pending activity":
        return
    if name.upper() in CORE or not cells.text("quantity"):
        return
    quantity = cells.number("quantity")
    held = Held(cells.symbol("symbol"), quantity, None, day, day)
    yield lot(held, told, Kind.POSITION)
