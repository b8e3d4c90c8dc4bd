"""The solve itself. ``seconds`` is the time of that alone: reading and checking are not in it."""

import sys
import time
from dataclasses import dataclass, replace

from bot.cli.optimizing.answer import Checked, Verdict, check, judge, with_own
from bot.cli.optimizing.dispatch import Outcome, solve
from bot.cli.optimizing.document import Asked
from bot.cli.optimizing.verify import verified
from bot.cli.searching.bar import Bar
from bot.cli.searching.interrupts import first_stops
from bot.progress.search import Searches, Subject
from strategies.optimize.problem import SQUARE_ROOT_LAW
from strategies.optimize.progress import Tick
from strategies.optimize.relax.least import Relaxed, relax
from strategies.optimize.second.opinion import Opinion


@dataclass(frozen=True, slots=True)
class Found:
    """The answer, what checking it gave, and the seconds that the solve took.

    ``relaxed`` is the least that must give way where no weights keep all limits; ``opinion`` is
    another solver's, if it was asked.
    """

    outcome: Outcome
    checked: Checked
    verdict: Verdict
    relaxed: Relaxed | None
    seconds: float
    opinion: Opinion | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether there is no answer, or another solver disagrees with it."""
        disagrees = self.opinion is not None and self.opinion.verdict == "disagrees"
        return disagrees or self.verdict.status == "error"


def find(asked: Asked, seconds_max: float | None, *, verify: bool = False) -> Found:
    """Solve ``asked`` and check the answer against the problem as it was given.

    The search ends after ``seconds_max``, and on a terminal at Ctrl-C, with its best plan so far.
    """
    searches = Searches((Bar(),), seconds=seconds_max)
    with first_stops(searches), searches.begin(Subject("problem")) as search:
        search.about(asked.problem)
        began = time.perf_counter()
        stoppable = seconds_max is not None or sys.stderr.isatty()
        outcome = solve(asked, search, apart=stoppable)
        took = time.perf_counter() - began
        relaxed = _relaxed(asked, outcome, search)
        opinion = verified(asked, outcome, search) if verify else None
    answer = outcome.answer
    checked = check(asked.problem, answer.weights.tolist(), outcome.round_trips, outcome.beside)
    if asked.own is not None:
        checked = with_own(checked, answer)
    verdict = judge(answer, checked, certified=outcome.certified)
    return Found(outcome, checked, verdict, relaxed, took, opinion)


def _relaxed(asked: Asked, outcome: Outcome, tick: Tick) -> Relaxed | None:
    """What must give way; None where the limits of the problem alone can be kept."""
    if outcome.answer.status != "infeasible":
        return None
    relaxed = relax(replace(asked.problem, exponent=SQUARE_ROOT_LAW), tick=tick)
    return relaxed if relaxed.broken else None
