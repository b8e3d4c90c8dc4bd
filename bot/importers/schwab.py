"""Schwab's downloads in CSV: history of transactions, positions, details of lots.

Transactions are known by ``Date, Action, Symbol, ... Quantity, Price, Fees & Comm, Amount``;
positions by ``Symbol, ... Qty (Quantity), ... Cost Basis``, with a title that names the account;
lot details by ``Open Date, Quantity, ... Cost/Share, ... Cost Basis``, a table below the title
``SYMBOL Lot Details``.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from bot.importers.cells import Cells, on_day, parsed_day, spelt
from bot.importers.nouns import Frame, Item, Kind
from bot.importers.rows import Deal, Held, Money, Told, flow, lot, refuse_move, trade
from bot.importers.sheets import Title, head, tables
from brokers.words import FlowKind, Side, Symbol

DEALS: Final = head("transactions", "date", "action", "symbol", "fees_comm|fees_commissions")
HOLDINGS: Final = head(
    "positions",
    "symbol",
    "quantity|qty_quantity|qty",
    "cost_basis|cost_basis_total",
    "security_type|mkt_val_market_value|market_value",
)
DETAILS: Final = head("lots", "open_date", "quantity|qty_quantity|qty", "cost_basis", "cost_share")
HEADS: Final = (DEALS, DETAILS, HOLDINGS)

TITLE = re.compile(
    r".*(?:Transactions|Positions|Lot Details)\s+for\s+(?:account\s+)?(.*?)(?:\s+as of .*)?"
)
LOTS_OF = re.compile(r"(\S{1,12}) Lot Details\b.*")
AS_OF = re.compile(r".*as of .*?(\d{4}/\d{2}/\d{2}|\d{1,2}/\d{1,2}/\d{4}).*")
NO_SHARES: Final = frozenset(
    {
        "cash & cash investments",
        "account total",
        "positions total",
        "total",
        "cash and money market",
        "totals",
        "transactions total",
        "cash",
    }
)

SIDES: Final[Mapping[str, Side]] = {
    "buy": Side.BUY,
    "reinvest shares": Side.BUY,
    "sell": Side.SELL,
}
MOVES: Final = frozenset(
    {"journaled shares", "security transfer", "internal transfer", "shares received", "journal"}
)
FLOWS: Final[Mapping[str, FlowKind]] = {
    **dict.fromkeys(
        (
            *("cash dividend", "qualified dividend", "non-qualified div", "special dividend"),
            *("special qual div", "special non qual div", "reinvest dividend", "qual div reinvest"),
            *("long term cap gain", "short term cap gain", "long term cap gain reinvest"),
            *("short term cap gain reinvest", "pr yr cash div", "pr yr div reinvest"),
            *("pr yr non-qual div", "pr yr special div", "div adjustment"),
        ),
        FlowKind.DIVIDEND,
    ),
    **dict.fromkeys(
        ("bank interest", "credit interest", "bond interest", "margin interest"),
        FlowKind.INTEREST,
    ),
    **dict.fromkeys(
        (
            *("moneylink transfer", "moneylink deposit", "wire funds", "wire received"),
            *("wire sent", "wire funds received", "wire funds sent", "funds received"),
            *("funds paid", "journal", "internal transfer", "ach credit", "ach debit"),
        ),
        FlowKind.DEPOSIT,
    ),
    **dict.fromkeys(
        ("service fee", "adr mgmt fee", "misc fee", "advisor fee", "wire fee"), FlowKind.FEE
    ),
    **dict.fromkeys(
        (
            *("nra tax adj", "foreign tax paid", "foreign tax reclaim", "tax withholding"),
            *("misc cash entry", "cash in lieu", "adjustment", "promotional award"),
            *("misc credits", "nra withholding", "irs withhold adj"),
        ),
        FlowKind.OTHER,
    ),
}


def read_schwab(text: str, frame: Frame) -> Iterator[Item]:
    """Everything that a download says; the account is in its title, cut to some digits."""
    number, of, day = "", Symbol(""), frame.today
    for row in tables(text, HEADS, frame):
        if isinstance(row, Title):
            found, lots = TITLE.fullmatch(row.text), LOTS_OF.fullmatch(row.text)
            number = found.group(1).strip() if found and found.group(1) else number
            of = spelt(lots.group(1)) if lots else of
            day = _as_of(row.text, day)
        else:
            told = Told(row.cells.place, number, frame.base)
            if row.head is DEALS:
                yield from _deal(row.cells, told)
            elif row.head is HOLDINGS:
                yield from _holding(row.cells, told, day)
            else:
                yield from _lot(row.cells, told, of, day)


def _as_of(title: str, day: date) -> date:
    found = AS_OF.fullmatch(title)
    if found is None:
        return day
    try:
        return min(day, parsed_day(found.group(1), ("%Y/%m/%d", "%m/%d/%Y")))
    except ValueError:
        return day


def _deal(cells: Cells, told: Told) -> Iterator[Item]:
    word = cells.text("action")
    lower, symbol = word.lower(), cells.symbol("symbol")
    if not cells.text("date") or cells.text("date").lower().startswith("transactions total"):
        return
    if lower in SIDES:
        deal = Deal(
            symbol,
            SIDES[lower],
            abs(cells.number("quantity")),
            cells.number("price"),
            on_day(cells.day("date")),
            cells.amount("fees_comm", "fees_commissions"),
        )
        yield trade(deal, told)
    elif lower in MOVES and symbol and cells.text("quantity"):
        day = cells.day("date")
        yield lot(Held(symbol, cells.number("quantity"), None, day, day), told, Kind.TRANSFER)
    elif lower in FLOWS or not cells.text("quantity"):
        kind = FLOWS.get(lower, FlowKind.OTHER)
        if lower not in FLOWS:
            cells.frame.passed_over(cells.place, f'"{word}" is taken as cash of no known kind')
        money = Money(kind, cells.amount("amount"), on_day(cells.day("date")), "", symbol or None)
        found = flow(money, told)
        yield from [found] if found else []
    else:
        refuse_move(cells.frame, cells.place, word, symbol)


def _holding(cells: Cells, told: Told, day: date) -> Iterator[Item]:
    """A position; the basis is that of all lots together, so no lot's."""
    name = cells.text("symbol")
    if name.lower() in NO_SHARES or not name:
        return
    quantity = cells.number("quantity", "qty_quantity", "qty")
    yield lot(Held(spelt(name), quantity, None, day, day), told, Kind.POSITION)


def _lot(cells: Cells, told: Told, of: Symbol, day: date) -> Iterator[Item]:
    if cells.text("open_date").lower() in NO_SHARES:
        return
    symbol = cells.symbol("symbol") or of
    if not symbol:
        cells.frame.refuse(cells.place, "a lot of nothing: the title SYMBOL Lot Details is missing")
    quantity = cells.number("quantity", "qty_quantity", "qty")
    basis = cells.number_or_none("cost_basis")
    yield lot(Held(symbol, quantity, basis, cells.day("open_date"), day), told)
