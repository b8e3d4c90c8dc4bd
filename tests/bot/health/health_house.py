"""A book, its accounts and the signs of a process, each of which a test can make go wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bot.book.book import Book
from bot.book.rows import SnapshotRow
from bot.book.vitals import Vitals, Window
from bot.health.pages import Pages
from bot.health.wards import Contact, Contacts, Schedule, Signs, Ward
from bot.limits import Limits
from bot.switch.states import Halt
from brokers.words import AccountId, Environment, Session

MAIN, IRA = AccountId("main"), AccountId("ira")
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def session(day: date) -> Session:
    opens = datetime(day.year, day.month, day.day, 14, 30, tzinfo=UTC)
    return Session(day, opens, opens + 6 * HOUR)


CLOSED = tuple(session(NOW.date() - timedelta(days=back)) for back in range(10, 0, -1))
SCHEDULE = Schedule(
    window=Window(NOW.date(), session(NOW.date()).opens, CLOSED[1].opens),
    closed=CLOSED,
    end=session(date(2027, 11, 19)),
)


@dataclass
class House:
    """What a process would tell; each field may be changed between two looks."""

    book: Book
    complaint: Exception | None = None
    beat: float = 3.0
    busy: bool = False
    disk: int = 5000
    flag: Halt | None = None
    schedule: Schedule | None = SCHEDULE
    now: datetime = NOW
    contacts: Contacts = field(default_factory=Contacts)
    limits: Limits = field(default_factory=Limits)

    def signs(self) -> Signs:
        return Signs(
            complaint=lambda: self.complaint,
            beat_seconds=lambda: self.beat,
            is_busy=lambda: self.busy,
            contacts=self.contacts,
            commits=self.book.timings.spread,
            disk_free_mib=lambda: self.disk,
            flag=lambda: self.flag,
            is_ours=lambda name: name == self.book.leases.holder.name,
        )

    def wards(self) -> list[Ward]:
        return [
            Ward(MAIN, Environment.PAPER, self.limits, names=5, harvests=True),
            Ward(IRA, Environment.PAPER, self.limits, names=5, harvests=False),
        ]

    @contextmanager
    def pages(self, url: str | Path) -> Iterator[Pages]:
        vitals = Vitals(url)
        yield Pages(
            self.wards(), self.signs(), lambda _now: self.schedule, vitals, lambda: self.now
        )
        vitals.close()


def make_well(house: House) -> None:
    """Both accounts are bound, compared with their brokers, and in touch with them."""
    for account in (MAIN, IRA):
        house.book.bind(account, "paper", Environment.PAPER, f"P-{account}")
        house.book.keep_tieout(account, NOW - 2 * HOUR, ok=True, text="")
        house.contacts.note(account, Contact(NOW, 0.25))
        house.book.keep_snapshot(
            SnapshotRow(account, NOW, NOW.date(), Decimal(100_000), Decimal(1000), {}, {}, {}, {})
        )
