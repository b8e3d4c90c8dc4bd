"""Who was looked through for losses in a session, and the alarm where one was not.

A scan that silently does not happen costs its owner money, and nobody hears of it. Each plan says
whether the account's lots were looked through (``Plan.unscanned``); after the close all plans of
the session are gone over, and an account without one counts as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts.unscanned import unscanned
from bot.book.book import Book
from bot.rounds import Desk, Office
from brokers.words import AccountId, Environment, Session
from strategies.policy import Policy, TaxKind

PLANS_MAX = 500
"""Plans of one account that a session has at most: one a minute, and more."""

LATE = timedelta(minutes=30)
"""Until so long after the close an account that never ran counts; later it may be a new one."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One eligible account in one session; ``why`` it was not scanned is empty where it was."""

    account: AccountId
    environment: Environment
    why: str


def is_eligible(policy: Policy) -> bool:
    """Whether the owner wants losses of this account harvested, and it has any to take."""
    return policy.harvest is not None and policy.tax.kind is TaxKind.TAXABLE


def scans(desks: Iterable[Desk], book: Book, session: Session) -> Iterator[Scan]:
    """Every eligible account of ``desks`` in ``session``."""
    for desk in desks:
        if is_eligible(desk.config.policy):
            yield Scan(desk.account, desk.config.environment, _why(desk, book, session))


def _why(desk: Desk, book: Book, session: Session) -> str:
    """Why nothing looked through the account's lots, or an empty string.

    A plan of the session that did is enough, whatever came before or after it.
    """
    rows = [r for r in book.plans(desk.account, PLANS_MAX) if r.session == session.day]
    said = [book.plan(row.plan_id).unscanned for row in rows]
    if "" in said:
        return ""
    if told := [each for each in said if each]:
        return told[0]
    if rows:
        return "its plans of the day were made before harvesting was turned on"
    if halt := book.halted(desk.account):
        return f"it is {halt.words}"
    ran = [run for run in book.runs(desk.account, PLANS_MAX) if session.opens <= run.started]
    failed = [run.why for run in ran if run.started <= session.closes and run.why]
    return failed[0] if failed else "it was not looked at"


def tell_unscanned(desks: Sequence[Desk], office: Office, now: datetime) -> None:
    """After a session: one alarm for all accounts of one kind of money that were not scanned."""
    session = office.sessions.previous_sessions(now, 1)[0]
    if now > session.closes + LATE:  # the machine was away, or starts for the first time
        desks = [desk for desk in desks if _has_run(desk, office.book, session)]
    found = tuple(scans(desks, office.book, session))
    for environment in Environment:
        ours = tuple(one for one in found if one.environment is environment)
        if missed := [(one.account, one.why) for one in ours if one.why]:
            mail = unscanned(environment, missed, len(ours), session.day, now)
            office.book.post(mail)


def _has_run(desk: Desk, book: Book, session: Session) -> bool:
    runs = book.runs(desk.account, PLANS_MAX)
    return any(run.started <= session.closes for run in runs)
