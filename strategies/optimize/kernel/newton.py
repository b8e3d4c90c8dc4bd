"""One step of the semismooth Newton method that climbs the dual, prices kept admissible.

Levenberg damping keeps the system solvable where few names move; the signs of the prices of
inequalities are kept by an active set; the step is cut back until the dual rises enough (Armijo).
Source: Qi and Sun, A nonsmooth version of Newton's method, Math. Programming 58 (1993).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from strategies.optimize.kernel.dual import (
    ERROR,
    Anchor,
    Coupling,
    Mask,
    Point,
    curvature,
    evaluate,
)
from strategies.optimize.problem import Array

DAMPING = 1e-12
"""Least damping, relative to the curvature."""
DAMPING_MAX = 1.0
DAMPING_UP = 100.0
DAMPING_DOWN = 10.0
USUAL_CURVATURE = 10.0
"""Weight that moves for a unit of price, where no name moves to tell."""
WANTED = 1e-13
CHANGES_MAX = 120
CHANGES_TOGETHER = CHANGES_MAX // 8
"""Changes of the active set in which all prices change sides that should; then one by one."""
CUTS_MAX = 40
CUTS_FEW = 2
CUTS_MANY = 6
ARMIJO = 1e-4
ROUNDING = 4e-16


@dataclass(frozen=True, slots=True)
class Climb:
    """Where a step led, and how strongly to damp the next one.

    ``stuck`` when no step along it raises the dual, however strongly damped.
    """

    point: Point
    damping: float = DAMPING
    stuck: bool = False


def residual(coupling: Coupling, point: Point) -> float:
    """The most that a limit is broken by, or lies idle though it has a price."""
    idle = coupling.signed & (point.z <= 0) & (point.gradient <= 0)
    broken = np.where(coupling.fixed | idle, 0.0, point.gradient)
    broken[ERROR:] /= np.sqrt(_squares(coupling))
    return float(np.abs(broken).max())


def _squares(coupling: Coupling) -> Array:
    """The limits of squared tracking error and volatility, (2,), one where there is none."""
    error, variance = coupling.limits[ERROR:].tolist()
    return np.array([error or 1.0, variance or 1.0])


@dataclass(frozen=True, slots=True)
class Mountain:
    """The dual function with one anchor: what it is anywhere, and the way up."""

    coupling: Coupling
    anchor: Anchor | None

    def evaluate(self, z: Array) -> Point:
        """The dual at ``z``."""
        return evaluate(self.coupling, z, self.anchor)

    def climb(self, here: Climb) -> Climb:
        """One step up."""
        return climb(self.coupling, here, self.anchor)


def climb(coupling: Coupling, here: Climb, anchor: Anchor | None) -> Climb:
    """One damped Newton step, cut back until the dual rises enough."""
    point = here.point
    step = _direction(coupling, point, here.damping)
    stronger = here.damping * DAMPING_UP
    length = 1.0
    for cut in range(CUTS_MAX):
        reached = evaluate(coupling, _admissible(coupling, point.z + length * step), anchor)
        if _rises(coupling, point, reached):
            weaker = max(here.damping / DAMPING_DOWN, DAMPING)
            by_cuts = weaker if cut <= CUTS_FEW else here.damping
            return Climb(reached, stronger if cut >= CUTS_MANY else by_cuts)
        length *= 0.5 if cut <= CUTS_FEW else 0.25
    return Climb(point, stronger, stuck=stronger > DAMPING_MAX)


def _admissible(coupling: Coupling, z: Array) -> Array:
    return np.where(coupling.signed, np.maximum(z, 0.0), z)


def _rises(coupling: Coupling, old: Point, new: Point) -> bool:
    """Armijo's condition, up to the rounding of the two values."""
    promised = float(old.gradient @ (new.z - old.z))
    size = np.abs(np.append(coupling.level, coupling.limits))
    rounding = ROUNDING * (abs(old.value) + float(np.abs(new.z) @ size))
    return new.value >= old.value + ARMIJO * promised - rounding


def _units(coupling: Coupling) -> Array:
    """What one unit of each gradient is worth in weight: the limit squared for a risk, else 1."""
    unit = np.ones(coupling.unknowns)
    unit[ERROR:] = _squares(coupling)
    return unit


def _direction(coupling: Coupling, point: Point, damping: float) -> Array:
    """The step that maximises the damped quadratic model, signed prices staying >= 0.

    All prices that are on the wrong side change it together; where that goes round in circles the
    first of them does alone, which ends with any positive definite matrix. Source: Murty, Note on
    a Bard-type scheme for solving the complementarity problem, Opsearch 11 (1974).
    """
    hessian = curvature(coupling, point)
    diagonal = np.arange(coupling.unknowns)
    unit = _units(coupling)
    hessian[diagonal, diagonal] += damping * (
        hessian[diagonal, diagonal] + USUAL_CURVATURE * unit**2
    )
    z, g, signed = point.z, point.gradient, coupling.signed
    free = ~(coupling.fixed | (signed & (z <= 0) & (g <= 0)))
    step = np.zeros_like(z)
    for change in range(CHANGES_MAX):
        step = _restricted(hessian, g, z, free)
        leaving = signed & free & (z + step < 0)
        together = change < CHANGES_TOGETHER
        if together and leaving.any():
            free = free & ~leaving
            continue
        wanted = signed & ~free & ~coupling.fixed & (g - hessian @ step > WANTED * unit)
        wrong = leaving | wanted
        if not wrong.any():
            break
        free = free ^ (wrong if together else diagonal == int(np.argmax(wrong)))
    return step


def _restricted(hessian: Array, g: Array, z: Array, free: Mask) -> Array:
    """Newton step in the free prices, the others going to zero.

    Damping keeps the matrix positive definite; were rounding to undo that, each price moves alone.
    """
    step = np.where(free, 0.0, -z)
    inside = np.flatnonzero(free)
    pull = g[inside] - hessian[inside] @ step
    matrix = hessian[np.ix_(inside, inside)]
    _, solved, failed = lapack.dposv(matrix, pull, lower=1)
    step[inside] = pull / np.diagonal(matrix) if failed else solved
    return step
