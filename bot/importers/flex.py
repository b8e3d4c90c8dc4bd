"""IBKR Flex Query statements in XML: trades, lots, cash, transfers, splits.

All of the data stands in attributes, so the file is read as a stream of elements with their lines.
A declaration of a document type is refused before anything in it is looked at: no entity can grow
(the "billion laughs"), and nothing outside the file is ever opened.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from xml.parsers import expat

from bot.importers.cells import NEW_YORK, Cells, at_hour, on_day, parsed_day
from bot.importers.nouns import BadImport, Frame, Item, Kind, Place
from bot.importers.rows import (
    Deal,
    Held,
    Money,
    Told,
    flow,
    lot,
    named,
    refuse_move,
    split,
    trade,
)
from bot.importers.text import begun
from brokers.words import ZERO, Currency, FlowKind, Side

SHARES: Final = frozenset({"STK", "FUND", "ETF", ""})
CHUNK = 1 << 16
CLOSING_HOUR = 16
"""In New York."""

SPLIT_WORDS = re.compile(r"SPLIT\s+(\d+(?:\.\d+)?)\s+FOR\s+(\d+(?:\.\d+)?)", re.IGNORECASE)
MOMENT = re.compile(r"(\S+?)(?:[;, T]\s*(\d{2}:?\d{2}(?::?\d{2})?(?:\.\d+)?)(?:\s*[A-Z]+)?)?")

FLOWS: Final[Mapping[str, FlowKind]] = {
    "dividends": FlowKind.DIVIDEND,
    "payment in lieu of dividends": FlowKind.DIVIDEND,
    "withholding tax": FlowKind.OTHER,
    "871(m) withholding": FlowKind.OTHER,
    "deposits/withdrawals": FlowKind.DEPOSIT,
    "deposits & withdrawals": FlowKind.DEPOSIT,
    "broker interest paid": FlowKind.INTEREST,
    "broker interest received": FlowKind.INTEREST,
    "bond interest paid": FlowKind.INTEREST,
    "bond interest received": FlowKind.INTEREST,
    "other fees": FlowKind.FEE,
    "advisor fees": FlowKind.FEE,
    "broker fees": FlowKind.FEE,
    "commission adjustments": FlowKind.FEE,
    "other income": FlowKind.OTHER,
}


def read_flex(text: str, frame: Frame) -> Iterator[Item]:
    """Everything that the statements of a Flex file say."""
    yield from _Stream(frame, begun(frame, text)).items(text)


class _Stream:
    """The elements of one file, as they come by."""

    def __init__(self, frame: Frame, lines: int) -> None:
        self._frame = frame
        self._lines = lines
        self._found: list[Item] = []
        self._number = ""
        self._until = frame.today
        self._is_flex = False
        self._executions = False
        self._orders: Place | None = None
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._element

    def items(self, text: str) -> Iterator[Item]:
        """The items in their order."""
        # Decoded already: what the first line says of the encoding no longer holds.
        bare = re.sub(r"^\s*<\?xml[^>]*\?>", lambda m: "\n" * m.group().count("\n"), text, count=1)
        for start in range(0, len(bare), CHUNK):
            piece = bare[start : start + CHUNK]
            self._parse(piece, is_last=start + CHUNK >= len(bare))
            self._frame.tick(self._parser.CurrentLineNumber, self._lines)
            yield from self._found
            self._found.clear()
        if self._orders and not self._executions:
            raise BadImport(
                [f"{self._orders}: the trades are told by order, not by execution"],
                "choose Executions for the section Trades of the Flex query",
            )
        if not self._is_flex:
            raise BadImport(
                [f"{self._frame.at(1)}: no Flex statement: FlexQueryResponse is missing"]
            )

    def _parse(self, piece: str, *, is_last: bool) -> None:
        try:
            self._parser.Parse(piece.encode(), is_last)
        except expat.ExpatError as exc:
            place = self._frame.at(exc.lineno)
            raise BadImport([f"{place}: no XML: {expat.ErrorString(exc.code)}"]) from exc

    def _doctype(self, *_: object) -> None:
        place = self._frame.at(self._parser.CurrentLineNumber)
        raise BadImport(
            [f"{place}: it declares a document type, which no Flex statement does"],
            "download the statement again; nothing of this file was believed",
        )

    def _element(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "FlexQueryResponse":
            self._is_flex = True
        if not self._is_flex:
            return
        place = self._frame.at(self._parser.CurrentLineNumber)
        cells = Cells(place, attributes, self._frame)
        if tag == "FlexStatement":
            self._number = attributes.get("accountId", "")
            if attributes.get("toDate"):
                self._until = cells.day("toDate")
        elif tag in {"Trade", "Order"} and cells.text("levelOfDetail") == "ORDER":
            self._orders = self._orders or place
        elif tag in READERS:
            self._executions |= tag == "Trade"
            self._found += READERS[tag](cells, self._told(cells), self._until)

    def _told(self, cells: Cells) -> Told:
        currency = Currency(cells.text("currency") or self._frame.base)
        return Told(cells.place, cells.text("accountId") or self._number, currency)


def _moment(cells: Cells, *names: str) -> datetime:
    """A moment as ``20240102;093005``; IBKR's times are New York's unless the query says else."""
    cell = cells.text(*names)
    found = MOMENT.fullmatch(cell)
    try:
        if found is not None:
            return at_hour(parsed_day(found.group(1)), found.group(2) or "")
    except ValueError:
        pass  # said below, like what has no such form at all
    name = next((name for name in names if cells.by.get(name)), names[0])
    cells.wrong(name, "is no moment like 20260131;093005")
    return on_day(date(1970, 1, 1))


def _is_shares(cells: Cells, what: str) -> bool:
    """Whether it is about shares; anything else is passed over, and said."""
    category = cells.text("assetCategory", "assetClass")
    if category in SHARES:
        return True
    said = f"{what} of {category} {cells.text('symbol')} is passed over: only shares are taken"
    cells.frame.passed_over(cells.place, said)
    return False


def _trade(cells: Cells, told: Told, until: date) -> list[Item]:
    level = cells.text("levelOfDetail")
    if level == "CLOSED_LOT":
        return _closed(cells, told, until)
    if level not in {"", "EXECUTION"} or not _is_shares(cells, "a trade"):
        return []
    if "(Ca.)" in cells.text("buySell"):
        cells.frame.refuse(cells.place, "a cancelled trade: take it and what it cancels out")
        return []
    quantity = cells.number("quantity")
    paid = cells.text("ibCommissionCurrency")
    if paid not in {"", told.currency}:
        cells.wrong("ibCommissionCurrency", f"is not the currency of the trade, {told.currency}")
    deal = Deal(
        symbol=cells.symbol("symbol"),
        side=Side.BUY if quantity > 0 else Side.SELL,
        quantity=abs(quantity),
        price=cells.number("tradePrice", "price"),
        fee=-cells.amount("ibCommission", "commission") - cells.amount("taxes", "tax"),
        time=_moment(cells, "dateTime", "tradeDate"),
        root=cells.text("ibExecID", "execID", "tradeID", "transactionID"),
        order=cells.text("ibOrderID", "orderID"),
    )
    return [trade(deal, told)]


def _open(cells: Cells, told: Told, until: date) -> list[Item]:
    """A lot; a position as a whole only where the file has no lots of it (see ``settle``)."""
    level = cells.text("levelOfDetail")
    if not _is_shares(cells, "a position") or level not in {"", "LOT", "SUMMARY"}:
        return []
    day = cells.day("reportDate") if cells.text("reportDate") else until
    if level != "LOT":
        quantity = cells.number("position", "quantity")
        return [lot(Held(cells.symbol("symbol"), quantity, None, day, day), told, Kind.POSITION)]
    return [_of_lot(cells, told, "position", day, Kind.LOT)]


def _closed(cells: Cells, told: Told, until: date) -> list[Item]:
    """What a sale took, where the query asks for closed lots; ``buySell`` is that of the sale."""
    if not _is_shares(cells, "a closed lot") or cells.text("levelOfDetail") not in {
        "",
        "CLOSED_LOT",
    }:
        return []
    if cells.text("buySell").startswith("BUY"):
        return []  # a short position was closed: its sale shows by itself that it was one
    day = cells.day("tradeDate") if cells.text("tradeDate") else until
    return [_of_lot(cells, told, "quantity", day, Kind.CLOSED)]


def _of_lot(cells: Cells, told: Told, name: str, day: date, kind: Kind) -> Item:
    opened = _moment(cells, "openDateTime", "holdingPeriodDateTime")
    quantity = cells.number(name, "quantity")
    basis = cells.number_or_none("costBasisMoney", "cost")
    if basis is None:
        price = cells.number_or_none("costBasisPrice")
        basis = None if price is None else price * quantity
    if kind is Kind.CLOSED:
        quantity, basis = abs(quantity), None if basis is None else abs(basis)
    acquired = opened.astimezone(NEW_YORK).date()
    return lot(Held(cells.symbol("symbol"), quantity, basis, acquired, day), told, kind)


def _cash(cells: Cells, told: Told, _until: date) -> list[Item]:
    if cells.text("levelOfDetail") == "SUMMARY":
        return []
    word = cells.text("type").lower()
    kind = FLOWS.get(word)
    if kind is None:
        cells.frame.passed_over(cells.place, f'"{cells.text("type")}": of no kind that is known')
        kind = FlowKind.OTHER
    found = flow(
        Money(
            kind,
            cells.number("amount"),
            _moment(cells, "dateTime", "settleDate", "reportDate"),
            cells.text("transactionID", "tradeID"),
            cells.symbol("symbol") or None,
        ),
        told,
    )
    return [found] if found else []


def _moved(cells: Cells, told: Told, _until: date) -> list[Item]:
    if cells.text("levelOfDetail") not in {"", "TRANSFER"}:
        return []
    moment = _moment(cells, "dateTime", "date", "reportDate", "settleDate")
    if cells.text("assetCategory", "assetClass") == "CASH" or not cells.text("symbol"):
        amount = cells.amount("cashTransfer", "positionAmount")
        name = cells.text("transactionID")
        found = flow(Money(FlowKind.DEPOSIT, amount, moment, name), told)
        return [found] if found else []
    if not _is_shares(cells, "a transfer"):
        return []
    day = moment.astimezone(NEW_YORK).date()
    quantity = abs(cells.number("quantity"))
    if cells.text("direction").upper().startswith("OUT"):
        quantity = -quantity
    basis = cells.number_or_none("costBasisMoney", "costBasis") if quantity > 0 else None
    acquired = (
        cells.day("openDateTime") if basis is not None and cells.text("openDateTime") else day
    )
    held = Held(cells.symbol("symbol"), quantity, basis, acquired, day)
    found_shares = named(lot(held, told, Kind.TRANSFER), cells.text("transactionID", "tradeID"))
    return [found_shares]


def _action(cells: Cells, told: Told, _until: date) -> list[Item]:
    """A split tells its ratio in words, and is told once for the leg out and the leg in."""
    if cells.text("levelOfDetail") == "SUMMARY" or not _is_shares(cells, "a corporate action"):
        return []
    said = cells.text("actionDescription", "description")
    found = SPLIT_WORDS.search(said)
    symbol, word = cells.symbol("symbol"), cells.text("type") or "CorporateAction"
    if found is None or not Decimal(found.group(2)):
        if cells.amount("quantity"):
            refuse_move(cells.frame, cells.place, word, symbol)
        return []
    moment = _moment(cells, "dateTime", "reportDate")
    ratio = Decimal(found.group(1)) / Decimal(found.group(2))
    return [split(symbol, ratio, _effective(moment), told)] if ratio > ZERO else []


def _effective(moment: datetime) -> date:
    """IBKR books a split at 20:25 on the evening before its first day."""
    there = moment.astimezone(NEW_YORK)
    return there.date() + timedelta(days=1 if there.hour >= CLOSING_HOUR else 0)


Reader = Callable[[Cells, Told, date], list[Item]]

READERS: Final[Mapping[str, Reader]] = {
    "Trade": _trade,
    "OpenPosition": _open,
    "Lot": _closed,
    "ClosedLot": _closed,
    "CashTransaction": _cash,
    "Transfer": _moved,
    "CorporateAction": _action,
}
