"""A solver that cannot be interrupted, in a process of its own, which can.

The cone solver compiles for seconds without a tick, and holds the interpreter for up to a third of
a second at a time (measured at 3,000 names), so that another thread would not do. What is stopped
is killed, and its memory is given back; where it dies of itself, nobody else does.
"""

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from strategies.border.second import Doubt, ask_here
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.ladder import Call, Rung
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.progress import Progress, Tick, silent

if TYPE_CHECKING:
    from strategies.optimize.second.ask import Second

TICK_SECONDS = 0.01
OPINION = "second opinion"

T = TypeVar("T")


class _NoAnswer(Exception):
    """The other process gave none; the message says why."""


def interruptible(rung: Rung) -> Rung:
    """``rung``, whose answer is worked out in another process while this one ticks."""

    def answer(call: Call) -> Solution:
        work = partial(rung.answer, replace(call, tick=silent))
        try:
            return _Aside(work, rung.name).answer(call.tick)
        except _NoAnswer as exc:
            return _without_answer(call.problem, str(exc))

    return Rung(rung.name, answer, solves=rung.solves)


def ask_aside(doubt: Doubt, tick: Tick) -> "Second | str":
    """A second opinion from another process, or why there is none."""
    try:
        return _Aside(partial(ask_here, doubt, silent), OPINION).answer(tick)
    except _NoAnswer as exc:
        return f"there is none: {exc}"


class _Aside(Generic[T]):
    """``work`` in a process of its own, called ``name`` in progress."""

    def __init__(self, work: Callable[[], T], name: str) -> None:
        self._work, self._name = work, name

    def answer(self, tick: Tick) -> T:
        """What the work returns. Raises ``_NoAnswer``, and ``BadProblem`` where the work does."""
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit locks of our threads
        try:
            ours, theirs = spawn.Pipe()
        except OSError as exc:
            raise _NoAnswer(f"no process can be started: {exc.strerror}") from exc
        with ours:
            worker = spawn.Process(target=_work, args=(theirs,), daemon=True)
            with theirs:
                _start(worker)
            threading.Thread(target=_hand_over, args=(ours, self._work), daemon=True).start()
            try:
                return self._awaited(ours, worker, tick)
            finally:
                worker.kill()
                worker.join()

    def _awaited(self, ours: Connection, worker: BaseProcess, tick: Tick) -> T:
        while not ours.poll(TICK_SECONDS):
            if not tick(Progress(0, self._name)):
                raise _NoAnswer("it was told to stop")
        try:
            found: T | BadProblem = ours.recv()
        except EOFError:
            worker.join()
            why = f"its process ended with {worker.exitcode}: too little memory, or see its message"
            raise _NoAnswer(why) from None
        if isinstance(found, BadProblem):
            raise found
        return found


def _start(worker: BaseProcess) -> None:
    """Start it deaf to Ctrl-C, which is for the one who asked: it may come while Python loads.

    The first start brings up a helper of ``multiprocessing``, which lets Ctrl-C in again: it is up
    before.
    """
    try:
        resource_tracker.ensure_running()
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            worker.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)
    except OSError as exc:  # too many processes, or too little memory for one more
        raise _NoAnswer(f"no process can be started: {exc.strerror}") from exc


def _hand_over(ours: Connection, work: Callable[[], object]) -> None:
    """Send the work, in a thread: a large one waits until the other process reads.

    Not as an argument of the process: whoever starts it holds both ends of that pipe, and would
    wait for ever where it dies while it loads.
    """
    with contextlib.suppress(OSError):  # it died: no answer will come, and that is said
        ours.send(work)


def _work(theirs: Connection) -> None:
    """What the other process does."""
    work: Callable[[], object] = theirs.recv()
    try:
        found = work()
    except BadProblem as exc:
        found = exc
    theirs.send(found)


def _without_answer(problem: Problem, why: str) -> Solution:
    return Solution(
        status="error",
        weights=problem.current,
        objective=float("inf"),
        bound=-float("inf"),
        gap=float("inf"),
        violation=float("inf"),
        iterations=0,
        why=why,
        dual=np.empty(0),
    )
