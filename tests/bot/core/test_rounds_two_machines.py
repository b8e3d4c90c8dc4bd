"""Two machines, one account: the one that lost it stops and says so, and mails go out once."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from stage import ACCOUNT, MakeStage, Setting, Stage, equal_policy, names
from test_rounds import desk_of, subjects

from bot.book.book import Book
from bot.book.errors import LeaseHeld, NotHolder
from bot.book.rows import Mail
from bot.cli.channels import empty_outbox
from bot.rounds import tell_trouble, watch_slot, work_approved, work_slot
from strategies.policy import Mode

D = Decimal
NIGHT = timedelta(hours=8)


@dataclass
class Pile:
    """A channel that keeps what it is given; ``meanwhile`` is what another machine does."""

    meanwhile: Callable[[], None] = lambda: None
    mails: list[str] = field(default_factory=list)
    name: str = "pile"

    def send(self, mail: Mail) -> str:
        """Keep it."""
        self.meanwhile()
        self.mails.append(mail.mail_id)
        return ""


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """An account in cash that asks before it trades."""
    return make(equal_policy(names(4), mode=Mode.APPROVE), Setting(cash=D(100_000)))


@pytest.fixture
def other(stage: Stage) -> Iterator[Book]:
    """The book as another machine has it open."""
    with Book.open(stage.folder / "book.db", upgrade=False) as book:
        yield book


def placed(stage: Stage) -> list[tuple[str, str | None]]:
    """Every order of the exchange, and when it was asked to cancel it."""
    ledger = sqlite3.connect(stage.folder / "ledger.db")
    rows = ledger.execute("SELECT key, cancel_at FROM orders ORDER BY seq").fetchall()
    ledger.close()
    return rows


def test_while_another_machine_works_the_account_nothing_is_touched(
    stage: Stage, other: Book
) -> None:
    desk, office = desk_of(stage)
    with other.leases.held(ACCOUNT, stage.clock.now):
        for act in (work_slot, watch_slot, work_approved):
            with pytest.raises(LeaseHeld, match="main is worked by process"):
                act(desk, office)
    assert stage.book.plans() == ()
    assert subjects(stage) == []
    assert work_slot(desk, office).legs


@pytest.mark.parametrize(
    ("step", "left"), [("started", 0), ("intended", 0), ("sending", 0), ("sent", 1)]
)
def test_who_lost_the_account_stops_and_tells_a_person(
    stage: Stage, other: Book, step: str, left: int
) -> None:
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    stage.approve(plan)

    def take_over(name: str) -> None:
        if name.startswith(step):
            stage.on_step = lambda _name: None
            other.leases.take(ACCOUNT, stage.clock.now() + NIGHT)

    stage.on_step = take_over
    with pytest.raises(NotHolder, match="main was taken over by process") as lost:
        work_approved(desk, office)
    assert [cancelled for _, cancelled in placed(stage)] == [None] * left
    assert stage.book.plan_state(plan.plan_id) == "started", "it is the other one's now"
    tell_trouble(desk, office, lost.value)
    assert "main was taken over by process" in stage.book.due_mails(stage.clock.now())[-1].text


def test_the_next_holder_clears_away_what_was_left(stage: Stage, other: Book) -> None:
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    stage.approve(plan)
    stage.on_step = lambda name: (
        name.startswith("sent")
        and other.leases.take(ACCOUNT, stage.clock.now() + timedelta(minutes=5))
    )
    with pytest.raises(NotHolder):
        work_approved(desk, office)
    other.leases.release(ACCOUNT, stage.clock.now())
    stage.on_step = lambda _name: None
    stage.clock.sleep(60)
    stage.book.close()
    stage.book = other
    work_slot(*desk_of(stage))
    assert other.plan_state(plan.plan_id) == "void"
    assert other.unsettled(ACCOUNT) == ()


def test_an_order_does_not_leave_after_a_long_sleep_at_the_last_moment(stage: Stage) -> None:
    """Between the last look at the clock and the sending; nobody took the account over."""
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    stage.approve(plan)
    stage.on_step = lambda name: stage.clock.sleep(60) if name.startswith("sending") else None
    work_approved(desk, office)
    assert placed(stage) == []
    rows = stage.book.orders(ACCOUNT, plan.plan_id)
    assert {row.last_event for row in rows} == {"blocked"}
    assert "stood still" in rows[-1].detail


def test_of_two_machines_one_sends_the_mails(stage: Stage, other: Book) -> None:
    _, office = desk_of(stage)
    for number in range(3):
        stage.book.post(Mail(f"m-{number}", f"m-{number}", stage.clock.now(), "info", "Hello", ""))
    theirs = Pile()
    elsewhere = replace(office, book=other)
    ours = Pile(lambda: empty_outbox(elsewhere, (theirs,)))
    empty_outbox(office, (ours,))
    assert (ours.mails, theirs.mails) == (["m-0", "m-1", "m-2"], [])
    empty_outbox(elsewhere, (theirs,))
    assert theirs.mails == []
