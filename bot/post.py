"""What one cycle works with: the owner's wishes, the limits, the clock and the session."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.book.book import Book
from bot.clock import Clock
from bot.config.settings import PriceSettings
from bot.household.kin import Kin
from bot.limits import Limits
from bot.progress.search import Searches
from bot.switch import Halt, Switch, worst
from brokers.words import AccountId, Environment, Session
from strategies.policy import Policy

FRIDAY = 4

VOUCHED_BEFORE = timedelta(hours=12)
"""So long before a session opens a person may vouch for a price in it."""

Step = Callable[[str], None]
"""Told each named step of a cycle as it begins: for a progress line, a watchdog, a test."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which account the owner typed into the config: the broker must state the same."""

    environment: Environment
    live_account: str | None


@dataclass(frozen=True, slots=True)
class Post:
    """The place from which one account is worked for one session.

    ``lookback`` is when the tenth session before this one opened. ``stopping`` says that the
    machine wants to stop: no further order is sent, and those in the market are cancelled.
    ``disk_free_mib`` reads how much can still be written down. ``searches`` is where the search
    for a plan is begun, so that it can be watched and stopped. ``folder`` is that of the config,
    where the owner's own code is. ``prices`` say where price histories are from, ``last_session``
    which session was the last that is over; unsaid it is the weekday before this one. ``kin`` is
    the household whose wash sales count; without one the account is judged by itself. ``switch``
    is the kill switch of the installation. ``openings`` are when the sessions before this one
    opened, oldest first; unsaid they were weekdays at the same hour.
    """

    policy: Policy
    policy_digest: str
    identity: Identity
    limits: Limits
    clock: Clock
    session: Session
    lookback: datetime
    step: Step
    stopping: Callable[[], bool]
    disk_free_mib: Callable[[], int]
    searches: Searches = field(default_factory=Searches)
    folder: Path = Path()
    prices: PriceSettings = field(default_factory=PriceSettings)
    last_session: date | None = None
    kin: Kin | None = None
    switch: Switch = field(default_factory=Switch)
    openings: tuple[datetime, ...] = ()

    @property
    def through(self) -> date:
        """The last day of which everything is known: that of the last session before today."""
        if self.last_session is not None:
            return self.last_session
        day = self.session.day - timedelta(days=1)
        return day - timedelta(days=max(day.weekday() - FRIDAY, 0))

    @property
    def orders_from(self) -> datetime:
        """From when on orders may leave in this session."""
        return self.session.opens + timedelta(minutes=self.limits.after_open_minutes)

    @property
    def orders_until(self) -> datetime:
        """Until when orders may leave in this session."""
        return self.session.closes - timedelta(minutes=self.limits.before_close_minutes)

    @property
    def vouched_from(self) -> datetime:
        """A person's word on a price holds for the session that is open or opens next."""
        return self.session.opens - VOUCHED_BEFORE

    def opening(self, back: int) -> datetime:
        """When the session opened that was ``back`` sessions before this one."""
        if back == 0:
            return self.session.opens
        if back <= len(self.openings):
            return self.openings[-back]
        moment = self.session.opens
        for _ in range(back):
            moment -= timedelta(days=1 if moment.weekday() else 3)
        return moment

    @property
    def account(self) -> AccountId:
        """The account that is worked."""
        return self.policy.account

    def halt(self, book: Book) -> Halt | None:
        """What stops the account now: the kill switch, or the book, whichever stops more.

        A book that does not answer is not asked where the switch stops everything already.
        """
        flag = self.switch.look()
        if flag is not None and flag.plans_nothing:
            return flag
        return worst(flag, book.halted(self.account))
