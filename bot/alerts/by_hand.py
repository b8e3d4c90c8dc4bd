"""What is told of a plan whose orders a person carries out: which ticket, and what comes first."""

from datetime import datetime

from bot.alerts.compose import Stamp, mail, picture, plan_facts, topic
from bot.book.rows import Mail
from bot.report import plots
from bot.report.amounts import count, moment
from bot.report.letter import Letter, Picture, drift_bars
from bot.report.pairs import by_hand_texts
from bot.report.reasons import reason_text
from bot.report.say import cash_text, cost_text, decision_text, orders_text, warnings, worst_text
from bot.report.tables import drift_table, lots_table, orders_table
from strategies.plan import Plan

HOW = (
    "Nothing was sent: enter them at your broker as limit orders for today, the sales first. What "
    "does not fill today lapses."
)
ROWS_MAX = 60
"""Rows of a table; a book of many hundred names is read elsewhere."""


def ticket(plan: Plan, now: datetime) -> Mail:
    """The orders of a plan stand on a ticket, for a person to enter at the broker."""
    orders = count(len(plan.legs), "order")
    letter = Letter(
        environment=plan.environment,
        title=f"{plan.plan_id}: {orders} for you to carry out",
        sentences=(
            f"{decision_text(plan.decision)}.",
            f"They stand on TICKET-{plan.plan_id}, in the folder tickets of the account.",
            HOW,
            *by_hand_texts(plan),
            orders_text(plan),
            cost_text(plan, "Estimated cost"),
            cash_text(plan),
        ),
        points=(
            *(f"Noticed: {reason_text(reason, plan.base)}" for reason in plan.reasons),
            *(f"Warning: {warning}" for warning in warnings(plan)),
        ),
        asks=("Afterwards bring the fills in; positions.csv and cash.csv must be of today:",),
        commands=("trimtab fills import FILE",),
        facts=(*plan_facts(plan), ("Written", moment(now))),
        tables=(orders_table(plan, ROWS_MAX), lots_table(plan), drift_table(plan, ROWS_MAX)),
        bars=drift_bars(plan),
        pictures=(Picture("drift", f"Drift of each name against its band: {worst_text(plan)}."),),
        why="You get this after each plan of an account that you trade by hand.",
    )
    news = f"{plan.plan_id}: {orders} for you to carry out"
    stamp = Stamp(topic(plan, plan.plan_id, "ticket"), now, "warn", news)
    return mail(letter, stamp, (picture("drift", plots.drift_bars(plan)),))
