"""The steps: toward all limits at once, and then as far off the middle as that shows to be good."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import LinAlgError

from strategies.optimize.active.interior.newton import system_at
from strategies.optimize.active.interior.program import (
    Here,
    Miss,
    Program,
    Sides,
    apart_of,
    miss_of,
    program_of,
    reward_of,
    size_of,
)
from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.problem import Array
from strategies.risk.model import times, variances

STEPS_MAX = 80
EXACT = 1e-12
"""Room times price, relative to the objective, at which nothing is left to do."""
PATIENCE = 15
"""Steps without an improvement after which the best of them is the answer."""
SETTLED = 3
"""The same where room times price is as small as it has to be."""
BETTER = 0.9
"""Part of what was missed that is an improvement."""
INWARD = 0.995
"""Part of the way to the nearest limit that a step may go."""
BOLD, CALM = 2, 0.2
"""Steps without an improvement after which they are calm, and what such a one leaves to do."""
SHORT = 0.2
"""A step that is shorter is taken toward the middle instead."""
ROUNDING = 1e-14
"""Slope times weight, relative to a variance without any hedge, that is rounding."""
INSIDE = 0.1
"""Part of the usual weight that the start keeps away from a limit."""


@dataclass(frozen=True, slots=True)
class Inner:
    """``weights`` (n,), ``row_prices`` (m,) and ``kappas`` as the certificate takes them.

    ``price`` is that of return: the given one, or what a wanted return costs.
    """

    weights: Array
    price: float
    row_prices: Array
    kappas: tuple[float, ...]


def interior(quadratic: Quadratic, price: float, at_least: float | None = None) -> Inner:
    """The answer at a ``price`` of return, or at a return of ``at_least``.

    Where nothing keeps the limits the weights do not either: whoever asks has to look.
    """
    level, budget = float(np.median(quadratic.mean)), float(quadratic.rows.high[0])
    quadratic = replace(quadratic, mean=quadratic.mean - level)  # the budget earns it in any case
    at_least = None if at_least is None else at_least - level * budget
    unit = _unit(quadratic, price)
    live = np.flatnonzero(quadratic.lower < quadratic.upper)
    weights = np.where(quadratic.lower < quadratic.upper, 0.0, quadratic.lower)
    sides = Sides.of(quadratic, at_least)
    program = program_of(quadratic, price, unit, live, weights, sides)
    here = _search(program) if live.size else _nowhere(program)
    weights[live] = here.w
    z = unit * here.z[program.rows]
    nu = np.zeros(len(quadratic.rows.low))
    nu[sides.equal] = -unit * here.y
    np.add.at(nu, sides.high, -z[: len(sides.high)])
    np.add.at(nu, sides.low, z[len(sides.high) : len(sides.high) + len(sides.low)])
    paid = price if at_least is None else float(z[-1]) / reward_of(quadratic)
    nu[0] -= paid * level
    return Inner(weights, paid, nu, tuple((unit * here.z[program.caps]).tolist()))


def _unit(quadratic: Quadratic, price: float) -> float:
    """What the objective is divided by: about what it comes to."""
    risk = float(np.median(variances(quadratic.covariance)))
    reward = float(np.abs(quadratic.pull + price * quadratic.mean).max(initial=0.0))
    return max(risk, reward) or 1.0


def _nowhere(program: Program) -> Here:
    nothing = np.zeros(len(program.right()))
    return Here(
        np.zeros(0), np.zeros_like(program.centres), np.zeros(len(program.sides)), nothing, nothing
    )


def _start(program: Program) -> Here:
    """Inside the bounds, with room times price of all limits about what could be gained."""
    n = len(program.gain)
    usual = max(1.0, float(np.abs(program.sides).max(initial=0.0))) / n
    edge = np.minimum(0.1 * (program.upper - program.lower), usual)
    w = np.clip(np.full(n, usual), program.lower + edge, program.upper - edge)
    t = np.abs(w - program.centres) + INSIDE * usual
    s = np.maximum(program.right() - program.reach(w, t), INSIDE * usual)
    slope = times(program.covariance, w) - program.gain
    room = np.minimum(program.upper - program.lower, 1.0)
    z = (size_of(program, w) + float(np.abs(slope - np.median(slope)) @ room)) / len(s) / s
    return Here(w, t, np.zeros(len(program.sides)), s, z)


def _search(program: Program) -> Here:
    here = _start(program)
    best, least = here, np.inf
    lows, last = np.full(3, np.inf), 0
    for step in range(STEPS_MAX):
        miss = miss_of(program, here)
        missed = _missed(program, here, miss)
        worth = max(float(missed[:2].sum()) / size_of(program, here.w), 1e-2 * float(missed[2]))
        if worth < least:
            best, least = here, worth
        if (missed < BETTER * lows).any():
            last = step
        lows = np.minimum(lows, missed)
        tight = missed[0] <= EXACT * size_of(program, here.w)
        if worth <= EXACT or step - last > (SETTLED if tight else PATIENCE):
            break
        try:
            here = _stepped(program, here, miss, bold=step - last <= BOLD)
        except LinAlgError:
            break
    return best


def _missed(program: Program, here: Here, miss: Miss) -> Array:
    """Room times price, slopes times weights but for rounding, and the limits."""
    slopes = float(np.abs(miss.w) @ np.abs(here.w)) + float(np.abs(miss.t).ravel() @ here.t.ravel())
    slopes = max(0.0, slopes - ROUNDING * apart_of(program, here.w))
    limits = max(float(np.abs(m).max(initial=0.0)) for m in (miss.y, miss.s))
    return np.array([float(here.s @ here.z), slopes, limits])


def _stepped(program: Program, here: Here, miss: Miss, *, bold: bool) -> Here:
    """Toward all limits at once, and then as far off the middle as that shows to be good.

    Not ``bold``: along the middle, which is slower but goes round in no circles.
    """
    solve, count = system_at(program, here).step, len(here.s)
    tight = float(here.s @ here.z) / count
    if not bold:
        calm = solve(miss, here.s * here.z - CALM * tight)
        return here.moved(calm, _length(here, calm, INWARD))
    straight = solve(miss, here.s * here.z)
    ahead = here.moved(straight, _length(here, straight, 1.0))
    centre = tight * (float(ahead.s @ ahead.z) / count / tight) ** 3
    centre = max(centre, 0.1 * EXACT * size_of(program, here.w) / count)
    bent = solve(miss, here.s * here.z + straight.s * straight.z - centre)
    length = _length(here, bent, INWARD)
    if length < SHORT:
        bent = solve(miss, here.s * here.z - 0.5 * tight)
        length = _length(here, bent, INWARD)
    return here.moved(bent, length)


def _length(here: Here, step: Here, part: float) -> float:
    """How far to go: whole, or ``part`` of the way to where the first room or price is zero."""
    most = max(float((-step.s / here.s).max()), float((-step.z / here.z).max()))
    return min(1.0, part / most) if most > 0 else 1.0
