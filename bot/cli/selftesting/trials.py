"""One trial: an account at a stand-in, through the real library, and one thing that befalls it.

The cycle is that of the daemon, the book a file, the link a socket; only time is virtual. The
account is looked at again and again, at last on the next day, then the truth of the stand-in is
held against the book.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.selftesting.checkout import Standin
from bot.cli.selftesting.checks import Truth, untrue

if TYPE_CHECKING:
    from bot.config.settings import Config
    from bot.daemon.sessions import Sessions
    from bot.rounds import Desk, Office
    from brokers.settings import BrokerSettings

START = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)  # a Thursday
PAUSES_SECONDS = (1, 3600, 86_400)
MINUTE_SECONDS = 60
PATIENCE_SECONDS = 1.0
"""How long an answer may take here."""
LISTEN_SECONDS = 0.03
FAST = 100_000
PLENTY_MIB = 10_000
NAMES = ("AAPL", "KO")

CONFIG = """\
book = "{folder}/book.db"
[mail]
outbox = "outbox"
[accounts.selftest]
broker = "paper"                    # until it is known where the stand-in listens
environment = "paper"
mode = "auto"
profile = "desk"
schedule = {{ at = "open+30m", period = "never", cooldown_days = 0 }}
[accounts.selftest.target.weights]
AAPL = 0.6
KO = 0.4
[accounts.selftest.worth]
enabled = false
[accounts.selftest.tax]
kind = "roth"
"""


@dataclass(slots=True)
class SharedClock:
    """A virtual clock that the stand-in keeps, too."""

    standin: Standin
    moment: datetime = START

    def now(self) -> datetime:
        """The moment, for both."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Let time go by at the broker."""
        self.moment += timedelta(seconds=seconds)
        self.standin.move_to(self.moment)

    def sleep_unless(self, seconds: float, news: Callable[[float], bool]) -> None:
        """The same, and then listen for what the broker pushes of it, as the daemon's clock does.

        So the stream stands while orders are in the market, and nothing hangs on it.
        """
        self.sleep(seconds)
        news(LISTEN_SECONDS)


@dataclass(frozen=True, slots=True)
class Account:
    """An open account at a stand-in."""

    desk: "Desk"
    office: "Office"
    standin: Standin
    clock: SharedClock

    def look(self) -> None:
        """A cycle, and an owner who agrees; what cannot be done now is for the next one."""
        from bot.reconcile import Refusal
        from bot.rounds import work_approved, work_slot
        from brokers.broker import BrokerError

        book, now = self.office.book, self.clock.now
        with suppress(BrokerError, Refusal):
            work_slot(self.desk, self.office)
            for row in book.waiting_plans(self.desk.account, now()):
                book.mark_plan(row.plan_id, "approved", "owner", "as I would have it", now())
            work_approved(self.desk, self.office)
        self.clock.sleep(MINUTE_SECONDS)

    def is_carried_out(self, truth: Mapping[str, Any]) -> bool:
        """Whether all names are held, and the end of every order is known."""
        return set(truth["held"]) == set(NAMES) and not self.office.book.unsettled(
            self.desk.account
        )

    def next_day(self) -> None:
        """What was told wrong one day is told right on the next."""
        self.clock.sleep(PAUSES_SECONDS[-1])
        self.look()

    def resume(self) -> None:
        """What an owner does once they have looked."""
        book, account = self.office.book, self.desk.account
        if book.halted(account) is not None:
            book.resume(account, "looked at", "owner", self.clock.now())


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether it befell the account, and what does not hold afterwards."""

    struck: bool
    wrong: tuple[str, ...]


def attempt(
    standin: Standin, case: str, folder: Path, sessions: "Sessions", *, holding: bool
) -> Outcome:
    """Have ``case`` befall a new account, of which there is an empty book in ``folder``."""
    with _opened(standin, folder, sessions) as account:
        if holding:
            account.look()
        account.desk.broker.account()
        standin.strike(case)
        truth = _live_on(account)
        standin.calm()
        if holding:
            account.next_day()
        account.resume()
        account.look()
    last = standin.truth()
    orders = tuple((str(key), bool(is_open)) for key, is_open in last["orders"])
    wrong = untrue(folder / "book.db", Truth(orders, dict(last["held"])))
    missing = tuple(f"{name} is not held in the end" for name in NAMES if name not in last["held"])
    return Outcome(bool(truth["struck"]), (*wrong, *missing))


def _live_on(account: Account) -> Mapping[str, Any]:
    """Look again and again, until it has happened and all is as wished."""
    truth: Mapping[str, Any] = {}
    for pause in PAUSES_SECONDS:
        account.look()
        truth = account.standin.truth()
        if truth["struck"] and account.is_carried_out(truth):
            break
        account.standin.release()
        account.clock.sleep(pause)
    return truth


@contextmanager
def _opened(standin: Standin, folder: Path, sessions: "Sessions") -> "Iterator[Account]":
    from bot.book.book import Book
    from bot.config.digest import policy_digest
    from bot.rounds import Desk, Office
    from brokers.connect import open_broker

    reached, clock = standin.begin(START), SharedClock(standin)
    config = _config(folder)
    (ours,) = config.accounts
    ours = replace(ours, broker=_settings(reached["settings"]))
    secret = dict(reached["secrets"]).__getitem__
    with Book.open(folder / "book.db", upgrade=True) as book, ExitStack() as stack:
        broker = open_broker(ours.account, ours.broker, clock.now, sessions.session_at, secret)
        stack.callback(getattr(broker, "close", lambda: None))
        office = Office(
            book=book,
            sessions=sessions,
            clock=clock,
            alerts=config.alerts,
            step=lambda _step: None,
            stopping=lambda: False,
            disk_free_mib=lambda: PLENTY_MIB,
            drawn=False,
        )
        yield Account(Desk(ours, broker, policy_digest(ours.policy)), office, standin, clock)


def _config(folder: Path) -> "Config":
    from bot.config.read import load

    path = folder / "config.toml"
    path.touch(mode=0o600)
    path.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    return load(path, {})


def _settings(told: Mapping[str, Any]) -> "BrokerSettings":
    """The adapter's, for a stand-in that is never in a hurry."""
    from brokers.settings import AlpacaSettings, IbkrSettings

    if "trading_url" in told:
        return AlpacaSettings(**told, requests_per_minute=FAST, timeout_seconds=PATIENCE_SECONDS)
    return IbkrSettings(**told, messages_per_second=FAST, timeout_seconds=PATIENCE_SECONDS)


def new_place(place: Path, empty: Path) -> Path:
    """A folder of its own for a trial, with an empty book in it."""
    place.mkdir()
    shutil.copyfile(empty, place / "book.db")
    return place
