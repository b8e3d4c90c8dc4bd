"""Stopping a search from another process: how long until its best plan is there, and is it sound?

    python -m benchmarks.optimizer.cancel                   30 searches of each case
    python -m benchmarks.optimizer.cancel --runs 100

Long searches (the sides of 500 names with losses, lots of 100 shares, the case in which the least
trade binds) are cancelled at random moments over the socket that ``trimtab stop-search`` uses. The
latency is from the moment the request is sent, in one process, until the plan is returned in the
other, on the clock that both share. ``late`` counts searches that had ended before the request
came, ``early`` those that had found no plan yet: there is none to return. ``unsound`` counts those
that had one and returned none, or one that breaks a limit. ``updates`` is how many reports a
listener saw in each second of a search that it let run.
"""

import benchmarks.optimizer.one_core  # noqa: F401  # before NumPy

# isort: split
import argparse
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.optimizer.problems import draw, sized
from benchmarks.optimizer.whole_shares import CASES, Case, grid_of, problem_of
from bot.progress.broadcast import Broadcaster
from bot.progress.lines import Report, encode_cancel
from bot.progress.listen import Hearing
from bot.progress.search import Searches, Subject
from bot.progress.sockets import connect
from strategies.optimize.measure import violation
from strategies.optimize.problem import Array, Problem
from strategies.optimize.progress import Progress, Tick
from strategies.optimize.sides.solve import solve_sides
from strategies.optimize.whole.shares import round_to_shares

SEED = 1
SOON, LATE = 0.02, 0.9
"""A search is cancelled after so many seconds at the earliest, after this share of it at last."""
VIOLATION_MAX = 1e-9
LOTS = 100.0

Solve = Callable[[Tick], tuple[bool, Array]]
"""Runs a search; whether its weights may be used, and the weights."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of search."""

    case: str
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    late: int
    early: int
    unsound: int
    violation: float
    updates: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a search returned, and when (monotonic): by how much it breaks a limit.

    Infinite where it is not usable. ``was_seen``: a plan had been told of before the end.
    """

    at: float
    was_seen: bool
    broken: float


def searches_of(names: int, seed: int) -> dict[str, tuple[Problem, Solve]]:
    """The long searches, by name."""
    problem = draw(seed, sized(names))
    found: dict[str, tuple[Problem, Solve]] = {"sides of losses": (problem, _sides(problem))}
    for case in (case for case in CASES if case.step == LOTS or case.least_bps):
        whole = problem_of(names, seed, case.nav_usd)
        found[case.name] = (whole, _shares(whole, case, seed))
    return found


def _sides(problem: Problem) -> Solve:
    def solve(tick: Tick) -> tuple[bool, Array]:
        answer = solve_sides(problem, tolerance=0.0, tick=tick)
        return answer.is_usable, answer.weights

    return solve


def _shares(problem: Problem, case: Case, seed: int) -> Solve:
    grid = grid_of(problem, case, seed)

    def solve(tick: Tick) -> tuple[bool, Array]:
        answer = round_to_shares(problem, grid, tolerance=0.0, tick=tick)
        return answer.is_usable, answer.weights

    return solve


def hear(path: Path, orders: Connection) -> None:
    """The other process: waits as long as it is told, cancels, and says when; None: it listens."""
    link = connect(path)
    assert link is not None
    hearing = Hearing(link)
    orders.send("connected")
    while (wait := orders.recv()) != "leave":
        if wait is None:
            orders.send(_rate(hearing))
        else:
            orders.poll(wait)  # nothing comes: the wait alone is wanted
            sent = time.monotonic()
            link.sendall(encode_cancel(None))
            orders.send(sent)
            _rate(hearing)


def _rate(hearing: Hearing) -> float:
    """Reports a second, from the first of a search to its last."""
    times: list[float] = []
    while (said := hearing.read()) is not None:
        reports = [each for each in said if isinstance(each, Report)]
        times += [time.monotonic()] * len(reports)
        if any(each.state != "searching" for each in reports):
            break
    seconds = times[-1] - times[0] if times else 0.0
    return (len(times) - 1) / seconds if seconds > 0 else 0.0


def measure(case: str, problem: Problem, solve: Solve, runs: int, folder: Path) -> Measured:
    """One case: once to its end with a listener, then ``runs`` times cancelled."""
    broadcaster = Broadcaster(folder)
    searches = Searches((broadcaster,))
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    other = spawn.Process(target=hear, args=(broadcaster.path, theirs), daemon=True)
    chance = random.Random(SEED)  # noqa: S311  # moments, not secrets
    with broadcaster.serving(searches.cancel):
        other.start()
        theirs.close()
        ours.recv()
        ours.send(None)
        whole, _ = _run(problem, solve, searches)
        updates = ours.recv()
        latencies, late, plans = list[float](), 0, list[Plan]()
        for _ in range(runs):
            ours.send(chance.uniform(SOON, max(SOON, LATE * whole)))
            _, plan = _run(problem, solve, searches)
            waited = 1e3 * (plan.at - ours.recv())
            late += waited < 0
            latencies += [waited] if waited >= 0 else []
            plans.append(plan)
        ours.send("leave")
        other.join()
    return _summed(case, whole, updates, latencies, late, plans)


def _summed(
    case: str, whole: float, updates: float, latencies: list[float], late: int, plans: list[Plan]
) -> Measured:
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return Measured(
        case=case,
        seconds=whole,
        p50_ms=cuts[49],
        p99_ms=cuts[98],
        max_ms=max(latencies),
        late=late,
        early=sum(not plan.was_seen for plan in plans),
        unsound=sum(plan.was_seen and plan.broken > VIOLATION_MAX for plan in plans),
        violation=max((plan.broken for plan in plans if plan.was_seen), default=0.0),
        updates=updates,
    )


def _run(problem: Problem, solve: Solve, searches: Searches) -> tuple[float, Plan]:
    """Seconds of one search, and its plan."""
    seen = [False]
    began = time.monotonic()
    with searches.begin(Subject("bench")) as search:

        def tick(progress: Progress) -> bool:
            seen[0] = seen[0] or progress.weights is not None
            return search(replace(progress, problem=problem))

        is_usable, weights = solve(tick)
    ended = time.monotonic()
    broken = violation(problem, weights) if is_usable else float("inf")
    return ended - began, Plan(ended, seen[0], broken)


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=500)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = [
            measure(case, problem, solve, asked.runs, Path(folder))
            for case, (problem, solve) in searches_of(asked.names, SEED).items()
        ]
    if asked.json:
        print(json.dumps([asdict(each) for each in measured]))
        return
    print(
        f"{'search':<30} {'s':>6} {'p50 ms':>7} {'p99 ms':>7} {'max ms':>7} {'late':>5}"
        f" {'early':>5} {'unsound':>8} {'violation':>10} {'updates/s':>10}"
    )
    for each in measured:
        print(
            f"{each.case:<30} {each.seconds:>6.2f} {each.p50_ms:>7.1f} {each.p99_ms:>7.1f}"
            f" {each.max_ms:>7.1f} {each.late:>5} {each.early:>5} {each.unsound:>8}"
            f" {each.violation:>10.1e} {each.updates:>10.1f}"
        )


if __name__ == "__main__":
    main()
