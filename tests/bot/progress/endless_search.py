"""A process with a search that has no end of its own: one real problem after the other.

    python endless_search.py FOLDER            until somebody stops it

It says ``ready`` once it searches, and at the end how the last plan is.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.optimizer.problems import draw, sized
from bot.cli.searching.bar import Bar
from bot.cli.searching.interrupts import first_stops
from bot.progress.broadcast import Broadcaster
from bot.progress.search import Search, Searches, Subject
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.measure import violation
from strategies.optimize.problem import Problem
from strategies.optimize.progress import Progress
from strategies.optimize.sides.solve import solve_sides

NAMES = 100
NAV = 1_000_000.0


def problems() -> tuple[Problem, ...]:
    """A few, with losses to choose the sides of."""
    return tuple(draw(seed, sized(NAMES)) for seed in range(1, 6))


def search_on(search: Search) -> tuple[Problem, Solution]:
    """Solve until told to stop; the last plan, and what it is of."""
    last: tuple[Problem, Solution] | None = None
    while True:
        for problem in problems():
            answer = solve(problem, search)
            last = (problem, answer) if answer.is_usable else last
            if last is not None and not search(Progress(0, "between two")):
                return last


def solve(problem: Problem, search: Search) -> Solution:
    """One solve; where it had found a plan when it was stopped it must return one."""
    plans: list[Progress] = []

    def tick(progress: Progress) -> bool:
        if progress.weights is not None:
            plans.append(progress)
        return search(replace(progress, problem=problem))

    answer = solve_sides(problem, tolerance=0.0, tick=tick)
    assert answer.is_usable or not plans
    return answer


def main(folder: Path) -> None:
    """Search, and say how it ended."""
    broadcaster = Broadcaster(folder)
    searches = Searches((broadcaster, Bar()))
    with broadcaster.serving(searches.cancel), first_stops(searches):
        with searches.begin(Subject("main", NAV)) as search:
            print("ready", flush=True)  # noqa: T201 - whoever started this process waits for it
            problem, answer = search_on(search)
        said = {"usable": answer.is_usable, "violation": violation(problem, answer.weights)}
        print(json.dumps(said), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(Path(sys.argv[1]))
