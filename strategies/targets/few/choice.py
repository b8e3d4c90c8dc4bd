"""Any point of the frontier with few names: chosen by search, held against all names together.

What all names could do is a bound for any few of them, so ``gap`` is honest, and often large: it
says what a limit on the number of names costs at most, too.
"""

from dataclasses import dataclass, replace

import numpy as np

from strategies.optimize.active import Aim, Answer, Quadratic, Rows, Sharpe, Utility, Volatility
from strategies.optimize.problem import Array
from strategies.risk.model import variance
from strategies.targets.few.quadratic import Objective, within
from strategies.targets.few.selection import Places, choose
from strategies.targets.limits import Limits
from strategies.targets.refusal import NoTarget
from strategies.targets.sound import part
from strategies.targets.stated import answered

HELD = 1e-9
"""Weight above which a name counts as held."""
MORE = 30
"""Names beside those that all together would hold, with which the search begins."""


def chosen(
    quadratic: Quadratic, aim: Aim, limits: Limits, every: Answer | None = None
) -> tuple[Answer, tuple[str, ...]]:
    """The answer with at most ``limits.names_max`` names, and what is to be said of it.

    ``every`` is that of all names, if it is known. Raises ``NoTarget``.
    """
    whole = answered(quadratic, aim, limits) if every is None else every
    most = limits.names_max
    if most is None or int((np.abs(whole.weights) > HELD).sum()) <= most:
        return whole, ()
    must = tuple(int(i) for i in np.flatnonzero((quadratic.lower > 0) | (quadratic.upper < 0)))
    if most < max(1, len(must)):
        raise NoTarget(f"{len(must)} names must be held by their bounds, and {most} may be")
    few = _Few(quadratic, aim, limits, whole)
    found = choose(few.start(), most, few.solve, few.rank, must=must)
    if found is None:
        raise NoTarget(f"no {most} names were found that keep the limits: allow more names")
    best, bound = found.value, few.value(whole)
    gap = max(0.0, best - bound) / max(abs(best), 1e-300)
    said = f"at most {most} of {quadratic.size} names: all of them could do {gap:.2%} better"
    return replace(whole, weights=found.weights, gap=gap), (said,)


@dataclass(frozen=True, slots=True)
class _Few:
    """The aim for some of the names; ``whole`` is the answer of all."""

    quadratic: Quadratic
    aim: Aim
    limits: Limits
    whole: Answer

    def start(self) -> Places:
        """What all together hold, and those whose bound costs least to leave."""
        slope = self.quadratic.slope(self.whole.weights, self.whole.price)
        order = np.argsort(np.where(np.abs(self.whole.weights) > HELD, -np.inf, slope))
        held = int((np.abs(self.whole.weights) > HELD).sum())
        return np.sort(order[: held + MORE])

    def value(self, answer: Answer) -> float:
        """What is to be small."""
        q, w = self.quadratic, answer.weights
        expected, risk = float(q.mean @ w), max(0.0, variance(q.covariance, w))
        match self.aim:
            case Utility():
                return q.value(w, self.aim.of)
            case Sharpe():
                return -(expected - self.aim.risk_free) / max(float(np.sqrt(risk)), 1e-300)
            case Volatility():
                return -expected
            case _:
                return 0.5 * risk - float(q.pull @ w)

    def solve(self, names: Places) -> tuple[float, Array] | None:
        """Value and weights (n,) of the best portfolio of ``names``; None where there is none."""
        q = self.quadratic
        some = Quadratic(
            part(q.covariance, names),
            q.lower[names],
            q.upper[names],
            Rows(q.rows.matrix[:, names], q.rows.low, q.rows.high),
            q.mean[names],
            q.pull[names],
            tuple(within(each, names) for each in q.absolute),
        )
        try:
            answer = answered(some, self.aim, self.limits)
        except NoTarget:
            return None
        weights = np.zeros(q.size)
        weights[names] = answer.weights
        return self.value(replace(answer, weights=weights)), weights

    def rank(self, names: Places, weights: Array) -> tuple[Array, Array]:
        """What dropping each of ``names`` costs and what others gain, at the price of all."""
        q = self.quadratic
        paid = q.pull + self.whole.price * q.mean
        costs, gains = Objective(
            q.covariance, paid, 0.0, q.lower, q.upper, q.rows, q.absolute
        ).rank(names, weights)
        return costs, gains
