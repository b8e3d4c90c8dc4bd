"""The tick: when it says stop, how often it tells, what it tells, and what it costs."""

import time
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
import pytest

from benchmarks.optimizer.problems import draw, sized
from bot.progress.lines import Report
from bot.progress.search import LOOKS_PER_SECOND, Search, Searches, Subject
from strategies.optimize.problem import Problem
from strategies.optimize.progress import Progress
from strategies.optimize.sides.solve import solve_sides


@dataclass(slots=True)
class Clock:
    """Goes on by as much as it is told."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Viewer:
    """Keeps what it is shown."""

    looks: bool = True
    seen: list[Report] = field(default_factory=list)

    def is_looking(self) -> bool:
        return self.looks

    def show(self, report: Report) -> None:
        self.seen.append(report)


def problem() -> Problem:
    return replace(draw(1, sized(40)), volatility=0.2)


def run(search: Search, clock: Clock, seconds: float, step: float = 0.001) -> int:
    """Ticks until told to stop, or for so many seconds; how many there were."""
    for done in range(round(seconds / step)):
        if not search(Progress(done, "kernel")):
            return done
        clock.now += step
    return round(seconds / step)


def test_it_tells_as_often_as_a_person_can_look_and_at_the_end() -> None:
    clock, viewer = Clock(), Viewer()
    with Searches((viewer,), clock=clock).begin(Subject("main")) as search:
        run(search, clock, 2.0)
    assert 10 <= (len(viewer.seen) - 1) / 2.0 <= LOOKS_PER_SECOND
    assert [r.state for r in viewer.seen] == ["searching"] * (len(viewer.seen) - 1) + ["finished"]
    assert viewer.seen[-1].elapsed_seconds == pytest.approx(2.0)
    assert viewer.seen[-1].iteration == 1999
    assert viewer.seen[-1].iterations_per_second == pytest.approx(1000, rel=0.01)


def test_who_does_not_look_is_not_told() -> None:
    clock, viewer = Clock(), Viewer(looks=False)
    with Searches((viewer,), clock=clock).begin(Subject("main")) as search:
        run(search, clock, 1.0)
        viewer.looks = True
        run(search, clock, 1.0)
    assert viewer.seen[0].elapsed_seconds >= 1.0


def test_a_deadline_ends_it_and_is_counted_down() -> None:
    clock, viewer = Clock(), Viewer()
    with Searches((viewer,), clock=clock).begin(Subject("main", seconds=0.5)) as search:
        assert run(search, clock, 9.0) == pytest.approx(500, abs=1)
        assert not search(Progress(0, "the next solve")), "what was stopped stays stopped"
    assert viewer.seen[-1].state == "deadline"
    left = [report.seconds_to_deadline for report in viewer.seen]
    assert left == sorted(left, key=lambda each: -(each or 0.0))
    assert left[0] == 0.5


def test_the_deadline_of_the_command_line_takes_the_place_of_that_of_the_account() -> None:
    clock = Clock()
    with Searches(clock=clock, seconds=2.0).begin(Subject("main", seconds=0.5)) as search:
        assert run(search, clock, 9.0) == pytest.approx(2000, abs=1)


@pytest.mark.parametrize("account", [None, "main"])
def test_a_cancel_ends_what_runs_once(account: str | None) -> None:
    viewer = Viewer()
    searches = Searches((viewer,))
    assert searches.cancel(account) == ()
    with searches.begin(Subject("main")) as search:
        assert search(Progress(1, "kernel"))
        assert searches.cancel("another") == ()
        assert searches.cancel(account) == ("main",)
        assert searches.cancel(account) == (), "it is ending already"
        assert not search(Progress(2, "kernel"))
    assert viewer.seen[-1].state == "stopped"
    with searches.begin(Subject("main")) as search:
        assert search(Progress(1, "kernel")), "the next search is not stopped by it"


def test_a_machine_that_stops_stops_its_search() -> None:
    stopping = [False]
    with Searches(stopping=lambda: stopping[0]).begin(Subject("main")) as search:
        assert search(Progress(1, "kernel"))
        stopping[0] = True
        assert not search(Progress(2, "kernel"))


def test_a_search_that_fails_is_over_all_the_same() -> None:
    viewer = Viewer()
    searches = Searches((viewer,))
    with pytest.raises(ZeroDivisionError), searches.begin(Subject("main")):
        raise ZeroDivisionError
    assert viewer.seen[-1].state == "finished"
    assert searches.cancel() == ()


def solved(subject: Subject) -> list[Report]:
    """What a real solve shows, on a clock that goes so fast that every tick is told."""
    viewer, asked, clock = Viewer(), problem(), count()
    with Searches((viewer,), clock=lambda: float(next(clock))).begin(subject) as search:

        def tick(progress: Progress) -> bool:
            return search(replace(progress, problem=asked))

        answer = solve_sides(asked, tolerance=0.0, tick=tick)
        assert search(Progress(10_000, "end", answer.weights, answer.objective, answer.bound))
    return viewer.seen


def test_a_real_search_is_told_with_its_plan_and_its_risk() -> None:
    seen = solved(Subject("main", nav=2_000_000.0))
    best = [report.objective_bps for report in seen if report.objective_bps is not None]
    assert best == sorted(best, reverse=True), "the best plan only gets better"
    last = seen[-1]
    assert last.gap is not None
    assert last.gap <= 1e-6
    assert last.seconds_to_gap == 0.0
    assert last.tracking_error is not None
    assert last.tracking_error <= 0.015 + 1e-9
    assert last.tracking_error_limit == 0.015
    assert last.var_95 is not None
    assert last.var_95_amount == pytest.approx(2_000_000 * last.var_95)
    assert last.var_95_limit == pytest.approx(1.645 * 0.2 / np.sqrt(252))
    assert last.breaks == ()


def test_until_there_is_a_plan_it_is_told_what_is_broken_by_what_is_held() -> None:
    viewer, asked = Viewer(), replace(problem(), tracking_error=1e-3)
    with Searches((viewer,)).begin(Subject("main")) as search:
        assert search(Progress(0, "kernel", problem=asked))
    assert viewer.seen[0].objective_bps is None
    assert viewer.seen[0].var_95_amount is None
    assert any("tracking error" in words for words in viewer.seen[0].breaks)


def test_another_problem_begins_anew_and_its_iterations_count_on() -> None:
    viewer, first, second = Viewer(), problem(), problem()
    with Searches((viewer,)).begin(Subject("main")) as search:
        search(Progress(7, "kernel", first.target, 0.01, 0.01, first))
        search(Progress(3, "whole shares", problem=second))
    assert viewer.seen[-1].iteration == 10
    assert viewer.seen[-1].objective_bps is None


def test_risk_that_is_no_number_is_not_told() -> None:
    viewer, asked = Viewer(), problem()
    with Searches((viewer,)).begin(Subject("main")) as search:
        search(Progress(0, "kernel", np.full(40, 1e200), 0.1, 0.1, asked))
    assert viewer.seen[0].var_95 is None


def test_a_tick_that_nobody_sees_costs_microseconds() -> None:
    """Measured 0.4; the least of several goes, with room for a slow machine."""
    with Searches((Viewer(looks=False),)).begin(Subject("main", seconds=1e9)) as search:
        progress, costs = Progress(1, "kernel"), list[float]()
        for _ in range(20):
            began = time.perf_counter()
            for _ in range(2000):
                search(progress)
            costs.append((time.perf_counter() - began) / 2000)
    assert min(costs) < 10e-6
