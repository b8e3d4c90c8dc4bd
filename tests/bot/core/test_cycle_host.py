"""The host and the first meeting: too little disk, and an account whose history nobody tells."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from paced import uneven
from stage import D, MakeStage, Relay, Setting, Stage, assert_sound, names

from bot.cli.wiring import disk_free_mib
from bot.config.read import load
from bot.reconcile import Refusal
from brokers.broker import Capabilities
from brokers.words import CashFlow, Execution, FlowKind, Side
from strategies.plan import Hold

A, B, *_ = names(6)


@pytest.mark.parametrize(("free", "traded"), [(64, True), (63, False), (0, False)])
def test_too_little_disk_sends_nothing(make: MakeStage, *, free: int, traded: bool) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    stage.disk_free_mib = lambda: free
    if traded:
        assert stage.run().legs
        return
    with pytest.raises(Refusal, match=f"the disk has {free} MiB left") as caught:
        stage.run()
    assert caught.value.remedy == "make room: 64 MiB must be free"
    assert not stage.book.plans()


CONFIG = """
book = "{book}"

[accounts.main]
broker = "paper"
environment = "paper"

[accounts.main.target.weights]
AAPL = 1.0
"""


def test_the_disk_is_that_of_the_book_and_the_state(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(book=tmp_path / "not yet there" / "book.db"))
    path.chmod(0o600)
    free = disk_free_mib(load(path, {}))
    assert 0 < free < 2**40


class Forgetful(Relay):
    """A broker that tells nothing of what happened before today."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.knows: Callable[[object], bool] = lambda _event: False

    def executions(self, since: object) -> tuple[Execution, ...]:
        return tuple(e for e in self.inner.executions(since) if self.knows(e.time))

    def cash_flows(self, since: object) -> tuple[CashFlow, ...]:
        return tuple(f for f in self.inner.cash_flows(since) if self.knows(f.time))


@pytest.fixture
def forgetful(make: MakeStage) -> Stage:
    """An account with a past that the broker does not tell."""
    stage = make(6, Setting(relay=Forgetful))
    stage.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    today = stage.clock.now()
    stage.broker.knows = lambda time: time > today
    stage.clock.sleep(60)
    return stage


def assert_opened(stage: Stage) -> None:
    """The past is booked as it is found, of unknown basis, and from then on all must agree."""
    transfers = stage.book.transfers(stage.policy.account)
    assert {t.symbol: t.quantity for t in transfers} == stage.held()
    assert all(t.unit_cost is None for t in transfers)
    (opening,) = stage.book.cash_flows(stage.policy.account)
    assert (opening.kind, opening.amount) == (FlowKind.OTHER, stage.cash())


def test_a_past_that_nobody_tells_is_booked_once(forgetful: Stage) -> None:
    assert isinstance(forgetful.run().decision, Hold)
    assert_opened(forgetful)
    forgetful.clock.sleep(60)
    forgetful.hold({A: D(1)})
    assert isinstance(forgetful.run().decision, Hold)
    assert len(forgetful.book.transfers(forgetful.policy.account)) == 6


@pytest.mark.parametrize("method", ["bind", "record"])
def test_a_first_meeting_that_is_cut_short_is_taken_up_again(forgetful: Stage, method: str) -> None:
    class Died(Exception):
        pass

    class Dying(Relay):
        def __getattr__(self, name: str) -> object:
            found = getattr(self.inner, name)

            def act(*args: object, **named: object) -> object:
                found(*args, **named)
                raise Died

            return act if name == method else found

    whole = forgetful.book
    forgetful.book = Dying(whole)
    with pytest.raises(Died):
        forgetful.run()
    forgetful.book = whole
    forgetful.clock.sleep(60)
    assert isinstance(forgetful.run().decision, Hold)
    assert_opened(forgetful)
    assert not whole.halted(forgetful.policy.account)


def test_a_later_gap_is_not_booked_by_itself(forgetful: Stage) -> None:
    forgetful.run()
    forgetful.clock.sleep(60)
    forgetful.hold({A: D(1)})
    forgetful.broker.knows = lambda _time: False
    plan = forgetful.run()
    (line,) = (line for line in plan.lines if line.symbol == A)
    assert "the book says" in line.barred
    assert len(forgetful.book.transfers(forgetful.policy.account)) == 6


def test_the_paper_account_tells_all_of_its_past(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    stage.run()
    assert not stage.book.transfers(stage.policy.account)
    assert_sound(stage)


class TellsOfToday(Relay):
    """A broker that tells the trades of the last day, and says so."""

    since: object = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(self.inner.capabilities, executions_horizon=timedelta(days=1))

    def executions(self, since: object) -> tuple[Execution, ...]:
        return tuple(e for e in self.inner.executions(since) if e.time >= self.since)

    def cash_flows(self, _since: object) -> tuple[CashFlow, ...]:
        return ()


def test_what_was_sold_before_the_first_look_is_taken_in_with_what_it_lacks(
    make: MakeStage,
) -> None:
    """Shares that were bought before the broker's memory begins, and sold since, have no basis."""
    stage = make(6, Setting(relay=TellsOfToday))
    stage.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    stage.clock.sleep(60)
    stage.broker.since = stage.clock.now()
    stage.hold({A: D(1)}, Side.SELL)
    stage.clock.sleep(60)
    stage.run()
    account = stage.policy.account
    sales = [e for e in stage.book.executions(account) if e.side is Side.SELL]
    assert sales, "the sale of the day is told"
    before = [t for t in stage.book.transfers(account) if t.transfer_id.startswith("before:")]
    assert {t.symbol: t.quantity for t in before} == {e.symbol: e.quantity for e in sales}
    assert all(t.unit_cost is None for t in before)
    first = stage.book.first_tieout(account)
    assert first is not None
    assert first.text == "executions before 2020-03-11 were not told"
