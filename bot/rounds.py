"""What a slot of the schedule does for one account: the cycle, then telling people about it.

A plan that a person has approved goes first. Whatever is said goes into the book's outbox in the
same words as everywhere; it is delivered by a job of its own, so that a mail server that is down
never holds up a cycle.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.alerts import mails
from bot.book.book import Book
from bot.book.rows import Mail
from bot.clock import Clock
from bot.config.settings import AccountConfig, AlertSettings
from bot.cycle import clear, run_approved, run_cycle, watch
from bot.limits import Limits
from bot.post import Identity, Post, Step
from bot.progress.search import Searches
from bot.reconcile import Refusal
from bot.report.traded import traded
from brokers.broker import Broker
from brokers.words import ZERO, AccountId, OrderKey, Session
from strategies.plan import Hold, Plan

SESSIONS_BACK = 9
"""With today's the ten sessions of the repeated-execution limit (RTS 6, article 15(3))."""


class SessionBook(Protocol):
    """Which trading day a moment belongs to."""

    def session_at(self, moment: datetime) -> Session | None:
        """The session that ``moment`` lies in, or None while the exchange is closed."""
        ...

    def next_session(self, moment: datetime) -> Session:
        """The first session that opens after ``moment``."""
        ...

    def previous_sessions(self, moment: datetime, count: int) -> tuple[Session, ...]:
        """The last ``count`` sessions that had closed at ``moment``, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """One account: its settings, its open broker, and the fingerprint of its policy."""

    config: AccountConfig
    broker: Broker
    digest: str

    @property
    def account(self) -> AccountId:
        """The account's name in the config."""
        return self.config.account


@dataclass(frozen=True, slots=True)
class Office:
    """What all accounts share."""

    book: Book
    sessions: SessionBook
    clock: Clock
    alerts: AlertSettings
    step: Step
    stopping: Callable[[], bool]
    disk_free_mib: Callable[[], int]
    searches: Searches = field(default_factory=Searches)


def post_of(desk: Desk, office: Office) -> Post:
    """The post of this account for the session that is open now; a ``Refusal`` if none is."""
    now = office.clock.now()
    session = office.sessions.session_at(now)
    if session is None:
        raise Refusal("the exchange is closed", "run again while it is open, or let the daemon run")
    return _post(desk, office, session, desk.config.limits)


def planning_post(desk: Desk, office: Office) -> Post:
    """The post to plan from at any hour: while the exchange is closed, for its next session.

    Quotes may then be as old as the last close. They are good enough to be looked at, and no
    order leaves from here: it is for ``prepare``, which is given no way to send one.
    """
    now, limits = office.clock.now(), desk.config.limits
    session = office.sessions.session_at(now)
    if session is not None:
        return _post(desk, office, session, limits)
    idle = now - office.sessions.previous_sessions(now, 1)[0].closes
    age = limits.quote_age_seconds + int(idle.total_seconds())
    upcoming = office.sessions.next_session(now)
    return _post(desk, office, upcoming, replace(limits, quote_age_seconds=age))


def _post(desk: Desk, office: Office, session: Session, limits: Limits) -> Post:
    config, now = desk.config, office.clock.now()
    past = office.sessions.previous_sessions(now, SESSIONS_BACK)
    return Post(
        policy=config.policy,
        policy_digest=desk.digest,
        identity=Identity(config.environment, config.live_account),
        limits=limits,
        clock=office.clock,
        session=session,
        lookback=past[0].opens,
        step=office.step,
        stopping=office.stopping,
        disk_free_mib=office.disk_free_mib,
        searches=office.searches,
        folder=config.folder,
        prices=config.prices,
        last_session=past[-1].day,
    )


def work_slot(desk: Desk, office: Office) -> Plan:
    """One slot: the plans that a person approved, then a cycle, then who must be told.

    An approval that no longer holds does not hold up the cycle.
    """
    try:
        work_approved(desk, office)
    except Refusal as refusal:
        tell_trouble(desk, office, refusal)
    return tell(desk, office, run_cycle(post_of(desk, office), desk.broker, office.book))


def watch_slot(desk: Desk, office: Office) -> Plan | None:
    """One look of continuous monitoring; a cycle only where something asks for one.

    The first look of a session is a cycle: it leaves a picture of the day, and warns of drift.
    What a person was shown in this session is not put before them again.
    """
    post = post_of(desk, office)
    if office.book.halted(desk.account):
        clear(post, desk.broker, office.book)
        return None
    work_approved(desk, office)
    if not _is_seen(desk, office, post):
        return tell(desk, office, run_cycle(post, desk.broker, office.book))
    if _was_shown(desk, office) or not watch(post, desk.broker, office.book):
        return None
    return tell(desk, office, run_cycle(post, desk.broker, office.book))


def _is_seen(desk: Desk, office: Office, post: Post) -> bool:
    """Whether a cycle has looked at the account in this session."""
    latest = office.book.plans(desk.account, 1)
    return bool(latest) and latest[0].session == post.session.day


def _was_shown(desk: Desk, office: Office) -> bool:
    """Whether the newest plan is one that a person has been told of and nothing will come of."""
    latest = office.book.plans(desk.account, 1)[0]
    return latest.state == "rejected" or (latest.state == "proposed" and latest.kind == "rebalance")


def work_approved(desk: Desk, office: Office) -> None:
    """Carry out what a person has approved; what waited too long expires."""
    book, now = office.book, office.clock.now()
    for row in book.lapsed_plans(desk.account, now):
        book.mark_plan(row.plan_id, "expired", "trimtab", "nobody approved it in time", now)
    for row in book.plans(desk.account, state="approved"):
        post = post_of(desk, office)
        if not post.orders_from <= now <= post.orders_until:
            return  # it keeps: the gate would refuse every order, and the approval be spent
        plan = book.plan(row.plan_id)
        run_approved(post, plan, desk.broker, book)
        tell(desk, office, plan)


def has_approved(desk: Desk, office: Office) -> bool:
    """Whether a plan waits to be carried out, and may be: the daemon asks once a minute."""
    book = office.book
    return bool(book.plans(desk.account, state="approved")) and not book.halted(desk.account)


def tell(desk: Desk, office: Office, plan: Plan) -> Plan:
    """Put what a person must know about ``plan`` into the outbox."""
    book, account = office.book, plan.account
    mail: Mail | None
    match book.plan_state(plan.plan_id):
        case "awaiting":
            deadline = plan.time + desk.config.policy.approval.valid_for
            mail = mails.action_needed(plan, deadline)
        case "finished":
            fills = [e for e in book.executions(account) if e.key in _keys(plan)]
            mail = mails.executed(plan, fills, office.clock.now())
        case "proposed" if plan.legs:
            mail = mails.proposal(plan)
        case "proposed" if isinstance(plan.decision, Hold) and plan.decision.remedy:
            if not office.stopping():  # what was cut short by a stop is no trouble
                tell_trouble(desk, office, Refusal(plan.decision.why, plan.decision.remedy))
            return plan
        case _:
            mail = mails.drift_warning(plan, office.alerts.drift_warning)
    for each in (mail, mails.alert(plan)):
        if each is not None:
            book.post(each)
    return plan


def _keys(plan: Plan) -> frozenset[OrderKey]:
    return frozenset(leg.order.key for leg in plan.legs)


def tell_trouble(desk: Desk, office: Office, error: Exception) -> None:
    """A cycle failed or was refused: say so, with the remedy, once for each cause and day."""
    now = office.clock.now()
    halt = office.book.halted(desk.account)
    office.book.post(
        mails.failed(
            mails.Trouble(
                account=desk.account,
                environment=desk.config.environment,
                session=now.date(),
                what=str(error),
                remedy=str(getattr(error, "remedy", "")) or "run: trimtab check",
                is_halted=halt is not None,
            ),
            now,
        )
    )


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
