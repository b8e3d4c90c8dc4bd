"""The linear system of one step: C plus a diagonal, and a few rows.

Bounds and absolute values are taken out of Newton's system name by name. To take out rows as well
would cost half of the digits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from strategies.optimize.active.interior.program import Here, Miss, Program
from strategies.optimize.problem import Array
from strategies.risk.model import Covariance, FactorModel, block, variances

FIRM = 1e-15
"""Part of the variances, times n, that is lent to a matrix against its own rounding."""
LENT = 1e-14
"""Part of a row's own size that is lent to the rows' system, for rows that follow from others."""


@dataclass(frozen=True, slots=True)
class Far:
    """Columns of weights (n, c), and how far each goes beyond t on either side: (k, n, c).

    w - t and -w - t are kept, and not t, for where they are nothing their digits are all there is.
    """

    w: Array
    over: Array
    under: Array


@dataclass(frozen=True, slots=True)
class System:
    """Newton's system at ``here``, made ready; ``ratio`` is z / s.

    ``rows`` are the answers of the rows, ``inverse`` gives (C + diagonal)^-1, ``prices`` the
    rows' prices from what they lack.
    """

    program: Program
    here: Here
    ratio: Array
    rows: Far
    inverse: Callable[[Array], Array]
    prices: Callable[[Array], Array]

    def step(self, miss: Miss, tight: Array) -> Here:
        """The step that mends ``miss`` and takes ``tight`` off room times price."""
        program, here = self.program, self.here
        m, k = len(program.most), len(program.centres)
        pushed = (here.z * miss.s - tight) / here.s
        pushed[program.rows], pushed[program.caps] = 0.0, 0.0
        more_w, more_t = program.back(pushed)
        right_w, right_t = (-miss.w - more_w)[:, None], (-miss.t - more_t)[:, :, None]
        plain = _ahead(program, self.ratio, self.inverse, right_w, right_t)
        lack = -miss.s + tight / here.z
        wanted = np.concatenate([lack[program.rows], lack[program.caps], -miss.y])
        found = self.prices(_along(program, plain)[:, 0] - wanted)
        dw = plain.w[:, 0] - self.rows.w @ found
        over = plain.over[:, :, 0] - self.rows.over @ found
        under = plain.under[:, :, 0] - self.rows.under @ found
        dt = -0.5 * (over + under)
        far = [-dw, dw, program.above @ dw, over.ravel(), under.ravel(), dt.sum(axis=1)]
        moved = np.concatenate(far)
        dz = pushed + self.ratio * moved
        dz[program.rows], dz[program.caps] = found[:m], found[m : m + k]
        return Here(dw, dt, found[m + k :], -miss.s - moved, dz)


def system_at(program: Program, here: Here) -> System:
    """Newton's system at ``here``. Raises ``LinAlgError``."""
    n, m = len(program.gain), len(program.most)
    k, p = len(program.centres), len(program.sides)
    ratio = here.z / here.s
    over, under = program.halves(ratio)
    own = ratio[:n] + ratio[n : 2 * n] + (4 * over * (under / (over + under))).sum(axis=0)
    inverse = _inverse(program.covariance, own)
    w, t = np.zeros((n, m + k + p)), np.zeros((k, n, m + k + p))
    w[:, :m], w[:, m + k :] = program.above.T, program.equal.T
    t[np.arange(k), :, m + np.arange(k)] = 1.0
    rows = _ahead(program, ratio, inverse, w, t)
    give = np.concatenate([1 / ratio[program.rows], 1 / ratio[program.caps], np.zeros(p)])
    prices = _prices(_along(program, rows) + np.diag(give))
    return System(program, here, ratio, rows, inverse, prices)


def _ahead(
    program: Program, ratio: Array, inverse: Callable[[Array], Array], w: Array, t: Array
) -> Far:
    """The system without rows, of columns ``w`` (n, c) and ``t`` (k, n, c)."""
    over, under = program.halves(ratio)
    both = over + under
    found = inverse(w - np.einsum("kn,knc->nc", (under - over) / both, t))
    parts = both[:, :, None]
    return Far(
        found,
        (2 * under[:, :, None] * found - t) / parts,
        (-2 * over[:, :, None] * found - t) / parts,
    )


def _along(program: Program, far: Far) -> Array:
    """All rows times columns."""
    apart = -0.5 * (far.over + far.under).sum(axis=1)
    return np.concatenate([program.above @ far.w, apart, program.equal @ far.w])


def _prices(schur: Array) -> Callable[[Array], Array]:
    """Its inverse, with a little lent to it where rows follow from others."""
    size = np.sqrt(np.maximum(np.diag(schur), np.finfo(float).tiny))
    scaled = schur / size[:, None] / size
    lent = scaled + LENT * np.eye(len(size))

    def solve(lack: Array) -> Array:
        found = np.linalg.solve(lent, lack / size)
        found += np.linalg.solve(lent, lack / size - scaled @ found)
        return np.asarray(found / size, dtype=np.float64)

    return solve


def _inverse(covariance: Covariance, own: Array) -> Callable[[Array], Array]:
    """(C + diag(own))^-1, by Woodbury's identity in factors. Raises ``LinAlgError``."""
    every = variances(covariance)
    own = own + FIRM * len(own) * np.maximum(every, FIRM * every.max(initial=0.0))
    if isinstance(covariance, FactorModel) and 2 * covariance.loadings.shape[1] < len(own):
        root = np.sqrt(own + covariance.specific)[:, None]
        wide = covariance.loadings / root
        inner = wide.T @ wide
        inner[np.diag_indices_from(inner)] += 1.0
        factor = cho_factor(inner, check_finite=False)

        def by_factors(right: Array) -> Array:
            direct = right / root
            return np.asarray((direct - wide @ cho_solve(factor, wide.T @ direct)) / root)

        return by_factors
    matrix = block(covariance, np.arange(len(own)))
    matrix[np.diag_indices_from(matrix)] += own
    factor = cho_factor(matrix, overwrite_a=True, check_finite=False)
    return lambda right: np.asarray(cho_solve(factor, right, check_finite=False))
