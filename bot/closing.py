"""The close of a day: nothing of ours is left in the market, and book and broker agree.

A day whose orders, executions, lots, positions and cash were not seen to agree is not closed, and a
person is told the same evening, not when the next cycle finds it.
"""

from bot.carry import for_auction
from bot.cycle import clear
from bot.reconcile import Refusal, catch_up, tie_out
from bot.rounds import Desk, Office, closing_post, hold, tell, tell_trouble
from brokers.words import Session

RUNS_MAX = 500
"""Runs of one account in a session at most: one a minute, and more."""


def close_day(desk: Desk, office: Office) -> None:
    """Take back what is left, book what has happened, and compare; once after each session.

    An account that nobody worked in the session has no day to close. Raises what keeps the day
    open: a ``Refusal``, or that the broker does not answer.
    """
    now = office.clock.now()
    session = office.sessions.previous_sessions(now, 1)[0]
    if not _was_worked(desk, office, session):
        return
    with hold(desk, office):
        post = closing_post(desk, office, session)
        clear(post, desk.broker, office.book)
        catch_up(post.policy, post.identity, desk.broker, office.book, now)
        found = tie_out(post, desk.broker, office.book)
        _tell_auction(desk, office, session)
    why = [item.words for item in found.breaks]
    why += [f"order {row.order.key} may still fill" for row in office.book.unsettled(desk.account)]
    if why:
        remedy = f"run: trimtab reconcile --account {desk.account}"
        tell_trouble(desk, office, Refusal("; ".join(why), remedy), NOT_CLOSED)


def _tell_auction(desk: Desk, office: Office, session: Session) -> None:
    """What the closing auction made of the orders that waited for it."""
    if not desk.broker.capabilities.sends_orders:
        return
    for row in office.book.plans(desk.account, PLANS_MAX, state="finished"):
        if row.session == session.day and for_auction(plan := office.book.plan(row.plan_id)):
            tell(desk, office, plan)


PLANS_MAX = 20
"""Plans of one account that are carried out in a session at most, and more."""

NOT_CLOSED = "the day does not add up"


def _was_worked(desk: Desk, office: Office, session: Session) -> bool:
    if office.book.unsettled(desk.account):
        return True
    runs = office.book.runs(desk.account, RUNS_MAX)
    return any(session.opens <= run.started <= session.closes for run in runs)
