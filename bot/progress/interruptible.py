"""A solver that cannot be interrupted, in a process of its own, which can.

The cone solver compiles for seconds without a tick, and holds the interpreter for up to a third of
a second at a time (measured at 3,000 names), so that another thread would not do. What is stopped
is killed, and its memory is given back.
"""

import multiprocessing
import signal
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from strategies.optimize.kernel.solve import Solution
from strategies.optimize.ladder import Call, Rung
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.progress import Progress, silent

TICK_SECONDS = 0.01

Answer = Solution | BadProblem


def interruptible(rung: Rung) -> Rung:
    """``rung``, whose answer is worked out in another process while this one ticks."""

    def answer(call: Call) -> Solution:
        return _worked_out(rung, call)

    return Rung(rung.name, answer, solves=rung.solves)


def _worked_out(rung: Rung, call: Call) -> Solution:
    spawn = multiprocessing.get_context("spawn")  # a fork would inherit locks of our threads
    ours, theirs = spawn.Pipe(duplex=False)
    worker = spawn.Process(
        target=_work, args=(rung.answer, replace(call, tick=silent), theirs), daemon=True
    )
    worker.start()
    theirs.close()
    try:
        return _awaited(rung.name, call, ours, worker)
    finally:
        worker.kill()
        worker.join()
        ours.close()


def _awaited(name: str, call: Call, ours: Connection, worker: BaseProcess) -> Solution:
    while not ours.poll(TICK_SECONDS):
        if not call.tick(Progress(0, name)):
            return _without_answer(call.problem, "it was told to stop")
    try:
        found: Answer = ours.recv()
    except EOFError:
        worker.join()
        why = f"its process ended with {worker.exitcode}: too little memory, or see its message"
        return _without_answer(call.problem, why)
    if isinstance(found, BadProblem):
        raise found
    return found


def _work(answer: Callable[[Call], Solution], call: Call, theirs: Connection) -> None:
    """What the other process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asked
    try:
        found: Answer = answer(call)
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
