"""Verbs that look into the book: orders and history. Neither of them talks to a broker."""

from typing import TYPE_CHECKING

import typer

from bot.cli.accounts import chosen, environments, label
from bot.cli.exits import Exit
from bot.cli.options import Account, AsJson, Limit, Options
from bot.cli.screen import next_step, show, show_json
from bot.cli.teach import teach
from bot.cli.wiring import open_book, read_config

if TYPE_CHECKING:
    from bot.book.rows import OrderRow, PlanRow


INDENT = " " * len("2020-01-02  ")


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        orders,
        ("trimtab orders --account main", "one account"),
        ("trimtab orders -n 100 --json", "for a script"),
    )
    teach(
        app,
        history,
        ("trimtab history --limit 5", "the last five plans"),
        ("trimtab history --json | jq '.plans[].why'", "why, again and again"),
    )


def orders(
    context: typer.Context, account: Account = None, as_json: AsJson = False, limit: Limit = 20
) -> int:
    """Orders, and what became of each.

    Newest first. An order that the gate refused says which limit refused it.
    """
    from bot.cli.documents import OrdersDocument

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    with open_book(config) as book:
        found = [(each, book.orders(each.account, None, limit)) for each in accounts]
    if as_json:
        every = tuple(row for _, rows in found for row in rows)
        show_json(OrdersDocument(environments(accounts), every))
    else:
        show("\n\n".join(_orders(label(each), rows) for each, rows in found))
        next_step("trimtab fills shows what was executed")
    return Exit.OK


def _orders(title: str, rows: "tuple[OrderRow, ...]") -> str:
    from bot.report.tables import Align, Column, Table
    from bot.report.text import render

    columns = (
        Column("order", Align.LEFT),
        Column("side", Align.LEFT),
        Column("symbol", Align.LEFT),
        Column("quantity"),
        Column("filled"),
        Column("limit"),
        Column("outcome", Align.LEFT),
    )
    cells = tuple(_order_cells(row) for row in rows)
    return render(Table(f"{title}: orders", columns, cells)) if cells else f"{title}: no orders yet"


def _order_cells(row: "OrderRow") -> tuple[str, ...]:
    from bot.report.amounts import price, quantity
    from brokers.words import TimeInForce

    order = row.order
    when = " at the close" if order.force is TimeInForce.CLOSE else ""
    outcome = ": ".join(filter(None, (row.last_event or "not sent yet", row.detail)))
    return (
        order.key,
        order.side.value,
        order.symbol,
        quantity(order.quantity),
        quantity(row.filled),
        price(order.limit) + when,
        outcome,
    )


def history(
    context: typer.Context, account: Account = None, as_json: AsJson = False, limit: Limit = 20
) -> int:
    """Plans, and what became of each.

    Newest first, those to do nothing too: each says why.
    """
    from bot.cli.documents import HistoryDocument

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    with open_book(config) as book:
        found = [(each, book.plans(each.account, limit)) for each in accounts]
    if as_json:
        every = tuple(row for _, rows in found for row in rows)
        show_json(HistoryDocument(environments(accounts), every))
    else:
        show("\n\n".join(_history(label(each), rows) for each, rows in found))
        next_step("trimtab orders shows what was sent")
    return Exit.OK


def _history(title: str, rows: "tuple[PlanRow, ...]") -> str:
    from bot.report.text import wrap

    if not rows:
        return f"{title}: no plans yet"
    lines = [f"{title}: plans"]
    for row in rows:
        lines += ["", f"{row.session}  plan {row.plan_id}  {row.kind}, {row.state}"]
        if row.why:
            lines.append(wrap(row.why, bullet=INDENT))
    return "\n".join(lines)
