"""Verbs that only look into the book: status, orders, history. None of them talks to a broker."""

import os
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from bot.cli.options import Account, AsJson, Limit, Options, account_id
from bot.cli.screen import next_step, paint, show, show_json
from bot.cli.wiring import open_book, read_config

if TYPE_CHECKING:
    from bot.book.glance import AccountGlance, Glance
    from bot.book.rows import OrderRow


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.command()(status)
    app.command()(orders)
    app.command()(history)


def status(context: typer.Context, as_json: AsJson = False) -> int:
    """How every account stands: mode of money, value, drift, orders, halts.

    Example: trimtab status --json | jq '.accounts[].halted'
    """
    from bot.book.glance import glance
    from bot.config.where import find_book

    options: Options = context.obj
    seen = glance(find_book(options.config, os.environ))
    if as_json:
        show_json(
            "status",
            accounts=[account._asdict() for account in seen.accounts],
            halted=seen.halted,
            mails_unsent=seen.mails_unsent,
            plans_waiting=seen.plans_waiting,
        )
    else:
        show("\n\n".join(_account(account) for account in seen.accounts) or "no account yet")
        _advise(seen)
    return 0


def _account(seen: "AccountGlance") -> str:
    halted = f"HALTED: {seen.halted}" if seen.halted else "active"
    lines = (
        f"{paint(str(seen.environment), str(seen.environment))}  {seen.account}: {halted}",
        f"  net asset value  {_amount(seen.nav)}, cash {_amount(seen.cash)}",
        f"  largest drift    {_share(seen.max_drift)}",
        f"  last look        {seen.seen or 'never'}",
        f"  last plan        {_words(seen.plan_id, seen.plan_kind, seen.plan_state)}",
        f"  last slot        {_words(seen.run_slot, _outcome(seen.run_ok))}",
        f"  open orders      {seen.orders_open}",
    )
    return "\n".join(line.rstrip() for line in lines)


def _words(*parts: str | None) -> str:
    return " ".join(part for part in parts if part) or "none"


def _amount(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"


def _share(share: Decimal | None) -> str:
    return "unknown" if share is None else f"{share:.2%} of NAV"


def _outcome(ok: bool | None) -> str:  # it is what the book holds
    return {True: "done", False: "failed", None: ""}[ok]


def _advise(seen: "Glance") -> None:
    if seen.mails_unsent:
        next_step(f"{seen.mails_unsent} mails wait to be sent: trimtab check")
    elif any(account.halted for account in seen.accounts):
        next_step("find the cause, then: trimtab reconcile; trimtab resume ACCOUNT")
    else:
        next_step("trimtab plan shows what would be done now")


def orders(
    context: typer.Context, account: Account = None, as_json: AsJson = False, limit: Limit = 20
) -> int:
    """Orders and what became of each, newest first; a refusal of the gate names its rule.

    Example: trimtab orders --account main --json
    """
    from bot.report.tables import Align, Column, Table
    from bot.report.text import render

    options: Options = context.obj
    with open_book(read_config(options.config)) as book:
        rows = book.orders(account_id(account), None, limit)
    if as_json:
        show_json("orders", orders=rows)
        return 0
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
    show(render(Table("Orders", columns, cells)) if cells else "no orders yet")
    return 0


def _order_cells(row: "OrderRow") -> tuple[str, ...]:
    from bot.report.amounts import price, quantity

    order = row.order
    outcome = f"{row.last_event or 'unknown'} {row.detail}".strip()
    return (
        order.key,
        order.side.value,
        order.symbol,
        quantity(order.quantity),
        quantity(row.filled),
        price(order.limit),
        outcome,
    )


def history(
    context: typer.Context, account: Account = None, as_json: AsJson = False, limit: Limit = 20
) -> int:
    """Plans and what became of them, newest first.

    Example: trimtab history --limit 5
    """
    from bot.report.tables import Align, Column, Table
    from bot.report.text import render

    options: Options = context.obj
    with open_book(read_config(options.config)) as book:
        rows = book.plans(account_id(account), limit)
    if as_json:
        show_json("history", plans=rows)
        return 0
    columns = (
        Column("plan", Align.LEFT),
        Column("account", Align.LEFT),
        Column("session", Align.LEFT),
        Column("decision", Align.LEFT),
        Column("state", Align.LEFT),
        Column("why", Align.LEFT),
    )
    cells = tuple((r.plan_id, r.account, str(r.session), r.kind, r.state, r.why) for r in rows)
    show(render(Table("Plans", columns, cells)) if cells else "no plans yet")
    return 0
