"""The tick of a search: it says when to stop, and now and then how far the search has come.

The solver calls it at each iteration, so that it costs a fraction of a microsecond; figures are
drawn ``LOOKS_PER_SECOND`` times a second at most, and only while somebody looks.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Protocol

from bot.progress.lines import Report, State
from bot.progress.pace import WINDOW, Look, iterations_per_second, seconds_to_gap

if TYPE_CHECKING:  # a plan to do nothing shall not wait for the optimiser to be loaded
    from bot.progress.figures import Risk
    from strategies.optimize.problem import Problem
    from strategies.optimize.progress import Progress

LOOKS_PER_SECOND = 20
BPS = 1e4
TOLERANCE = 1e-6
"""Gap at which a search is over, as the kernel has it."""

Monotonic = Callable[[], float]
"""Seconds that only ever go forward."""


class Audience(Protocol):
    """Somebody who may be looking."""

    def is_looking(self) -> bool:
        """Whether a report would be seen now; asked again and again, so it must be quick."""
        ...

    def show(self, report: Report) -> None:
        """Take a report; must neither wait nor fail."""
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What is searched for: a plan for ``account``, worth ``nav``, within ``seconds``.

    None where the value is not known, and where there is no deadline. ``names`` are those of the
    weights, in their order, as far as they are known.
    """

    account: str
    nav: float | None = None
    seconds: float | None = None
    names: tuple[str, ...] = ()
    tolerance: float = TOLERANCE


class Search:
    """One search, which may be several solves in a row. Called by its solver, with its progress."""

    def __init__(
        self,
        subject: Subject,
        audiences: Sequence[Audience],
        clock: Monotonic,
        stopping: Callable[[], bool],
    ) -> None:
        """Time runs from now on."""
        self.subject = subject
        self._audiences, self._clock, self._stopping = audiences, clock, stopping
        self._began = clock()
        self._ends = inf if subject.seconds is None else self._began + subject.seconds
        self._due = self._began
        self._ended: State | None = None
        self._best: Progress | None = None
        self._stage, self._before, self._iteration = "starting", 0, 0
        self._looks = deque[Look](maxlen=WINDOW)
        self._problem: Problem | None = None

    def about(self, problem: "Problem") -> None:
        """The solves from now on are of ``problem``: what was found of another no longer counts."""
        self._problem = problem
        self._best = None
        self._looks.clear()

    def __call__(self, progress: "Progress") -> bool:
        """The tick: whether to go on."""
        now = self._clock()
        if progress.iteration < self._iteration:  # another solve has begun to count
            self._before += self._iteration
        self._iteration, self._stage = progress.iteration, progress.stage
        if progress.problem is not None and progress.problem is not self._problem:
            self.about(progress.problem)
        if progress.weights is not None:
            self._best = progress
        if self._ended is None and (now >= self._ends or self._stopping()):
            self._ended = "deadline" if now >= self._ends else "stopped"
        if now >= self._due:
            self._due = now + 1 / LOOKS_PER_SECOND
            self._tell(now, "searching")
        return self._ended is None

    def cancel(self) -> bool:
        """End the search with its best plan so far; False where it is ending already."""
        if self._ended is not None:
            return False
        self._ended = "stopped"
        return True

    def close(self) -> None:
        """The search is over: the last report."""
        self._tell(self._clock(), self._ended or "finished")

    def _tell(self, now: float, state: State) -> None:
        looking = [audience for audience in self._audiences if audience.is_looking()]
        if looking:
            report = self.report(now, state)
            for audience in looking:
                audience.show(report)

    def report(self, now: float, state: State) -> Report:
        """How far it is at ``now``."""
        elapsed, best, nav = now - self._began, self._best, self.subject.nav
        gap = inf if best is None else best.gap
        self._looks.append(Look(elapsed, self._before + self._iteration, gap))
        risk = self._risk()
        return Report(
            account=self.subject.account,
            state=state,
            stage=self._stage,
            iteration=self._looks[-1].iterations,
            objective_bps=None if best is None else _bps(best.objective),
            bound_bps=None if best is None else _bps(best.bound),
            gap=gap if isfinite(gap) else None,
            elapsed_seconds=elapsed,
            iterations_per_second=iterations_per_second(self._looks),
            seconds_to_deadline=None if self._ends == inf else max(0.0, self._ends - now),
            seconds_to_gap=seconds_to_gap(self._looks, self.subject.tolerance),
            tracking_error=risk.tracking_error if risk else None,
            tracking_error_limit=risk.tracking_error_limit if risk else None,
            volatility=risk.volatility if risk else None,
            var_95=risk.var_95 if risk else None,
            var_95_limit=risk.var_95_limit if risk else None,
            var_95_amount=risk.var_95 * nav if risk and nav is not None else None,
            breaks=risk.breaks if risk else (),
        )

    def _risk(self) -> "Risk | None":
        """Of the best plan so far; of what is held, until there is one."""
        if self._problem is None:
            return None
        from bot.progress.figures import risk_of

        best = None if self._best is None else self._best.weights
        weights = self._problem.current if best is None else best
        found = risk_of(self._problem, weights, self.subject.names)
        return found if isfinite(found.tracking_error + found.volatility) else None


def _bps(share: float) -> float | None:
    return BPS * share if isfinite(share) else None


class Searches:
    """The searches of this process: they are begun here, shown to all audiences, and stopped.

    ``stopping`` says that the machine wants to stop; ``seconds`` is a deadline in place of that
    of the subject.
    """

    def __init__(
        self,
        audiences: Sequence[Audience] = (),
        *,
        clock: Monotonic = time.monotonic,
        stopping: Callable[[], bool] = lambda: False,
        seconds: float | None = None,
    ) -> None:
        """Nothing is searched yet."""
        self._audiences, self._clock = tuple(audiences), clock
        self._stopping, self._seconds = stopping, seconds
        self._running: tuple[Search, ...] = ()

    @contextmanager
    def begin(self, subject: Subject) -> Iterator[Search]:
        """A search for as long as the block takes."""
        if self._seconds is not None:
            subject = replace(subject, seconds=self._seconds)
        search = Search(subject, self._audiences, self._clock, self._stopping)
        self._running = (*self._running, search)
        try:
            yield search
        finally:
            self._running = tuple(each for each in self._running if each is not search)
            search.close()

    def cancel(self, account: str | None = None) -> tuple[str, ...]:
        """Stop what is searched for ``account``, or all; the accounts of what this stopped."""
        wanted = [s for s in self._running if account in {None, s.subject.account}]
        return tuple(search.subject.account for search in wanted if search.cancel())
