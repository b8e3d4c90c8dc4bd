"""How the demo ends: what was traded and why, what it cost, and where everything lies."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.cli.screen import show

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import Config
    from bot.report.history import CycleRow, RunReport, TradedRow
    from bot.rounds import Desk, Office
    from brokers.words import Execution, Symbol
    from strategies.plan import Plan

PLANS_MAX = 10_000


def finish(config: "Config", office: "Office", desk: "Desk", last: date) -> None:
    """Write the report and say what happened."""
    from bot.report.html import run_report

    page = config.path.parent / "report.html"
    report = gather(config, office, desk, last, page)
    page.write_text(run_report(report), encoding="utf-8")
    _say(report)


def gather(
    config: "Config", office: "Office", desk: "Desk", last: date, page: "object"
) -> "RunReport":
    """Everything that the report tells, from the book."""
    from bot.report.history import RunReport

    book, account = office.book, desk.account
    plans = [book.plan(row.plan_id) for row in reversed(book.plans(account, PLANS_MAX))]
    history = book.nav_history(account)
    executions = book.executions(account)
    state = desk.broker.account()
    first, end = plans[0], plans[-1]
    flows = (f.amount for f in book.cash_flows(account) if f.time > first.time)
    return RunReport(
        account=account,
        environment=state.environment,
        base=state.base,
        start=first.session,
        end=min(end.session, last),
        nav_start=first.nav,
        nav_end=end.nav,
        cycles=tuple(_cycle(plan, book) for plan in plans),
        history=history,
        deposits=sum(flows, Decimal(0)),
        traded=tuple(traded(executions)),
        totals={"Fees paid": f"{sum((e.fee for e in executions), Decimal(0)):,.2f} {state.base}"},
        places={
            "report": str(page),
            "book": config.book_url.removeprefix("sqlite:///"),
            "mails": str(config.mail.outbox),
            "config": str(config.path),
        },
    )


def _cycle(plan: "Plan", book: "Book") -> "CycleRow":
    from bot.report.history import CycleRow
    from bot.report.say import decision_text, reason_text

    done = book.plan_state(plan.plan_id) == "finished"
    return CycleRow(
        session=plan.session,
        decision=decision_text(plan.decision),
        reasons=tuple(reason_text(reason, plan.base) for reason in plan.reasons),
        orders=len(plan.legs) if done else 0,
        turnover=plan.turnover,
        cost=plan.worth.cost if plan.worth else Decimal(0),
        drift_before=plan.drift_before,
        drift_after=plan.drift_after if done else plan.drift_before,
    )


def traded(executions: "Iterable[Execution]") -> "Iterable[TradedRow]":
    """What was bought and sold of each name."""
    from bot.report.history import TradedRow
    from brokers.words import Side

    by_name: dict[Symbol, list[Execution]] = defaultdict(list)
    for execution in executions:
        by_name[execution.symbol].append(execution)
    for symbol, own in sorted(by_name.items()):
        bought = [e for e in own if e.side is Side.BUY]
        sold = [e for e in own if e.side is Side.SELL]
        yield TradedRow(
            symbol=symbol,
            orders=len({e.key for e in own}),
            shares_bought=_shares(bought),
            value_bought=_value(bought),
            shares_sold=_shares(sold),
            value_sold=_value(sold),
            fees=sum((e.fee for e in own), Decimal(0)),
        )


def _shares(executions: "Iterable[Execution]") -> Decimal:
    return sum((e.quantity for e in executions), Decimal(0))


def _value(executions: "Iterable[Execution]") -> Decimal:
    return sum((e.quantity * e.price for e in executions), Decimal(0))


def _say(report: "RunReport") -> None:
    from bot.report.amounts import money, percent
    from bot.report.tables import cycles_table
    from bot.report.text import render

    trades = report.trades
    show(f"[{report.environment}] {report.account}: {report.start} to {report.end}")
    if trades:
        show(render(cycles_table(trades)))
    drifts = [cycle.drift_before for cycle in trades]
    after = [cycle.drift_after for cycle in trades]
    mean = len(trades) or 1
    show(
        f"\n{len(report.cycles)} cycles, {len(trades)} of them traded"
        f" {sum(cycle.orders for cycle in trades)} orders"
        f"\nvalue {money(report.nav_start, report.base)} to {money(report.nav_end, report.base)},"
        f" deposits {money(report.deposits, report.base)}"
        f"\nlargest drift before a trade {percent(sum(drifts, Decimal(0)) / mean)} on average,"
        f" after it {percent(sum(after, Decimal(0)) / mean)}"
        f"\nestimated cost of all trades"
        f" {money(sum((c.cost for c in trades), Decimal(0)), report.base)}"
    )
    for label, value in {**report.totals, **report.places}.items():
        show(f"{label:<10} {value}")
