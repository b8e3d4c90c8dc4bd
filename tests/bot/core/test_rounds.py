"""What a slot does beside the cycle: approvals before it, and who is told after it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from paced import uneven
from stage import D, MakeStage, Setting, Stage, Weekdays, assert_sound, equal_policy, names

from bot.config.settings import AccountConfig, AlertSettings
from bot.limits import Profile
from bot.reconcile import Refusal
from bot.rounds import Desk, Office, has_approved, watch_slot, work_approved, work_slot
from brokers.settings import PaperSettings
from brokers.words import Environment
from strategies.plan import Hold
from strategies.policy import GroupLimit, Mode, Optimizer, Policy
from strategies.policy.triggers import Action, Triggers


def desk_of(stage: Stage, policy: Policy | None = None) -> tuple[Desk, Office]:
    """The stage as the daemon sees it."""
    config = AccountConfig(
        account=stage.policy.account,
        broker=PaperSettings(stage.folder / "ledger.db"),
        environment=Environment.PAPER,
        live_account=None,
        profile=Profile.PERSON,
        policy=policy or stage.policy,
        limits=stage.limits,
        times=(),
        every=None,
        folder=stage.folder,
    )
    office = Office(
        book=stage.book,
        sessions=Weekdays(),
        clock=stage.clock,
        alerts=AlertSettings(D("0.03"), None),
        step=stage.step,
        stopping=stage.stopping,
        disk_free_mib=stage.disk_free_mib,
    )
    return Desk(config, stage.broker, "digest"), office


def subjects(stage: Stage) -> list[str]:
    """What was put into the outbox."""
    return [mail.subject for mail in stage.book.mails()]


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """An account that asks before it trades, and has drifted."""
    made = make(equal_policy(names(6), mode=Mode.APPROVE), Setting())
    made.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    return made


def test_a_plan_that_waits_is_told_approved_and_carried_out(stage: Stage) -> None:
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    assert len(subjects(stage)) == 1
    assert not has_approved(desk, office)
    stage.approve(plan)
    assert has_approved(desk, office)
    stage.clock.sleep(60)
    work_approved(desk, office)
    assert stage.book.plan_state(plan.plan_id) == "finished"
    assert len(subjects(stage)) == 2
    assert not has_approved(desk, office)
    assert_sound(stage)


def test_an_approved_plan_is_found_however_many_came_after_it(stage: Stage) -> None:
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    stage.approve(plan)
    quiet, _ = desk_of(stage, replace(stage.policy, mode=Mode.PROPOSE))
    for _ in range(25):
        stage.clock.sleep(10)
        stage.broker = quiet.broker
        stage.policy = quiet.config.policy
        stage.run()
    assert has_approved(desk, office)
    work_approved(desk, office)
    assert stage.book.plan_state(plan.plan_id) == "finished"


def test_nobody_answers_and_the_plan_expires(stage: Stage) -> None:
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    stage.clock.sleep(timedelta(hours=4, seconds=1).total_seconds())
    work_approved(desk, office)
    row = stage.book.plan_row(plan.plan_id)
    assert (row.state, row.why) == ("expired", "nobody approved it in time")


def test_an_approval_that_no_longer_holds_does_not_hold_up_the_slot(stage: Stage) -> None:
    desk, office = desk_of(stage)
    old = work_slot(desk, office)
    stage.approve(old)
    stage.next_day()
    new = work_slot(desk, office)
    assert stage.book.plan_state(old.plan_id) == "void"
    assert stage.book.plan_state(new.plan_id) == "awaiting"
    assert len(subjects(stage)) == 3, "asked, told that it is void, asked again"


def test_a_halted_account_is_not_asked_every_minute(stage: Stage) -> None:
    desk, office = desk_of(stage)
    stage.approve(work_slot(desk, office))
    stage.book.halt("main", "wait", "owner", stage.clock.now())
    assert not has_approved(desk, office)


def test_a_watch_asks_once(stage: Stage) -> None:
    desk, office = desk_of(stage)
    assert watch_slot(desk, office) is not None
    for _ in range(3):
        stage.clock.sleep(300)
        assert watch_slot(desk, office) is None
    assert len(stage.book.plans()) == 1
    assert len(subjects(stage)) == 1


def test_the_first_watch_of_a_session_leaves_a_picture_and_the_next_no_trace(
    make: MakeStage,
) -> None:
    stage = make(6)
    stage.hold_weights(dict.fromkeys(names(6), D("0.165")), D(100_000))
    desk, office = desk_of(stage)
    first = watch_slot(desk, office)
    assert first is not None
    assert first.decision.kind == "hold"
    assert len(stage.book.nav_history(desk.account)) == 1
    stage.clock.sleep(1200)
    assert watch_slot(desk, office) is None
    assert len(stage.book.plans()) == 1
    assert not subjects(stage)


def test_what_a_person_turned_down_is_not_put_before_them_again_that_day(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    stage.policy = replace(stage.policy, mode=Mode.APPROVE)
    desk, office = desk_of(stage)
    asked = watch_slot(desk, office)
    assert asked is not None
    stage.book.mark_plan(asked.plan_id, "rejected", "owner", "no", stage.clock.now())
    stage.clock.sleep(1200)
    assert watch_slot(desk, office) is None
    stage.next_day()
    assert watch_slot(desk, office) is not None


def test_an_approval_given_before_orders_may_leave_is_not_spent(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    stage.policy = replace(stage.policy, mode=Mode.APPROVE)
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    stage.approve(plan)
    late = stage.post().session.closes - timedelta(minutes=10)
    stage.clock.move_to(late)
    work_approved(desk, office)
    assert stage.book.plan_state(plan.plan_id) == "approved"


def test_a_watch_of_a_halted_account_only_clears_up(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    stage.book.halt("*", "by hand", "owner", stage.clock.now())
    desk, office = desk_of(stage)
    assert watch_slot(desk, office) is None
    assert not stage.book.plans()
    with pytest.raises(Refusal, match="is halted"):
        work_slot(desk, office)


def test_a_closed_exchange_is_said(stage: Stage) -> None:
    desk, office = desk_of(stage)
    stage.clock.sleep(timedelta(hours=12).total_seconds())
    with pytest.raises(Refusal, match="the exchange is closed"):
        work_slot(desk, office)


def test_a_calm_slot_is_kept_as_a_plan_to_hold(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(dict.fromkeys(names(6), D("0.165")), D(100_000))
    desk, office = desk_of(stage)
    assert isinstance(work_slot(desk, office).decision, Hold)
    assert not subjects(stage)


def test_what_only_warns_is_told_once_a_session_and_wakes_no_cycle_again(make: MakeStage) -> None:
    calm = make(6)
    calm.hold_weights(dict.fromkeys(names(6), D("0.165")), D(100_000))
    desk, office = desk_of(calm)
    assert watch_slot(desk, office) is not None, "the first look of a session is a cycle"
    assert watch_slot(desk, office) is None
    assert not subjects(calm)
    lowered = replace(
        calm.policy,
        optimizer=Optimizer(groups=(GroupLimit("Two", tuple(names(2)), None, D("0.30")),)),
    )
    calm.clock.sleep(300)
    desk, office = desk_of(calm, lowered)
    plan = watch_slot(desk, office)
    assert plan is not None, "the owner lowered a limit"
    assert isinstance(plan.decision, Hold)
    assert [alert.kind for alert in plan.alerts] == ["limit-broken"]
    (told,) = [line for line in subjects(calm) if "group Two is 3" in line]
    assert told.endswith("30.00 % at most")
    calm.clock.sleep(300)
    assert watch_slot(desk, office) is None
    assert len([line for line in subjects(calm) if "group Two" in line]) == 1


def test_a_limit_that_was_lowered_is_acted_on_at_the_next_look(make: MakeStage) -> None:
    stage = make(6)
    stage.hold_weights(dict.fromkeys(names(6), D("0.165")), D(100_000))
    desk, office = desk_of(stage)
    assert watch_slot(desk, office) is not None
    lowered = replace(
        stage.policy,
        optimizer=Optimizer(groups=(GroupLimit("Two", tuple(names(2)), None, D("0.30")),)),
        triggers=Triggers(groups=Action.PARTIAL),
    )
    desk, office = desk_of(stage, lowered)
    stage.policy = lowered
    plan = watch_slot(desk, office)
    assert plan is not None
    assert "brings group Two back within the limit" in plan.decision.why
    held = [line.weight_after for line in plan.lines if line.symbol in names(2)]
    assert sum(held) <= D("0.30")
