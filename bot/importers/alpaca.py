"""Alpaca's account activities in JSON: fills, cash, shares that moved, splits by their two legs.

The list is read one activity at a time, so that each has its line. Alpaca tells no basis of what
was transferred in.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from bot.importers.cells import NEW_YORK, Cells, on_day
from bot.importers.nouns import BadImport, Frame, Item, Kind
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
from brokers.words import Currency, FlowKind, Side

SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
MOVES: Final = frozenset({"ACATS", "JNLS", "FOPT"})
"""Shares that came or went; ``qty`` has the sign."""
STRANGE: Final = frozenset({"SPIN", "MA", "REO", "REORG", "VOF", "OPASN", "OPEXP", "OPXRC"})
"""What moves shares otherwise."""
LEGS: Final = frozenset({"SPLIT", "NC"})
FLOWS: Final[Mapping[str, FlowKind]] = {
    "CSD": FlowKind.DEPOSIT,
    "CSW": FlowKind.WITHDRAWAL,
    "TRANS": FlowKind.DEPOSIT,
    "JNL": FlowKind.DEPOSIT,
    "JNLC": FlowKind.DEPOSIT,
    "ACATC": FlowKind.DEPOSIT,
    "CGD": FlowKind.DIVIDEND,
    "DIVFEE": FlowKind.FEE,
    "FEE": FlowKind.FEE,
    "CFEE": FlowKind.FEE,
    "PTC": FlowKind.FEE,
    "PTR": FlowKind.FEE,
}
BY_START: Final = (("DIV", FlowKind.DIVIDEND), ("INT", FlowKind.INTEREST))
IN_EFFECT: Final = frozenset({"", "executed", "correct"})
BLANK = re.compile(r"[\s,]*")


def read_alpaca(text: str, frame: Frame) -> Iterator[Item]:
    """Everything that the activities say."""
    legs: defaultdict[tuple[str, ...], list[Cells]] = defaultdict(list)
    for cells in _activities(text, frame):
        word = cells.text("activity_type")
        if cells.text("status") not in IN_EFFECT:
            said = f"{word} is {cells.text('status')}: passed over"
            frame.passed_over(cells.place, said)
        elif word in LEGS:
            group = cells.text("group_id")
            apart = (cells.text("symbol"), cells.text("date"))
            legs[(word, group) if group else (word, *apart)].append(cells)
        else:
            yield from _items(word, cells, frame)
    for together in legs.values():
        yield from _split(together, frame)


def _activities(text: str, frame: Frame) -> Iterator[Cells]:
    """Each object of the list as text cells."""
    lines, place = begun(frame, text), 0
    decoder = json.JSONDecoder(parse_float=str, parse_int=str)
    place = BLANK.match(text, text.find("[") + 1).end()  # type: ignore[union-attr]  # may be empty
    line, counted = 1, 0
    while place < len(text) and text[place] != "]":
        line, counted = line + text.count("\n", counted, place), place
        try:
            told, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as exc:
            raise BadImport([f"{frame.at(line)}: no JSON: {exc}"]) from exc
        if not isinstance(told, dict) or "activity_type" not in told:
            raise BadImport([f"{frame.at(line)}: no activity: it has no activity_type"])
        plain = {str(name): _plain(value) for name, value in told.items()}
        yield Cells(frame.at(line), plain, frame)
        frame.tick(line, lines)
        place = BLANK.match(text, end).end()  # type: ignore[union-attr]  # may be empty
    if place >= len(text):
        raise BadImport([f"{frame.at(line)}: the list does not end"], "download it again")


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _items(word: str, cells: Cells, frame: Frame) -> Iterator[Item]:
    symbol = cells.symbol("symbol")
    if word == "FILL":
        yield from _fill(cells, frame)
        return
    if word in STRANGE:
        refuse_move(frame, cells.place, word, symbol)
    elif word in MOVES and symbol:
        yield _moved(cells)
    amount = cells.amount("net_amount")
    if amount:
        kind = FLOWS.get(word) or next((k for s, k in BY_START if word.startswith(s)), None)
        money = Money(
            kind or FlowKind.OTHER, amount, _moment(cells), cells.text("id"), symbol or None
        )
        found = flow(money, _told(cells))
        if found is not None:
            yield found


def _told(cells: Cells) -> Told:
    currency = Currency(cells.text("currency") or cells.frame.base)
    return Told(cells.place, cells.text("account_number", "account_id"), currency)


def _moment(cells: Cells) -> datetime:
    """A fill has its time; anything else its day."""
    if not cells.text("transaction_time"):
        return on_day(cells.day("date"))
    try:
        found = datetime.fromisoformat(cells.text("transaction_time"))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # said below, like a time without a zone
    cells.wrong("transaction_time", "is no moment like 2026-01-31T14:30:05Z")
    return on_day(date(1970, 1, 1))


def _fill(cells: Cells, frame: Frame) -> Iterator[Item]:
    side = SIDES.get(cells.text("side"))
    if side is None:
        word, symbol = cells.text("side") or "?", cells.text("symbol")
        refuse_move(frame, cells.place, word, symbol, ": only buy and sell are")
        return
    deal = Deal(
        cells.symbol("symbol"),
        side,
        cells.number("qty"),
        cells.number("price"),
        _moment(cells),
        root=cells.text("id"),
        order=cells.text("order_id"),
    )
    yield trade(deal, _told(cells))


def _moved(cells: Cells) -> Item:
    day = _moment(cells).astimezone(NEW_YORK).date()
    held = Held(cells.symbol("symbol"), cells.number("qty"), None, day, day)
    return named(lot(held, _told(cells), Kind.TRANSFER), cells.text("id"))


def _split(legs: list[Cells], frame: Frame) -> Iterator[Item]:
    """Old shares out and new ones in, of one symbol."""
    word, place = legs[0].text("activity_type"), legs[0].place
    out = sum((q for q in (leg.number("qty") for leg in legs) if q < 0), Decimal(0))
    back = sum((q for q in (leg.number("qty") for leg in legs) if q > 0), Decimal(0))
    symbols = {leg.symbol("symbol") for leg in legs}
    if word == "SPLIT" and len(symbols) == 1 and out and back:
        yield split(symbols.pop(), back / -out, legs[-1].day("date"), _told(legs[-1]))
    elif len(symbols) != 1 or out + back:
        refuse_move(frame, place, word, ", ".join(sorted(symbols)))


def is_activities(text: str) -> bool:
    """Whether it may be a list of activities."""
    return text.lstrip().startswith("[") and '"activity_type"' in text
