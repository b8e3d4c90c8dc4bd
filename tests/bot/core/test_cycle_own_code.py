"""A whole account whose target is code of the owner's: traded, or held with the reason told."""

from dataclasses import replace
from pathlib import Path

import pytest
from stage import MakeStage, Stage, assert_sound, equal_policy, names
from test_rounds import desk_of, subjects

from bot.cycle import watch
from bot.reconcile import Refusal, catch_up
from bot.report.say import decision_text
from bot.rounds import watch_slot, work_slot
from strategies.plan import MEND, Hold
from strategies.policy import Mode, Policy
from strategies.policy.own_code import OwnCode
from strategies.policy.target import MeanSource, Recipe, Target

GOOD = """
def weights(names, prices, current, cash):
    assert len(prices) > 100 and prices.shape[1] == len(names) == len(current)
    print("cash", round(cash, 2))
    return {names[0]: 0.75, names[1]: 0.25}
"""
HANGS = """
import pathlib
def weights():
    pathlib.Path("hangs").touch()
    while True:
        pass
"""


def policy(mode: Mode = Mode.AUTO) -> Policy:
    """Six names, weighed by mine.py."""
    equal = equal_policy(names(6), mode=mode)
    own = OwnCode("file:mine.py:weights", seconds=60)
    return replace(equal, target=Target("own", equal.target.weights, own=own))


@pytest.fixture
def stage(make: MakeStage) -> Stage:
    return make(policy())


def write(stage: Stage, text: str) -> None:
    stage.folder.chmod(0o755)
    (stage.folder / "mine.py").write_text(text)


def decided(stage: Stage) -> str:
    """What a cycle came to; an account that holds has traded nothing."""
    decision = stage.run().decision
    if isinstance(decision, Hold):
        assert stage.held() == {}
    return decision.why


def test_what_it_says_is_what_is_held(stage: Stage) -> None:
    write(stage, GOOD)
    plan = stage.run_with_consent()
    assert not isinstance(plan.decision, Hold)
    first, second = (float(stage.weights()[name]) for name in names(2))
    assert (first, second) == pytest.approx((0.75 * 0.99, 0.25 * 0.99), abs=0.01)
    assert set(stage.weights()) == set(names(2))
    assert_sound(stage)


def test_the_next_day_it_may_say_something_else(stage: Stage) -> None:
    write(stage, GOOD)
    stage.run_with_consent()
    stage.next_day()
    write(stage, "def weights(names): return {names[-1]: 1}")
    stage.run_with_consent()
    assert float(stage.weights()[names(6)[-1]]) == pytest.approx(0.99, abs=0.01)


FAULTS = [
    ("def weights(names):\n    return names[99]", "mine.py:2: IndexError: list index out of range"),
    ("def weights(names): return {n: 1 for n in names}", "the weights sum to 6, and must sum to 1"),
    ("def weights(): return {'NONE': 1}", "it speaks of NONE, not among the names that it was"),
    ("import os\nos.kill(os.getpid(), 15)", "its process died of SIGTERM"),
]


@pytest.mark.parametrize(("text", "why"), FAULTS)
def test_where_it_says_nothing_nothing_is_traded_and_a_person_is_told(
    stage: Stage, text: str, why: str
) -> None:
    write(stage, text)
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    assert isinstance(plan.decision, Hold)
    assert plan.decision.why.startswith(f"your code mine.py:weights gave no answer: {why}")
    assert plan.decision.remedy == MEND
    assert decision_text(plan.decision) == f"Hold: {plan.decision.why} (to do: {MEND})"
    assert stage.book.plan(plan.plan_id) == plan, "the book keeps why"
    assert stage.held() == {}
    (mail,) = stage.book.due_mails(stage.clock.now())
    assert "mine.py:weights gave no answer" in mail.subject
    assert MEND in mail.text
    stage.clock.sleep(600)
    work_slot(desk, office)
    assert len(subjects(stage)) == 1, "once a day for each different failure"


def test_a_missing_file_and_one_that_others_can_write_are_told(stage: Stage) -> None:
    assert "mine.py: no such file or directory" in decided(stage)
    write(stage, GOOD)
    (stage.folder / "mine.py").chmod(0o666)
    stage.clock.sleep(60)
    assert "can be written by others (mode 0666; chmod go-w it), and so it is not" in decided(stage)


def test_a_stop_while_it_runs_ends_the_cycle_quietly(stage: Stage) -> None:
    write(stage, HANGS)
    stage.stopping = (stage.folder / "hangs").exists
    desk, office = desk_of(stage)
    plan = work_slot(desk, office)
    assert isinstance(plan.decision, Hold)
    assert plan.decision.why.endswith("interrupted: the machine was told to stop")
    assert subjects(stage) == []


def test_a_look_between_plans_tells_of_it_too(stage: Stage) -> None:
    write(stage, GOOD)
    stage.run_with_consent()
    post = stage.post()
    catch_up(post.policy, post.identity, stage.broker, stage.book, post.clock.now())
    assert watch(post, stage.broker, stage.book) is False
    write(stage, "def weights(names): return {names[-1]: 1}")
    assert watch(post, stage.broker, stage.book) is True
    write(stage, "1 / 0")
    with pytest.raises(Refusal, match=r"mine.py:1: ZeroDivisionError") as caught:
        watch(post, stage.broker, stage.book)
    assert caught.value.remedy == MEND
    desk, office = desk_of(stage)
    with pytest.raises(Refusal, match="ZeroDivisionError"):
        watch_slot(desk, office)


def test_a_changed_answer_of_the_same_moment_is_another_plan(make: MakeStage) -> None:
    stage = make(policy(Mode.PROPOSE))
    write(stage, GOOD)
    one, again = stage.run(), stage.run()
    write(stage, "def weights(names): return {names[-1]: 1}")
    other = stage.run()
    assert one == again
    assert other.plan_id != one.plan_id


def test_a_forecast_is_a_reading_too(make: MakeStage, tmp_path: Path) -> None:
    forecast = OwnCode("file:mine.py:forecast", (("rate", 3),), seconds=60)
    recipe = Recipe(means=MeanSource.FORECAST, forecast=forecast)
    equal = equal_policy(names(6))
    stage = make(replace(equal, target=replace(equal.target, recipe=recipe)))
    write(stage, "def forecast(names, rate): return [rate / 100] * len(names)")
    assert not isinstance(stage.run_with_consent().decision, Hold)
    assert_sound(stage)
    stage.next_day()
    write(stage, "def forecast(names, rate): return [rate] * (len(names) - 1)")
    why = stage.run().decision.why
    assert why == "your code mine.py:forecast gave no answer: it returned 5 numbers for 6 names"
    assert tmp_path in stage.folder.parents
