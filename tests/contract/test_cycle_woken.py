"""A whole cycle in real time: what a broker pushes is seen at once, what it tells is booked."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
from contract_bench import ACCOUNT, Bench, alpaca, ibkr
from cycle_bench import Desk, desk

from bot.book.book import Book
from bot.carry.waiting import POLL_SECONDS
from bot.daemon.clock import SystemClock
from bot.post import Post
from strategies.plan import Hold

STEP_SECONDS = 0.05
"""How often the broker of a test looks at its clock."""


class Moving(SystemClock):
    """A Thursday morning that goes on as fast as the real one."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._start, self._begun = start, monotonic()
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=monotonic() - self._begun)

    def sleep_unless(self, seconds: float, news: Callable[[float], bool]) -> None:
        begun = monotonic()
        super().sleep_unless(seconds, news)
        self.waits.append(monotonic() - begun)


@dataclass
class Live:
    """An account at a broker that lives by itself."""

    account: Desk
    clock: Moving
    over: Event = field(default_factory=Event)

    def go_on(self) -> None:
        """The broker's time goes by, and what is due happens, until it is over."""
        server = self.account.bench.server
        carry = getattr(server, "carry", None) or server.settle  # type: ignore[attr-defined]
        while not self.over.wait(STEP_SECONDS):
            self.account.bench.now = self.clock.now()
            with suppress(OSError):
                carry()


@dataclass(slots=True)
class InRealTime(Desk):
    """A desk whose clock is real."""

    clock: Moving | None = None

    def post(self) -> Post:
        made = Desk.post(self)
        assert self.clock is not None
        return replace(made, clock=self.clock)


@pytest.fixture(params=[alpaca, ibkr], ids=["alpaca", "ibkr"])
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    """An account at each broker that pushes."""
    bench: Bench = request.param(tmp_path)
    clock = Moving(bench.now)
    with Book.open(tmp_path / "book.db", upgrade=True) as book:
        plain = desk(bench, book)
        made = InRealTime(bench, plain.broker, book, plain.policy, plain.hands, clock)
        living = Live(made, clock)
        thread = Thread(target=living.go_on)
        thread.start()
        yield living
        living.over.set()
        thread.join()
        for broker in bench.opened:
            broker.close()  # type: ignore[attr-defined]
    for close in bench.closing:
        close()


def test_a_fill_is_seen_long_before_the_next_look_would_be(live: Live) -> None:
    plan = live.account.run()
    assert not isinstance(plan.decision, Hold)
    assert len(plan.legs) == 2
    assert live.clock.waits
    assert max(live.clock.waits) < POLL_SECONDS - 1, "each wait ended with what the broker told"
    assert not live.account.book.unsettled(ACCOUNT)
    live.account.assert_sound()
