"""One writer an account: whoever trades takes a lease first, with a token that counts up.

    take      the account is nobody's, its lease ran out, or its holder is dead: the next token
    fence     in the transaction of every intent and of every "sent": is our token the newest?
    renew     while the work goes on: no, it has not ended
    release   done; the next one need not wait

A lease is the newest row of its account. Safety rests on the token alone, which is compared in
the same transaction that writes: writers take turns, so a holder that slept through its lease
finds the next one's token and is refused, whatever any clock says. Time only says when a silent
holder is given up. On PostgreSQL that is the server's time, one for all hosts. An embedded book is
a file on one machine, so there the caller's clock is everybody's, and a replay's virtual one rules
too. A lease that ran out and that nobody took is still its holder's.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from bot.book.engine import Place, reading, writing, written
from bot.book.errors import BookError, LeaseHeld, NotHolder
from bot.book.holders import Holder, is_dead, this_process
from bot.book.schema import leases
from brokers.words import AccountId

OUTBOX = AccountId("*outbox")
"""No account can be named so: the lease of whoever sends the mails."""

State = Literal["taken", "renewed", "released"]

_NEWEST = (
    select(leases).where(leases.c.account == bindparam("of")).order_by(leases.c.seq.desc()).limit(1)
)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a lease lasts, the same for all who open a book.

    ``term`` counts from each sign of life. With less than ``renew_below`` left a lease is renewed:
    a row each 40 seconds at most. One that ran out is left alone for ``skew`` still, should clocks
    not quite agree.
    """

    term: timedelta = timedelta(seconds=120)
    renew_below: timedelta = timedelta(seconds=80)
    skew: timedelta = timedelta(seconds=30)


TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Lease:
    """The newest word on who works an account. ``time`` and ``until`` are of the book's time."""

    account: AccountId
    token: int
    state: State
    holder: Holder
    time: datetime
    until: datetime

    def free_from(self, terms: Terms) -> datetime:
        """When somebody else may take the account, should its holder stay silent."""
        return self.until + terms.skew

    def alive(self, moment: datetime, terms: Terms) -> bool:
        """Whether its holder is to be waited for; never who let go, whatever the clocks say."""
        return self.state != "released" and moment < self.free_from(terms)


class Leases:
    """The leases that one open book holds; its accounts are worked by one thread each."""

    def __init__(self, engine: Engine, place: Place, terms: Terms) -> None:
        """Nothing is held."""
        self._engine = engine
        self._place = place
        self._terms = terms
        self._mine: dict[AccountId, Lease] = {}
        self._us: Holder | None = None
        self._naming = threading.Lock()

    @property
    def holder(self) -> Holder:
        """Ourselves; found out when it is first asked for."""
        with self._naming:
            if self._us is None:
                self._us = this_process()
            return self._us

    def work_as(self, holder: Holder) -> None:
        """Be ``holder`` and not this very process: for a replay, which is the same anywhere."""
        assert not self._mine, "who holds an account stays who he is"
        self._us = holder

    @contextmanager
    def held(self, account: AccountId, clock: Callable[[], datetime]) -> Iterator[None]:
        """Hold the account; ``LeaseHeld`` at once where another does. May be said twice."""
        if account in self._mine:
            yield
            return
        self.take(account, clock())
        try:
            yield
        finally:
            with suppress(BookError):  # it runs out by itself
                self.release(account, clock())

    def take(self, account: AccountId, now: datetime) -> Lease:
        """Become the holder; ``LeaseHeld`` says who is, and until when."""
        with writing(self._engine, self._place) as connection:
            lease = _take(connection, account, self.holder, now, self._terms)
        self._mine[account] = lease
        return lease

    def fence(self, connection: Connection, account: AccountId, now: datetime) -> int:
        """Our token, if it is the newest in this transaction; else ``NotHolder``."""
        mine = self._mine.get(account)
        last = newest(connection, account)
        if mine is None or last is None or last.token != mine.token or last.state == "released":
            raise _lost(account, mine, last)
        moment = book_time(connection, now)
        if last.until - moment < self._terms.renew_below:
            until = moment + self._terms.term
            _add(connection, replace(last, state="renewed", time=moment, until=until))
        return mine.token

    def renew(self, account: AccountId, now: datetime) -> None:
        """Say that the work goes on; ``NotHolder`` where somebody else has taken over."""
        written(self._engine, self._place, lambda c: self.fence(c, account, now))

    def renew_all(self, now: datetime) -> None:
        """Renew what is held; whoever works an account finds out by himself that it is lost."""
        for account in tuple(self._mine):
            with suppress(NotHolder):
                self.renew(account, now)

    def release(self, account: AccountId, now: datetime) -> None:
        """Let go of the account; nothing where it is no longer ours."""
        mine = self._mine.pop(account, None)
        if mine is None:
            return
        with writing(self._engine, self._place) as connection:
            last = newest(connection, account)
            if last is not None and last.token == mine.token and last.state != "released":
                moment = book_time(connection, now)
                _add(connection, replace(last, state="released", time=moment, until=moment))

    def newest(self, account: AccountId) -> Lease | None:
        """The newest word on who works the account; None before anybody did."""
        with reading(self._engine, self._place) as connection:
            return newest(connection, account)


def _take(
    connection: Connection, account: AccountId, holder: Holder, now: datetime, terms: Terms
) -> Lease:
    last, moment = newest(connection, account), book_time(connection, now)
    if last is not None and last.alive(moment, terms) and not is_dead(last.holder):
        raise LeaseHeld(
            f"{account} is worked by {last.holder.words}, with a lease until {_clock(last.until)}",
            "nothing is to be done while it runs; if it is gone, try again after "
            f"{_clock(last.free_from(terms))}",
        )
    token = 1 if last is None else last.token + 1
    lease = Lease(account, token, "taken", holder, moment, moment + terms.term)
    _add(connection, lease)
    return lease


def _lost(account: AccountId, mine: Lease | None, last: Lease | None) -> NotHolder:
    if mine is None or last is None or last.token == mine.token:
        what = f"{account}: nobody holds its lease, so no order may leave"
        return NotHolder(what, "nothing was sent; the next cycle takes the lease and looks afresh")
    return NotHolder(
        f"{account} was taken over by {last.holder.words} (lease {last.token}, {last.state} "
        f"{_clock(last.time)}): this process stood still, or its clock jumped, and it has stopped",
        "it sends nothing more and takes nothing back: orders and plan are the other one's now; "
        "see that this machine does not go to sleep and that its clock is right",
    )


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def book_time(connection: Connection, now: datetime) -> datetime:
    """The server's time on PostgreSQL, the caller's on an embedded book."""
    if connection.dialect.name != "postgresql":
        return now.astimezone(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def newest(connection: Connection, account: AccountId) -> Lease | None:
    """The newest row of an account."""
    row = connection.execute(_NEWEST, {"of": account}).first()
    if row is None:
        return None
    holder = Holder(row.holder, row.host, row.pid, row.life)
    return Lease(row.account, row.token, row.state, holder, row.time, row.until)


def _add(connection: Connection, lease: Lease) -> None:
    connection.execute(
        insert(leases).values(
            account=lease.account,
            token=lease.token,
            state=lease.state,
            holder=lease.holder.name,
            host=lease.holder.host,
            pid=lease.holder.pid,
            life=lease.holder.life,
            time=lease.time,
            until=lease.until,
        )
    )
