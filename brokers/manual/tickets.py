"""Order tickets: what a person is asked to do at the broker, and what became of it.

    tickets/TICKET-<plan>.csv     one line an order; the truth
    tickets/TICKET-<plan>.html    the same to read and to print; see ``page``

A line is added once, never changed but for the time of its withdrawal, and never removed. It
asks for the rest of the trading day on which it was written, or where its ``force`` says "cls" for
that day's closing auction; a ticket without such a line has no column for it.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from brokers.manual import page
from brokers.manual.disk import write_whole
from brokers.manual.folder import refuse
from brokers.manual.line import BANNER, Line
from brokers.manual.row import Row
from brokers.manual.sheet import REMARK, Layout, csv_line, read_sheet
from brokers.words import USD, AccountId, Order, OrderKey, Side, TimeInForce

FOLDER = "tickets"
TICKET = Layout(
    "TICKET",
    ("key", "symbol", "side", "quantity", "limit", "currency", "written"),
    ("withdrawn", "note", "force"),
)


def ticket_of(key: OrderKey) -> str:
    """The ticket that an order goes on: one for each plan, by the plan's name in ``TT-PLAN-001``.

    A key of another shape has a ticket all the same; orders are found by their key, not by it.
    """
    plan = key.removeprefix("TT-").rpartition("-")[0] or key
    return f"TICKET-{re.sub(r'[^A-Za-z0-9._-]', '_', plan)}"


def read_tickets(folder: Path) -> tuple[Line, ...]:
    """Every line of every ticket, oldest first. Raises ``BadAnswer`` where one is damaged."""
    mistakes: list[str] = []
    lines = [
        line
        for path in sorted((folder / FOLDER).glob("TICKET-*.csv"))
        for line in _read(path, mistakes)
    ]
    refuse(mistakes, folder / FOLDER)
    return tuple(sorted(lines, key=lambda line: line.written))


def _read(path: Path, mistakes: list[str]) -> list[Line]:
    sheet = read_sheet(path, TICKET, mistakes)
    return [] if sheet is None else [_line(row, path.stem) for row in sheet.rows]


def _line(row: Row, ticket: str) -> Line:
    order = Order(
        OrderKey(row.name("key")),
        row.symbol(),
        row.word("side", Side),
        row.positive("quantity"),
        row.positive("limit"),
        row.currency(USD),
        row.cells.get("note", ""),
        row.word("force", TimeInForce) if row.has("force") else TimeInForce.DAY,
    )
    withdrawn = row.time("withdrawn") if row.has("withdrawn") else None
    return Line(order, ticket, row.time("written"), withdrawn)


def unwritable(line: Line) -> str:
    """Why ``line`` could not be read back as it is, or an empty string: then it is not written."""
    mistakes: list[str] = []
    row = Row(line.ticket, dict(zip(TICKET.columns, _cells(line), strict=True)), mistakes)
    same = _line(row, line.ticket) == line
    return "; ".join(mistakes) or ("" if same else f"{line.ticket}: it would be read otherwise")


def write_ticket(folder: Path, account: AccountId, lines: Sequence[Line]) -> None:
    """Write one ticket anew, first the truth, then the page. Raises ``OSError``."""
    place = folder / FOLDER
    name = lines[0].ticket
    head = f"{REMARK} {BANNER} {account}: carry these orders out by hand at your broker\n"
    width = len(TICKET.columns) - all(line.order.force is TimeInForce.DAY for line in lines)
    rows = (TICKET.columns, *map(_cells, lines))
    body = "".join(csv_line(row[:width]) for row in rows)
    write_whole(place / f"{name}.csv", head + body)
    write_whole(place / f"{name}.html", page.render(account, name, lines))


def _cells(line: Line) -> list[str]:
    order = line.order
    withdrawn = "" if line.withdrawn is None else line.withdrawn.isoformat()
    return [
        order.key,
        order.symbol,
        order.side.value,
        f"{order.quantity:f}",
        f"{order.limit:f}",
        order.currency,
        line.written.isoformat(),
        withdrawn,
        order.note,
        "" if order.force is TimeInForce.DAY else order.force.value,
    ]


def find_line(lines: Iterable[Line], key: OrderKey) -> Line | None:
    """The line of the order ``key``."""
    return next((line for line in lines if line.order.key == key), None)


def replaced(lines: Iterable[Line], changed: Line) -> tuple[Line, ...]:
    """The ticket of ``changed``, with that line as it is now, or with it added at the end."""
    same = [line for line in lines if line.ticket == changed.ticket]
    if find_line(same, changed.order.key) is None:
        return (*same, changed)
    return tuple(changed if line.order.key == changed.order.key else line for line in same)
