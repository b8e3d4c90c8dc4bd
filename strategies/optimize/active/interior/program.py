"""The limits of a programme in one row, in units in which all are about one.

Room and price of all limits stand in one row: lower bounds, upper bounds, rows, both halves of
absolute values, caps on their sums. Names that cannot move are left out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategies.optimize.active.certificate import FAR
from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, block, times, variance, variances

Places = NDArray[np.intp]

HEDGED, NOTHING = 1e-6, 1e-14
"""As in the certificate: what an objective is told apart from."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Which rows are equations, and which have a side above and below; and a wanted return."""

    equal: Places
    high: Places
    low: Places
    at_least: float | None

    @classmethod
    def of(cls, quadratic: Quadratic, at_least: float | None) -> "Sides":
        """Those of ``quadratic``."""
        low, high = quadratic.rows.low, quadratic.rows.high
        same = low == high
        return cls(
            np.flatnonzero(same),
            np.flatnonzero(~same & np.isfinite(high)),
            np.flatnonzero(~same & np.isfinite(low)),
            at_least,
        )


@dataclass(frozen=True, slots=True)
class Program:
    """The names that can move: ``above`` (m, n) w <= ``most``, ``equal`` (p, n) w = ``sides``.

    ``centres`` (k, n) and ``most_apart`` (k,) are limits on absolute values. Room and price of all
    limits stand in one row: lower bounds, upper bounds, rows, both halves of absolute values, caps.
    """

    covariance: Covariance
    gain: Array
    lower: Array
    upper: Array
    above: Array
    most: Array
    equal: Array
    sides: Array
    centres: Array
    most_apart: Array

    @property
    def rows(self) -> slice:
        """Where the rows stand."""
        n = len(self.gain)
        return slice(2 * n, 2 * n + len(self.most))

    @property
    def caps(self) -> slice:
        """Where the sums of absolute values stand."""
        return slice(self.rows.stop + 2 * self.centres.size, None)

    def right(self) -> Array:
        """Right sides of all limits."""
        c = self.centres.ravel()
        return np.concatenate([-self.lower, self.upper, self.most, c, -c, self.most_apart])

    def reach(self, w: Array, t: Array) -> Array:
        """G x."""
        return np.concatenate(
            [-w, w, self.above @ w, (w - t).ravel(), (-w - t).ravel(), t.sum(axis=1)]
        )

    def back(self, z: Array) -> tuple[Array, Array]:
        """G' z, for w (n,) and for t (k, n)."""
        n = len(self.gain)
        over, under = self.halves(z)
        w = z[n : 2 * n] - z[:n] + self.above.T @ z[self.rows] + (over - under).sum(axis=0)
        return w, z[self.caps][:, None] - over - under

    def halves(self, z: Array) -> tuple[Array, Array]:
        """Those of the absolute values, (k, n) each."""
        first, size = self.rows.stop, self.centres.size
        over, under = z[first : first + size], z[first + size : first + 2 * size]
        return over.reshape(self.centres.shape), under.reshape(self.centres.shape)


def program_of(
    quadratic: Quadratic, price: float, unit: float, live: Places, fixed: Array, sides: Sides
) -> Program:
    """The names ``live`` alone, where the others are ``fixed``; the objective in ``unit``."""
    rows, at = quadratic.rows, quadratic.rows.matrix @ fixed
    pay = quadratic.pull if sides.at_least is not None else quadratic.pull + price * quadratic.mean
    above = [rows.matrix[sides.high], -rows.matrix[sides.low]]
    most = [rows.high[sides.high] - at[sides.high], at[sides.low] - rows.low[sides.low]]
    if sides.at_least is not None:
        size = reward_of(quadratic)
        above.append(-quadratic.mean[None] / size)
        most.append(np.array([float(quadratic.mean @ fixed) - sides.at_least]) / size)
    centres = np.array([limit.centre for limit in quadratic.absolute]).reshape(-1, quadratic.size)
    stuck = np.setdiff1d(np.arange(quadratic.size), live)
    used = np.abs(fixed[stuck] - centres[:, stuck]).sum(axis=1)
    return Program(
        covariance=_part(quadratic.covariance, live, unit),
        gain=(pay - times(quadratic.covariance, fixed))[live] / unit,
        lower=np.maximum(quadratic.lower, -FAR)[live],
        upper=np.minimum(quadratic.upper, FAR)[live],
        above=np.vstack(above)[:, live],
        most=np.concatenate(most),
        equal=rows.matrix[sides.equal][:, live],
        sides=(rows.low - at)[sides.equal],
        centres=centres[:, live],
        most_apart=np.array([limit.most for limit in quadratic.absolute]) - used,
    )


def _part(covariance: Covariance, names: Places, unit: float) -> Covariance:
    if isinstance(covariance, FactorModel):
        loadings = covariance.loadings[names] / np.sqrt(unit)
        return FactorModel(loadings, covariance.specific[names] / unit)
    whole = len(names) == len(covariance)
    return np.asarray((covariance if whole else block(covariance, names)) / unit)


def reward_of(quadratic: Quadratic) -> float:
    """The greatest mean, in which a wanted return is measured."""
    return float(np.abs(quadratic.mean).max(initial=0.0)) or 1.0


@dataclass(frozen=True, slots=True)
class Here:
    """Weights ``w`` (n,), distances ``t`` (k, n), prices ``y`` (p,); room ``s`` and price ``z``."""

    w: Array
    t: Array
    y: Array
    s: Array
    z: Array

    def moved(self, step: "Here", length: float) -> "Here":
        """``length`` of a ``step`` from here."""
        return Here(
            self.w + length * step.w,
            self.t + length * step.t,
            self.y + length * step.y,
            self.s + length * step.s,
            self.z + length * step.z,
        )


@dataclass(frozen=True, slots=True)
class Miss:
    """What is missed: the slope in ``w`` and ``t``, the equations, the limits."""

    w: Array
    t: Array
    y: Array
    s: Array


def size_of(program: Program, w: Array) -> float:
    """What misses are small against: the objective, or rounding in what it is a difference of."""
    every = variances(program.covariance)
    risk = 0.5 * variance(program.covariance, w)
    least = float(np.finfo(float).tiny)
    nothing = max(1e-6 * apart_of(program, w), 1e-14 * float(every.max()), least)
    return max(risk + abs(float(program.gain @ w)), nothing)


def apart_of(program: Program, w: Array) -> float:
    """The same without any hedge."""
    return 0.5 * float(np.abs(w) @ np.sqrt(np.maximum(variances(program.covariance), 0.0))) ** 2


def miss_of(program: Program, here: Here) -> Miss:
    """What is missed at ``here``."""
    w, t = program.back(here.z)
    return Miss(
        times(program.covariance, here.w) - program.gain + w + program.equal.T @ here.y,
        t,
        program.equal @ here.w - program.sides,
        program.reach(here.w, here.t) + here.s - program.right(),
    )
