"""A book of runs in memory that keeps the promises of the real one, and makers of a rota."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.book.rows import RunRow
from bot.clock import Clock
from bot.daemon.rota import Rota, Work
from bot.daemon.slots import Calendar, Grace
from brokers.words import AccountId

Failure = tuple[AccountId | None, str, str]


def never() -> bool:
    return False


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class SetClock:
    """A clock on the wall: somebody sets it, also back."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class MemoryRuns:
    """Slots that were taken, by account and name; each once, and each ended once."""

    rows: dict[tuple[AccountId, str], RunRow] = field(default_factory=dict)

    def begin_run(self, account: AccountId, slot: str, time: datetime) -> bool:
        if (account, slot) in self.rows:
            return False
        self.rows[account, slot] = RunRow(account, slot, time, None, None, "")
        return True

    def end_run(
        self, account: AccountId, slot: str, time: datetime, *, ok: bool, why: str = ""
    ) -> None:
        row = self.rows[account, slot]
        assert row.ended is None, f"{slot} has ended"
        self.rows[account, slot] = replace(row, ended=time, ok=ok, why=why)

    def runs(self, account: AccountId | None = None, limit: int = 50) -> tuple[RunRow, ...]:
        rows = [row for row in self.rows.values() if account in {None, row.account}]
        return tuple(sorted(rows, key=lambda row: row.started, reverse=True)[:limit])

    def why(self, account: AccountId) -> dict[str, str]:
        """Slot to how it ended: "" where it ran."""
        return {row.slot: row.why for row in self.rows.values() if row.account == account}


@dataclass
class LockedRuns(MemoryRuns):
    """A book that cannot be written to while ``locked``."""

    locked: bool = False

    def begin_run(self, account: AccountId, slot: str, time: datetime) -> bool:
        if self.locked:
            raise TimeoutError("the book is locked")
        return super().begin_run(account, slot, time)


@dataclass
class Log:
    """What a rota did, in order."""

    ran: list[tuple[AccountId, str, datetime]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def run(self, account: AccountId, slot: str, time: datetime) -> None:
        self.ran.append((account, slot, time))

    def failed(self, account: AccountId | None, slot: str, error: Exception) -> None:
        self.failures.append((account, slot, str(error)))

    @property
    def slots(self) -> list[str]:
        return [slot for _account, slot, _time in self.ran]


@dataclass
class Bench:
    """A rota over some book, with its log."""

    calendar: Calendar
    clock: Clock
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    log: Log = field(default_factory=Log)

    def rota(
        self,
        run: Callable[[AccountId, str, datetime], None] | None = None,
        stopping: Callable[[], bool] = never,
        grace: Grace | None = None,
    ) -> Rota:
        work = Work(self.runs, run or self.log.run, self.log.failed, stopping)
        return Rota(self.calendar, self.clock, work, grace or Grace())
