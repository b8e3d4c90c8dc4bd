"""The weekly report of an account: what was kept of it, put into a mail."""

from datetime import timedelta

from bot.alerts import mails
from bot.report.traded import traded
from bot.rounds import Desk, Office
from brokers.words import ZERO


def weekly(desk: Desk, office: Office) -> None:
    """The weekly report: current against target weights, and what to do about them."""
    plan = office.book.latest_plan(desk.account)
    if plan is None:
        return
    now = office.clock.now()
    rows = office.book.nav_history(desk.account, now - timedelta(days=8))
    if not rows:
        return
    first, last = rows[0].time, rows[-1].time
    flows = (f.amount for f in office.book.cash_flows(desk.account) if first < f.time <= last)
    executions = [e for e in office.book.executions(desk.account) if first <= e.time <= now]
    week = mails.Week(rows, sum(flows, ZERO), traded(executions))
    office.book.post(mails.weekly(plan, week, now))
