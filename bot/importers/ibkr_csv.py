"""IBKR's activity statement in CSV: sections in one file, each with headings of its own.

A line begins with its section and with Header, Data, SubTotal, Total or Notes. Read are Trades,
Open Positions (lots, where the statement shows them), Transfers, Corporate Actions and the sections
of cash. Trades are told by order here, with its average price: a Flex query has the executions.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from bot.importers.cells import NEW_YORK, Cells, at_hour, on_day, parsed_day
from bot.importers.nouns import Frame, Item, Kind, Place
from bot.importers.rows import Deal, Held, Money, Told, flow, lot, refuse_move, split, trade
from bot.importers.sheets import plain, raw_rows
from brokers.words import ZERO, Currency, FlowKind, Side, Symbol

KNOWN: Final = re.compile(
    r"^\ufeff?\"?(Statement|Account Information|Trades),\"?Header", re.MULTILINE
)
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[,;]? +(\d{2}:\d{2}(?::\d{2})?))?")
SPLIT_WORDS = re.compile(
    r"^(\S+?)\(.*?\)?\s*Split\s+(\d+(?:\.\d+)?)\s+for\s+(\d+(?:\.\d+)?)", re.IGNORECASE
)
OF_SYMBOL = re.compile(r"([A-Z0-9. ]{1,12})\([A-Z]{2}[A-Z0-9]{9}\d\)")
PERIOD_END = re.compile(r"(?:.* - )?(\w+ \d{1,2}, \d{4})")
CLOSING_HOUR = 16
"""In New York."""

CASH: Final[Mapping[str, tuple[FlowKind, str]]] = {
    "Dividends": (FlowKind.DIVIDEND, "date"),
    "Payment In Lieu Of Dividends": (FlowKind.DIVIDEND, "date"),
    "Withholding Tax": (FlowKind.OTHER, "date"),
    "Interest": (FlowKind.INTEREST, "date"),
    "Broker Interest": (FlowKind.INTEREST, "date"),
    "Fees": (FlowKind.FEE, "date"),
    "Transaction Fees": (FlowKind.FEE, "date"),
    "Deposits & Withdrawals": (FlowKind.DEPOSIT, "settle_date"),
}
POSITIONS: Final = frozenset({"Open Positions", "Long Open Positions"})


@dataclass(slots=True)
class Reading:
    """What is known of the statement so far."""

    frame: Frame
    number: str
    until: date
    seen: set[tuple[str, date]]


def read_ibkr_csv(text: str, frame: Frame) -> Iterator[Item]:
    """Everything that the statement says."""
    columns: dict[str, list[str]] = {}
    reading = Reading(frame, "", frame.today, set())
    for place, cells in raw_rows(text, frame):
        if len(cells) < LEAST_CELLS or not cells[1]:
            continue
        section, word, rest = cells[0], cells[1], cells[2:]
        if word == "Header":
            columns[section] = [plain(cell) for cell in rest]
        elif word == "Data" and section in columns:
            yield from _row(section, columns[section], rest, place, reading)


LEAST_CELLS = 3
"""Section, word, and one cell of it."""


def _row(
    section: str, names: list[str], rest: list[str], place: Place, reading: Reading
) -> Iterator[Item]:
    cells = Cells(place, dict(zip(names, rest, strict=False)), reading.frame)
    if section in {"Statement", "Account Information"}:
        _note(cells, reading)
        return
    reader = READERS.get(section)
    if reader is None and section not in CASH:
        return
    if len(rest) < len(names) - 1:
        reading.frame.refuse(place, f"{len(rest)} cells under {len(names)} columns")
        return
    told = Told(place, cells.text("account") or reading.number, _currency(cells, reading))
    if reader is not None:
        yield from reader(cells, told, reading)
    elif not cells.text("currency", "subtitle").startswith("Total"):
        yield from _cash(section, cells, told)


def _currency(cells: Cells, reading: Reading) -> Currency:
    return Currency(cells.text("currency") or reading.frame.base)


def _note(cells: Cells, reading: Reading) -> None:
    """The account, and the last day of the period."""
    name, value = cells.text("field_name"), cells.text("field_value")
    if name == "Account":
        reading.number = value.split(" ")[0]
    elif name == "Period":
        found = PERIOD_END.fullmatch(value)
        try:
            day = parsed_day(found.group(1), ("%B %d, %Y",)) if found else reading.frame.today
        except ValueError:
            day = reading.frame.today
        reading.until = min(day, reading.frame.today)


def _moment(cells: Cells, name: str) -> datetime:
    """A moment as ``2026-04-01, 09:30:00``, in New York; DAWN where only the day is told."""
    found = MOMENT.fullmatch(cells.text(name))
    try:
        if found is not None:
            return at_hour(parsed_day(found.group(1)), found.group(2) or "")
    except ValueError:
        pass  # said below, like what has no such form
    cells.wrong(name, "is no moment like 2026-01-31, 09:30:05")
    return on_day(date(1970, 1, 1))


def _is_shares(cells: Cells, what: str) -> bool:
    category = cells.text("asset_category")
    if category in {"Stocks", "Funds", "ETFs"}:
        return True
    if category and category not in {"Forex", "Cash"} and not category.startswith("Total"):
        said = f"{what} of {category} is passed over: only shares are taken"
        cells.frame.passed_over(cells.place, said)
    return False


def _trade(cells: Cells, told: Told, _reading: Reading) -> Iterator[Item]:
    kind = cells.text("datadiscriminator")
    if not _is_shares(cells, "a trade") or kind not in {"Order", "Trade", ""}:
        return
    quantity = cells.number("quantity")
    deal = Deal(
        cells.symbol("symbol"),
        Side.BUY if quantity > 0 else Side.SELL,
        abs(quantity),
        cells.number("t_price"),
        _moment(cells, "date_time"),
        -cells.amount("comm_fee", "comm_in_usd", "commission"),
    )
    yield trade(deal, told)


def _position(cells: Cells, told: Told, reading: Reading) -> Iterator[Item]:
    if not _is_shares(cells, "a position"):
        return
    symbol, quantity = cells.symbol("symbol"), cells.number("quantity")
    if cells.text("datadiscriminator") == "Lot":
        opened = _moment(cells, "open").astimezone(NEW_YORK).date()
        held = Held(symbol, quantity, cells.number_or_none("cost_basis"), opened, reading.until)
        yield lot(held, told)
    else:
        day = reading.until
        yield lot(Held(symbol, quantity, None, day, day), told, Kind.POSITION)


def _transfer(cells: Cells, told: Told, _reading: Reading) -> Iterator[Item]:
    """Shares that came or went; a transfer price is their value that day, and no basis."""
    if cells.text("asset_category").startswith("Total"):
        return
    day = _moment(cells, "date")
    if cells.text("asset_category") == "Cash":
        found = flow(Money(FlowKind.DEPOSIT, cells.amount("cash_amount"), day), told)
        yield from [found] if found else []
    elif _is_shares(cells, "a transfer"):
        on, quantity = day.astimezone(NEW_YORK).date(), abs(cells.number("qty", "quantity"))
        if cells.text("direction").lower() == "out":
            quantity = -quantity
        yield lot(Held(cells.symbol("symbol"), quantity, None, on, on), told, Kind.TRANSFER)


def _action(cells: Cells, told: Told, reading: Reading) -> Iterator[Item]:
    """A split tells its ratio in words: once for shares out and once for shares in."""
    if not _is_shares(cells, "a corporate action"):
        return
    said = cells.text("description")
    found = SPLIT_WORDS.search(said)
    if found is None or not Decimal(found.group(3)) or not Decimal(found.group(2)):
        if cells.amount("quantity"):
            refuse_move(cells.frame, cells.place, said[:30], said.split("(")[0][:12])
        return
    moment = _moment(cells, "date_time").astimezone(NEW_YORK)
    effective = moment.date() + timedelta(days=1 if moment.hour >= CLOSING_HOUR else 0)
    symbol = Symbol(found.group(1).upper())
    if (symbol, effective) not in reading.seen:
        reading.seen.add((symbol, effective))
        ratio = Decimal(found.group(2)) / Decimal(found.group(3))
        yield split(symbol, ratio, effective, told)


def _cash(section: str, cells: Cells, told: Told) -> Iterator[Item]:
    kind, name = CASH[section]
    if not cells.text(name) and not cells.text("date"):
        return  # a line of totals
    moment = _moment(cells, name if cells.text(name) else "date")
    of = OF_SYMBOL.match(cells.text("description"))
    symbol = Symbol(of.group(1).strip().replace(" ", ".")) if of else None
    amount = cells.amount("amount") or ZERO
    found = flow(Money(kind, amount, moment, "", symbol), told)
    yield from [found] if found else []


Reader = Callable[[Cells, Told, Reading], Iterator[Item]]

READERS: Final[Mapping[str, Reader]] = {
    "Trades": _trade,
    **dict.fromkeys(POSITIONS, _position),
    "Transfers": _transfer,
    "Corporate Actions": _action,
}


def is_activity(text: str) -> bool:
    """Whether it may be such a statement."""
    return KNOWN.search(text[:20_000]) is not None
