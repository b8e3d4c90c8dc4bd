"""What a slot of the schedule does for one account: the cycle, then telling people about it.

A plan that a person has approved goes first. Whatever is said goes into the book's outbox in the
same words as everywhere; it is delivered by a job of its own, so that a mail server that is down
never holds up a cycle.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.alerts import by_hand, mails
from bot.alerts.unposted import Unposted
from bot.book.book import Book
from bot.book.errors import BookBroken, BookError, BookFull, BookLocked
from bot.book.life import RISEN
from bot.book.rows import Mail
from bot.carry import at_auction, open_for_auction
from bot.clock import Clock
from bot.config.settings import AccountConfig, AlertSettings
from bot.cycle import clear, run_approved, run_cycle, watch
from bot.health.calls import Calls
from bot.household.kin import Kin
from bot.household.relieved import sheet_of
from bot.limits import Limits
from bot.pairs import half_done
from bot.post import Identity, Post, Step
from bot.prices.told import last_told
from bot.progress.search import Searches
from bot.reconcile import Refusal
from bot.switch import Halt, Switch, worst
from brokers.broker import Broker
from brokers.words import AccountId, Session
from strategies.lots import BadLots
from strategies.plan import Hold, Plan, leg_key

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
    kin: Mapping[AccountId, Kin] = field(default_factory=dict)
    """The household of each account of the config, of those too that are not worked now."""
    drawn: bool = True
    """Whether mails have pictures."""
    switch: Switch = field(default_factory=Switch)
    calls: Calls = field(default_factory=Calls)
    """Who speaks with which broker: who works an account, or who looks whether it answers."""
    unposted: Unposted = field(default_factory=Unposted)

    def post(self, mail: Mail, *, is_writable: bool = True) -> None:
        """Put a mail into the outbox; where the book does not take it, it goes out without it.

        Unless ``is_writable`` the book is not even asked: that would take as long as it waits.
        """
        if self.unposted.knows(mail):
            return
        try:
            if is_writable:
                self.book.post(mail)
                return
        except BookError:
            pass
        self.unposted.keep(mail)
        self.book.posted()


def post_of(desk: Desk, office: Office) -> Post:
    """The post of this account for the session that is open now; a ``Refusal`` if none is."""
    now = office.clock.now()
    session = office.sessions.session_at(now)
    if session is None:
        raise Refusal("the exchange is closed", "run again while it is open, or let the daemon run")
    limits = office.book.latches.settle(desk.account, desk.config.limits, now)
    return _post(desk, office, session, limits)


def limits_in_force(desk: Desk, office: Office) -> Limits:
    """Those of the config, but for what a named person has yet to confirm."""
    return office.book.latches.in_force(desk.account, desk.config.limits)


def planning_post(desk: Desk, office: Office) -> Post:
    """The post to plan from at any hour: while the exchange is closed, for its next session.

    Quotes may then be as old as the last close. They are good enough to be looked at, and no
    order leaves from here: it is for ``prepare``, which is given no way to send one.
    """
    now, limits = office.clock.now(), limits_in_force(desk, office)
    session = office.sessions.session_at(now)
    if session is not None:
        return _post(desk, office, session, limits)
    idle = now - office.sessions.previous_sessions(now, 1)[0].closes
    age = limits.quote_age_seconds + int(idle.total_seconds())
    upcoming = office.sessions.next_session(now)
    return _post(desk, office, upcoming, replace(limits, quote_age_seconds=age))


def closing_post(desk: Desk, office: Office, session: Session) -> Post:
    """The post from which a session that is over is closed; no order could leave from it."""
    return _post(desk, office, session, limits_in_force(desk, office))


def _post(desk: Desk, office: Office, session: Session, limits: Limits) -> Post:
    config, now = desk.config, office.clock.now()
    past = office.sessions.previous_sessions(now, SESSIONS_BACK)
    cash = replace(
        config.policy.cash,
        cash_floor=limits.cash_floor,
        cash_floor_weight=limits.cash_floor_weight,
    )
    return Post(
        policy=replace(config.policy, cash=cash),  # what is planned keeps the floor in force
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
        last_session=last_told(past, now),
        openings=tuple(each.opens for each in past),
        kin=office.kin.get(desk.account),
        switch=office.switch,
    )


def work_slot(desk: Desk, office: Office) -> Plan:
    """One slot: the plans that a person approved, then a cycle, then who must be told.

    An approval that no longer holds does not hold up the cycle. ``LeaseHeld`` where another
    process works the account.
    """
    with hold(desk, office):
        try:
            work_approved(desk, office)
        except Refusal as refusal:
            tell_trouble(desk, office, refusal)
        return _cycle(desk, office, post_of(desk, office))


@contextmanager
def hold(desk: Desk, office: Office) -> Iterator[None]:
    """Be the one process that works this account, and in it the one that speaks with its broker."""
    with office.calls.held(desk.account), office.book.leases.held(desk.account, office.clock.now):
        yield


def _cycle(desk: Desk, office: Office, post: Post) -> Plan:
    """A cycle, and who must be told: also of what one left half done that was killed or failed."""
    book, begun = office.book, office.clock.now()
    left = [row.plan_id for row in book.plans(desk.account, state="started")]
    plan: Plan | None = None
    try:
        plan = run_cycle(post, desk.broker, book)
    finally:
        if plan is None:
            new = book.plans(desk.account, 1, state="void")
            left += [row.plan_id for row in new if row.time >= begun]
        if plan is None or not plan.legs:  # else the new plan has gone on with it
            for plan_id in left:
                tell_half_done(desk, office, book.plan(plan_id))
        for note in book.told_since(desk.account, RISEN, begun):
            what = f"order {note.key} is in the market: {note.detail}"
            tell_trouble(desk, office, Refusal(what, TAKEN_BACK), "an order came back")
    return tell(desk, office, plan)


def watch_slot(desk: Desk, office: Office) -> Plan | None:
    """One look of continuous monitoring; a cycle only where something asks for one.

    The first look of a session is a cycle: it leaves a picture of the day, and warns of drift.
    What a person was shown in this session is not put before them again.
    """
    with hold(desk, office):
        return _watch(desk, office, post_of(desk, office))


def _watch(desk: Desk, office: Office, post: Post) -> Plan | None:
    if (halt := post.halt(office.book)) is not None and halt.takes_back:
        clear(post, desk.broker, office.book)
        return None
    work_approved(desk, office)
    if not _is_seen(desk, office, post):
        return _cycle(desk, office, post)
    if _was_shown(desk, office) or not watch(post, desk.broker, office.book):
        return None
    return _cycle(desk, office, post)


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
    with hold(desk, office):
        _work_approved(desk, office)


def _work_approved(desk: Desk, office: Office) -> None:
    book, now = office.book, office.clock.now()
    for row in book.lapsed_plans(desk.account, now):
        book.mark_plan(row.plan_id, "expired", "trimtab", "nobody approved it in time", now)
    for row in book.plans(desk.account, state="approved"):
        post = post_of(desk, office)
        if not post.orders_from <= now <= post.orders_until or at_auction(post, book):
            return  # it keeps: the gate would refuse every order, and the approval be spent
        plan = book.plan(row.plan_id)
        run_approved(post, plan, desk.broker, book)
        tell(desk, office, plan)


def has_approved(desk: Desk, office: Office) -> bool:
    """Whether a plan waits to be carried out, and may be: the daemon asks once a minute."""
    if (halt := halt_of(desk, office)) is not None and halt.takes_back:
        return False
    return bool(office.book.plans(desk.account, state="approved"))


def halt_of(desk: Desk, office: Office) -> Halt | None:
    """What stops the account now: the kill switch, or the book, whichever stops more."""
    return worst(office.switch.look(), office.book.halted(desk.account))


def known_halt(desk: Desk, office: Office) -> Halt | None:
    """The same, where the book may be what the trouble is with."""
    try:
        return halt_of(desk, office)
    except BookError:
        return office.switch.look()


def tell(desk: Desk, office: Office, plan: Plan) -> Plan:
    """Put what a person must know about ``plan`` into the outbox."""
    book = office.book
    tell_half_done(desk, office, plan)
    tell_tickets_half_done(desk, office, plan)
    mail: Mail | None
    match book.plan_state(plan.plan_id):
        case "awaiting":
            deadline = plan.time + desk.config.policy.approval.valid_for
            mail = mails.action_needed(plan, deadline, drawn=office.drawn)
        case "finished":
            tell_lots(desk, office, plan)
            mail = _done(desk, office, plan)
        case "proposed" if plan.legs:
            mail = mails.proposal(plan, drawn=office.drawn)
        case "proposed" if isinstance(plan.decision, Hold) and plan.decision.remedy:
            if not office.stopping():  # what was cut short by a stop is no trouble
                tell_trouble(desk, office, Refusal(plan.decision.why, plan.decision.remedy))
            return plan
        case _:
            mail = mails.drift_warning(plan, office.alerts.drift_warning, drawn=office.drawn)
    for each in (mail, mails.alert(plan, drawn=office.drawn)):
        if each is not None:
            book.post(each)
    return plan


def _done(desk: Desk, office: Office, plan: Plan) -> Mail:
    """What became of a plan; of one whose orders a person enters, what is to be done now."""
    now = office.clock.now()
    if not desk.broker.capabilities.sends_orders:
        return by_hand.ticket(plan, now)
    waits = open_for_auction(plan.account, plan.time, office.book)
    if waits:
        return mails.at_auction(plan, len(waits), now, drawn=office.drawn)
    keys = frozenset(leg.order.key for leg in plan.legs)
    executions = office.book.executions(plan.account)
    fills = [e for e in executions if e.key is not None and leg_key(e.key) in keys]
    return mails.executed(plan, fills, now, drawn=office.drawn)


def tell_half_done(desk: Desk, office: Office, plan: Plan) -> None:
    """What was sold at a loss and not replaced."""
    for why in half_done(plan, office.book):
        tell_trouble(desk, office, Refusal(why, NEXT_PLAN), HALF_DONE)


def tell_tickets_half_done(desk: Desk, office: Office, plan: Plan) -> None:
    """The same of tickets of the sessions before, once a person has brought the fills in."""
    if desk.broker.capabilities.sends_orders:
        return
    for row in office.book.plans(desk.account, TICKETS_BACK, state="finished"):
        if plan.session - TICKET_AGE <= row.session < plan.session:
            for why in half_done(office.book.plan(row.plan_id), office.book):
                tell_trouble(desk, office, Refusal(why, NEXT_PLAN), HALF_DONE, row.session)


def tell_lots(desk: Desk, office: Office, plan: Plan) -> None:
    """Which lots to name at the broker for what was sold today."""
    today = plan.session
    try:
        said = sheet_of(desk.config, office.book, today)
    except BadLots:  # a cycle that cannot add up its lots says so by itself
        return
    if said:
        tell_trouble(desk, office, Refusal("; ".join(said), NAME_THEM), LOTS_TO_NAME)


NAME_THEM = "name the lots in the account at the broker, then: trimtab lots name"
LOTS_TO_NAME = "lots are to be named at the broker"

TAKEN_BACK = "nothing, if it is cancelled by now: what it filled is in the book; else cancel it"

NEXT_PLAN = (
    "nothing, if you can wait: the next plan buys the rest, or another substitute of the config"
)
HALF_DONE = "a loss was sold and not replaced"

TICKETS_BACK = 10
TICKET_AGE = timedelta(days=14)
"""Fills of tickets that are older are no news."""


def tell_trouble(
    desk: Desk, office: Office, error: Exception, news: str = "", day: date | None = None
) -> None:
    """A cycle failed or was refused: say so, with the remedy, once for each cause and day.

    ``news`` says in a few words what else it is, ``day`` of which session; unsaid it is today.
    """
    now = office.clock.now()
    halt = known_halt(desk, office)
    office.post(
        mails.failed(
            mails.Trouble(
                account=desk.account,
                environment=desk.config.environment,
                session=day or now.date(),
                what=str(error),
                remedy=str(getattr(error, "remedy", "")) or "run: trimtab check",
                is_halted=halt is not None and halt.takes_back,
                news=news,
            ),
            now,
        ),
        is_writable=not isinstance(error, BookLocked | BookFull | BookBroken),
    )
