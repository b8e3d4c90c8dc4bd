"""What a drill works with: a broker, a book of its own, a clock, and who wants it to stop."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bot.book.book import Book
from bot.clock import Clock
from bot.limits import Limits
from bot.report.drill import Verdict
from brokers.broker import Broker, BrokerError, Found
from brokers.words import (
    AccountId,
    AccountState,
    Execution,
    Instrument,
    Order,
    OrderKey,
    OrderState,
    Quote,
    Session,
    Symbol,
)
from strategies.planned import DRILL_PREFIX, PlanId

POLL_SECONDS = 1.0
PREFIX = DRILL_PREFIX
PATIENCE_SECONDS = 60.0
"""How long an order is waited for, to appear or to end."""

Outcome = tuple[Verdict, str]
"""How a trial ended, and what was seen."""


def passed(said: str) -> Outcome:
    """It is as it must be."""
    return Verdict.PASSED, said


def failed(said: str) -> Outcome:
    """It is not as it must be."""
    return Verdict.FAILED, said


def unverified(said: str) -> Outcome:
    """It could not be told."""
    return Verdict.UNVERIFIED, said


@dataclass(slots=True)
class Bench:
    """One drill under way. ``reopen`` is what a restart of the program does with the broker.

    ``seconds`` measures how long things take, ``stopping`` says that a person wants an end. What
    trials find out for later ones is kept below the line.
    """

    account: AccountId
    broker: Broker
    reopen: Callable[[], Broker]
    book: Book
    clock: Clock
    seconds: Callable[[], float]
    stopping: Callable[[], str]
    session_at: Callable[[datetime], Session | None]
    limits: Limits
    names: tuple[Symbol, ...]
    """Names that an order may be tried with, the first that will do."""
    plan_id: PlanId

    before: AccountState
    executions: tuple[Execution, ...] = ()
    instrument: Instrument | None = None
    quote: Quote | None = None
    order: Order | None = None
    broker_id: str = ""
    sent: set[OrderKey] = field(default_factory=set)
    """Keys of orders that may have left."""

    def key(self, number: int) -> OrderKey:
        """Our id of an order of this drill; number 0 is never sent."""
        return OrderKey(f"{PREFIX}{self.plan_id}-{number}")

    def look(self, key: OrderKey) -> OrderState | None:
        """The broker's record of an order; None where it has none, or none yet."""
        found = self.broker.find(key)
        return found.state if isinstance(found, Found) else None

    def wait_for(
        self,
        is_there: Callable[[], bool],
        seconds: float = PATIENCE_SECONDS,
        every: float = POLL_SECONDS,
    ) -> float | None:
        """Ask again and again; how long it took, None where it did not come in time.

        A reading that fails is asked for again: only the time that is given ends it.
        """
        began = self.clock.now()
        while True:
            with suppress(BrokerError):
                if is_there():
                    return (self.clock.now() - began).total_seconds()
            waited = (self.clock.now() - began).total_seconds()
            if waited >= seconds or self.stopping():
                return None
            self.clock.sleep(every)
