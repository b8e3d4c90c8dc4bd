"""After each close book and broker are compared, and what does not add up is told that evening."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from family import HARVESTED, HERS, MAIN, VTI, Family, open_family
from stage import D, Relay

from bot.book.rows import Mail
from bot.cli.service import closes_of
from bot.config.settings import AtSession
from bot.daemon.fastforward import fast_forward
from bot.daemon.rota import Job, Rota, Work
from bot.daemon.sessions import Sessions
from bot.daemon.slots import Grace
from brokers.broker import Unreachable
from brokers.words import AccountId, AccountState

CLOSE = datetime(2026, 6, 15, 20, 0, tzinfo=UTC)
EVENING = CLOSE + timedelta(hours=1)
MORNING = (AtSession("open", timedelta(minutes=30)),)


@pytest.fixture(scope="module")
def new_york() -> Sessions:
    return Sessions("XNYS", HARVESTED, since=datetime(2025, 12, 1, tzinfo=UTC).date())


@pytest.fixture
def family(tmp_path: Path, template: Path) -> Iterator[Family]:
    """One account that is worked that Monday, and one that is not."""
    made = open_family(tmp_path, template)
    made.add("main", MAIN)
    made.add("idle", HERS)
    made.until(HARVESTED - timedelta(hours=1))
    yield made
    made.close()


class After(Relay):
    """A broker that answers otherwise once the exchange has closed."""

    family: Family
    shares = D(0)
    reachable = True

    def account(self) -> AccountState:
        """With other positions, or not at all."""
        state: AccountState = self.inner.account()
        if self.family.clock.now() < CLOSE:
            return state
        if not self.reachable:
            raise Unreachable("no link to the broker")
        more = {VTI: self.shares}
        positions = (
            replace(p, quantity=p.quantity + more.get(p.symbol, D(0))) for p in state.positions
        )
        return replace(state, positions=tuple(positions))


def live(family: Family, sessions: Sessions) -> list[Mail]:
    """A day of the daemon; the mails of its evening."""
    office = replace(family.office("main"), sessions=sessions)

    def run(account: AccountId, slot: str, now: datetime) -> None:
        del slot, now
        family.slot(str(account))

    work = Work(family.book, run, lambda *_told: None, lambda: False)
    rota = Rota(sessions, family.clock, work, Grace())
    desks = {desk.account: desk for desk in family.desks.values()}
    jobs = [Job(AccountId("main"), MORNING)]
    fast_forward(rota, jobs, [*closes_of(office, desks)], family.clock, EVENING)
    family.clock.move_to(EVENING)
    return [mail for mail in family.book.due_mails(EVENING) if mail.created >= CLOSE]


def bend(family: Family, broker: After) -> None:
    broker.family = family
    family.desks["main"] = replace(family.desks["main"], broker=broker)


def test_a_day_that_adds_up_is_compared_and_nobody_is_told(
    family: Family, new_york: Sessions
) -> None:
    assert live(family, new_york) == []
    compared = family.book.last_tieout(AccountId("main"))
    assert compared is not None
    assert (compared.time, compared.ok) == (CLOSE + timedelta(minutes=5), True)
    assert family.book.last_tieout(AccountId("idle")) is None, "nobody worked it"


def test_what_does_not_add_up_is_told_the_same_evening(family: Family, new_york: Sessions) -> None:
    broker = After(family.stages["main"].paper)
    broker.shares = D(1)
    bend(family, broker)
    (mail,) = live(family, new_york)
    assert "the day does not add up" in mail.subject
    assert "VTI shares: the book says" in " ".join(mail.text.split())
    assert "trimtab reconcile --account main" in " ".join(mail.text.split())
    assert family.book.halted(AccountId("main")) is None


def test_much_that_does_not_add_up_halts_the_account(family: Family, new_york: Sessions) -> None:
    broker = After(family.stages["main"].paper)
    broker.shares = D(500)
    bend(family, broker)
    (mail,) = live(family, new_york)
    assert mail.severity == "critical"
    halt = family.book.halted(AccountId("main"))
    assert halt is not None
    assert "shares worth" in halt.reason


def test_a_broker_out_of_reach_leaves_the_day_open_and_says_so(
    family: Family, new_york: Sessions
) -> None:
    broker = After(family.stages["main"].paper)
    broker.reachable = False
    bend(family, broker)
    (mail,) = live(family, new_york)
    assert "no link to the broker" in mail.text
