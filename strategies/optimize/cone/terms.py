"""Risk and doubt beyond variance, stated by scenarios or by sets: what only the cone solver takes.

Scenarios are joint returns over the horizon of the decision, one row each. All amounts are shares
of NAV. With R (T, n) the returns, p (T,) their probabilities and v = R w the outcomes:

    cvar        aversion x CVaR(-v)     Rockafellar and Uryasev, J. Risk 2 (2000), eq. 8
    downside    aversion x sqrt(sum p max(floor - v, 0)^2)      Markowitz 1959, chapter IX
    utility     - weight x sum p u(1 + v)    log, power (1 - 1/a) or exponential
    means       - (m.w - kappa |root' w|)    worst mean in an ellipsoid: Goldfarb and Iyengar,
                                             Math. of Operations Research 28 (2003), section 3
    covariance  (|B'd| + radius |d|)^2 + (1 + specific) d'D d in place of d'Cov d, for d = w - t
                and for d = w, in the objective as in the limits: the worst of all loadings whose
                distance from B is at most radius (spectral norm)

``terms_check`` says whether they make sense, ``terms_measure`` what weights come to under them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from strategies.optimize.problem import Array


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Joint returns ``returns`` (T, n) and their ``chances`` (T,); equal ones where None."""

    returns: Array
    chances: Array | None = None

    @property
    def likely(self) -> Array:
        """The chances, shape (T,), also where they are equal."""
        count = len(self.returns)
        return np.full(count, 1 / count) if self.chances is None else self.chances


@dataclass(frozen=True, slots=True)
class ValueAtRisk:
    """Conditional value at risk of the loss -R w at ``level``, weighed by ``aversion``.

    And at most ``limit`` where there is one.
    """

    level: float = 0.95
    aversion: float = 0.0
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Downside:
    """Downside deviation of R w below ``floor``, weighed by ``aversion``, at most ``limit``."""

    floor: float = 0.0
    aversion: float = 0.0
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Utility:
    """Expected utility of wealth 1 + R w, weighed by ``weight``; ``aversion`` is the risk's.

    ``log`` u(v) = ln v. ``power`` u(v) = v^(1-aversion) / (1-aversion), aversion above zero and
    not one. ``exponential`` u(v) = -exp(-aversion v) / aversion.
    """

    kind: Literal["log", "power", "exponential"]
    weight: float = 1.0
    aversion: float = 1.0


@dataclass(frozen=True, slots=True)
class UncertainMeans:
    """Means (n,) that are only known up to an ellipsoid with ``root`` (n, q) and size ``kappa``."""

    means: Array
    root: Array
    kappa: float


@dataclass(frozen=True, slots=True)
class UncertainCovariance:
    """Loadings known up to ``radius`` (annual volatility), specific variance up to a share."""

    radius: float = 0.0
    specific: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked beside a ``Problem``; nothing by default."""

    scenarios: Scenarios | None = None
    cvar: ValueAtRisk | None = None
    downside: Downside | None = None
    utility: Utility | None = None
    means: UncertainMeans | None = None
    covariance: UncertainCovariance | None = None

    @property
    def are_none(self) -> bool:
        """Whether nothing is asked."""
        return self == NOTHING


NOTHING = Terms()
