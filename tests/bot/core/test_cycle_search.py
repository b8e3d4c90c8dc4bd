"""The search inside a cycle: it is told with the account's own figures, ended, and still sound."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from paced import uneven
from stage import D, MakeStage, Stage, assert_sound, names

from bot.carry import open_passage
from bot.cycle import asks_a_person, prepare, run_cycle
from bot.progress.lines import Report
from bot.progress.search import Searches
from strategies.plan import Hold, Plan, Rebalance
from strategies.policy import Mode, Optimizer


@dataclass(slots=True)
class Viewer:
    """Keeps what it is shown, and does what it is told at the first look."""

    act: Callable[[], object] = lambda: None
    seen: list[Report] = field(default_factory=list)

    def is_looking(self) -> bool:
        return True

    def show(self, report: Report) -> None:
        self.seen.append(report)
        if len(self.seen) == 1:
            self.act()


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    """Twelve names, one of them outside its band."""
    made = make(12)
    made.hold_weights(uneven(names(12), "0.118", "0.078", count=1), D(100_000))
    return made


def planned(stage: Stage, searches: Searches) -> Plan:
    return prepare(replace(stage.post(), searches=searches), stage.broker, stage.book)


def test_who_looks_sees_the_account_with_its_risk_in_money(stage: Stage) -> None:
    viewer = Viewer()
    plan = planned(stage, Searches((viewer,)))
    assert isinstance(plan.decision, Rebalance)
    last = viewer.seen[-1]
    assert (last.account, last.state) == (stage.policy.account, "finished")
    assert last.iteration > 0
    assert last.tracking_error is not None
    assert last.var_95 is not None
    assert last.var_95_amount == pytest.approx(float(plan.nav) * last.var_95)
    assert last.seconds_to_deadline is not None
    assert last.seconds_to_deadline <= Optimizer().seconds
    assert last.breaks == ()


def test_looking_changes_nothing(make: MakeStage) -> None:
    plans = []
    for folder, searches in (("seen", Searches((Viewer(),))), ("unseen", Searches())):
        stage = make(12, folder=folder)
        stage.hold_weights(uneven(names(12), "0.118", "0.078", count=1), D(100_000))
        plans.append(planned(stage, searches))
    assert plans[0].legs == plans[1].legs
    assert len(plans[0].legs) > 0


@pytest.mark.parametrize("how", ["deadline", "stopped"])
def test_a_search_that_is_ended_at_once_leaves_a_cycle_that_is_sound(
    stage: Stage, how: str
) -> None:
    """Nothing may have been found by then: then nothing is traded, and the plan says why."""
    viewer = Viewer()
    searches = Searches((viewer,), seconds=0.0 if how == "deadline" else None)
    viewer.act = searches.cancel if how == "stopped" else viewer.act
    plan = run_cycle(replace(stage.post(), searches=searches), stage.broker, stage.book)
    assert viewer.seen[-1].state == how
    if isinstance(plan.decision, Hold):
        assert plan.decision.why
        assert plan.legs == ()
    assert max(line.weight_after for line in plan.lines) <= D("0.12")
    assert_sound(stage)


def test_a_machine_that_is_told_to_stop_ends_its_search(stage: Stage) -> None:
    viewer = Viewer()
    planned(stage, Searches((viewer,), stopping=lambda: True))
    assert viewer.seen[-1].state == "stopped"


@pytest.mark.parametrize("mode", [Mode.APPROVE, Mode.AUTO])
def test_a_plan_that_was_cut_short_by_a_stop_is_put_before_nobody(stage: Stage, mode: Mode) -> None:
    stage.policy = replace(stage.policy, mode=mode)
    stage.stopping = lambda: "planning" in stage.steps
    plan = stage.run()
    assert isinstance(plan.decision, Rebalance)
    row = stage.book.plan_row(plan.plan_id)
    assert (row.state, row.why) == ("void", "interrupted: the machine was told to stop")
    assert not stage.book.orders(plan_id=plan.plan_id)
    assert "started" not in stage.steps


def test_a_plan_that_another_solver_disagrees_with_asks_a_person(stage: Stage) -> None:
    post, policy = stage.post(), replace(stage.policy, mode=Mode.AUTO)
    plan = prepare(post, stage.broker, stage.book)
    assert plan.proof is not None
    passage = open_passage(plan, post, stage.broker, stage.book, approved=False)
    assert asks_a_person(policy, passage) == ()
    doubted = replace(plan.proof, second="Clarabel disagrees: 3 bps", doubted=True)
    asks = asks_a_person(policy, replace(passage, plan=replace(plan, proof=doubted)))
    assert asks == ("another solver disagrees: Clarabel disagrees: 3 bps",)
