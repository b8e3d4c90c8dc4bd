"""How the demo ends: what was traded and why, what it cost, and where everything lies."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.screen import paint, show, tell

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import Config
    from bot.report.history import CycleRow, RunReport
    from bot.report.tables import Table
    from bot.rounds import Desk, Office
    from brokers.words import Execution, OrderKey
    from strategies.plan import Leg, Plan

PLANS_MAX = 10_000
ZERO = Decimal(0)


def finish(config: "Config", office: "Office", desk: "Desk") -> None:
    """Write the report and say what happened."""
    from bot.report.html import run_report

    book, account = office.book, desk.account
    plans = [book.plan(row.plan_id) for row in reversed(book.plans(account, PLANS_MAX))]
    if not plans:
        tell("the exchange was closed on all of these days: there is nothing to tell")
        return
    done = [plan for plan in plans if book.plan_state(plan.plan_id) == "finished" and plan.legs]
    executions = book.executions(account)
    page = config.path.parent / "report.html"
    report = gather(config, book, plans, done, executions, page)
    page.write_text(run_report(report), encoding="utf-8")
    show(in_words(report, done, executions))


def gather(
    config: "Config",
    book: "Book",
    plans: "Sequence[Plan]",
    done: "Sequence[Plan]",
    executions: "Sequence[Execution]",
    page: Path,
) -> "RunReport":
    """Everything that the report tells, from the book."""
    from bot.report.amounts import count, money
    from bot.report.history import RunReport
    from bot.report.traded import traded

    first, end = plans[0], plans[-1]
    flows = (f.amount for f in book.cash_flows(first.account) if f.time > first.time)
    carried_out = {plan.plan_id for plan in done}
    fees = sum((e.fee for e in executions), ZERO)
    mails = count(len(list(config.mail.outbox.glob("*.eml"))), "mail")
    return RunReport(
        account=first.account,
        environment=first.environment,
        base=first.base,
        start=first.session,
        end=end.session,
        nav_start=first.nav,
        nav_end=end.nav,
        cycles=tuple(_cycle(plan, is_done=plan.plan_id in carried_out) for plan in plans),
        history=book.nav_history(first.account),
        deposits=sum(flows, ZERO),
        traded=traded(executions),
        totals={
            "Fees paid": money(fees, first.base),
            "Spread and impact paid": money(slippage(done, executions), first.base),
        },
        places={
            "report": str(page),
            "book": config.book_url.removeprefix("sqlite:///"),
            "mails": f"{config.mail.outbox} ({mails})",
            "config": str(config.path),
        },
    )


def _cycle(plan: "Plan", *, is_done: bool) -> "CycleRow":
    from bot.report.history import CycleRow
    from bot.report.reasons import reason_text
    from bot.report.say import cost, decision_text

    return CycleRow(
        session=plan.session,
        decision=decision_text(plan.decision),
        reasons=tuple(reason_text(reason, plan.base) for reason in plan.reasons),
        orders=len(plan.legs) if is_done else 0,
        turnover=plan.turnover if is_done else ZERO,
        cost=cost(plan) if is_done else ZERO,
        drift_before=plan.drift_before,
        drift_after=plan.drift_after if is_done else plan.drift_before,
    )


def slippage(plans: "Iterable[Plan]", executions: "Iterable[Execution]") -> Decimal:
    """What the fills cost against the mid that their orders were planned at: above zero is paid."""
    from strategies.plan import leg_key

    legs: dict[OrderKey, Leg] = {leg.order.key: leg for p in plans for leg in p.legs}
    told = ((e, legs.get(leg_key(e.key))) for e in executions if e.key is not None)
    ours = ((e, leg) for e, leg in told if leg is not None)
    return sum((e.side.sign * e.quantity * (e.price - leg.mid) for e, leg in ours), ZERO)


def in_words(report: "RunReport", done: "Sequence[Plan]", executions: "Sequence[Execution]") -> str:
    """The end of the demo: trades and why, drift, cost, and where everything lies."""
    from bot.report.text import render

    word = str(report.environment)
    title = f"{paint(word, word)} {report.account}: {report.start} to {report.end}"
    table = [render(trades_table(report, done))] if done else ["Nothing had to be traded."]
    return "\n\n".join((title, *table, _sums(report, executions), _places(report)))


def trades_table(report: "RunReport", done: "Sequence[Plan]") -> "Table":
    """One row for every plan that was carried out."""
    from bot.report.amounts import number, percent
    from bot.report.say import brief, cost
    from bot.report.tables import Align, Column, Table

    columns = (
        Column("session", Align.LEFT),
        Column("why", Align.LEFT),
        Column("orders"),
        Column("of NAV"),
        Column("cost"),
        Column("drift pt"),
        Column("after"),
    )
    rows = tuple(
        (
            plan.session.isoformat(),
            brief(plan),
            str(len(plan.legs)),
            percent(plan.turnover),
            number(cost(plan)),
            number(plan.drift_before * 100),
            number(plan.drift_after * 100),
        )
        for plan in done
    )
    return Table(f"What was traded, and why; cost in {report.base}", columns, rows)


def _sums(report: "RunReport", executions: "Sequence[Execution]") -> str:
    from bot.report.amounts import count, money, percent

    base, trades = report.base, report.trades
    orders = count(sum(cycle.orders for cycle in trades), "order")
    paid_in = f", of it paid in {money(report.deposits, base)}" if report.deposits else ""
    before = [cycle.drift_before for cycle in trades]
    after = [cycle.drift_after for cycle in trades]
    drift = (
        f"{percent(_mean(before))} of NAV before a trade, {percent(_mean(after))} after it"
        if trades
        else "no trade"
    )
    rows = {
        "looked": f"{count(len(report.cycles), 'time')}, traded {count(len(trades), 'time')}:"
        f" {orders}, {count(len(executions), 'fill')}",
        "value": f"{money(report.nav_start, base)} to {money(report.nav_end, base)}{paid_in}",
        "drift": f"the largest was on average {drift}",
        "cost": f"planned {money(report.cost, base)}; "
        + ", ".join(f"{name.lower()} {amount}" for name, amount in report.totals.items()),
    }
    return "\n".join(f"{label:<7} {text}" for label, text in rows.items())


def _mean(shares: "Sequence[Decimal]") -> Decimal:
    return sum(shares, ZERO) / len(shares)


def _places(report: "RunReport") -> str:
    return "\n".join(f"{label:<7} {place}" for label, place in report.places.items())
