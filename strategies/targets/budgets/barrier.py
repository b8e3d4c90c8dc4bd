"""Weights whose contributions to risk are given, by Newton's method on a logarithmic barrier.

    minimise  1/2 x'Cx - sum_i b_i ln x_i       where  x_i (C x)_i = b_i  (Spinu 2013, eq. 4)

The steps are taken in y = sqrt(b) dx / x, where the matrix is 1 + S C S with S = diag(x / sqrt b).
Where no two names hedge each other its eigenvalues end between one and two, so that conjugate
gradients need a few products with C; what they cannot do in time is factorised.
"""

import numpy as np

from strategies.risk.model import Array, Covariance, FactorModel, block, times, variances

TOLERANCE = 1e-13
"""Largest relative deviation of a contribution from its budget at which the search ends."""
ENOUGH, LEAST = 1e-9, 1e-4
"""The same where a step no longer makes it smaller, and where ``PATIENCE`` of them do not."""
PATIENCE = 8
STEPS_MAX = 200
GUESSES, JUMP = 4, 4.0
"""Steps of the first guess, and the square of what a weight is multiplied by in one at most."""
BOLD_MAX = 10
"""Steps that are taken whole before they are damped."""
FULL_STEP = 0.36
"""Largest relative change of a weight below which a damped step is whole (Spinu 2013)."""
PRODUCTS_MAX = 40
"""Products with C in one step before the matrix is factorised instead."""
FACTORS_MAX = 100
"""With no more factors than this Woodbury's identity is quicker than conjugate gradients."""
HEDGED = 1e12
"""The names' own variances over the portfolio's, beyond which the names hedge each other away."""


class Indefinite(Exception):
    """The matrix is no covariance: some weights have less than no variance."""


class Hedged(Exception):
    """Some weights have no risk at all, so that nothing can carry a share of it."""


def balanced(covariance: Covariance, budgets: Array) -> Array:
    """The x (n,) with x_i (C x)_i = ``budgets``_i, which (n,) are positive and sum to one.

    Every name has a variance. Raises ``Indefinite``; ``Hedged`` where weights without risk exist,
    since then no contributions do, and x would grow for ever.
    """
    own, root = variances(covariance), np.sqrt(budgets)
    x, best, least, last = _near(covariance, budgets, root / np.sqrt(own)), root, np.inf, 0
    for step in range(STEPS_MAX):
        x, slope = _scaled(covariance, own, x)
        miss = x * slope / budgets - 1.0
        size = float(np.abs(miss).max())
        if size <= TOLERANCE or least <= min(ENOUGH, 2 * size):
            return x if size < least else best
        if size < least:
            best, least, last = x, size, step
        elif step > last + PATIENCE and least <= LEAST:
            break
        ratio = _step(covariance, x / root, -root * miss, size) / root
        x = x * (_bold(ratio) if step < BOLD_MAX else _damped(ratio))
    if least > LEAST:
        raise Hedged
    return best


def _bold(ratio: Array) -> Array:
    """By what a weight is multiplied whose Newton step is ``ratio`` of it: never to zero."""
    return np.where(ratio >= 0, 1.0 + ratio, 1.0 / (1.0 + np.abs(ratio)))


def _damped(ratio: Array) -> Array:
    """The same, shortened so that it ends well from wherever it begins (Spinu 2013)."""
    most = float(np.abs(ratio).max())
    return 1.0 + (ratio if most < FULL_STEP else ratio / (1.0 + most))


def _near(covariance: Covariance, budgets: Array, x: Array) -> Array:
    """Not far from the answer where few names hedge others: x_i becomes sqrt(b_i x_i / (C x)_i).

    In logarithms that leaves half of the miss at most, for a single product with C.
    """
    for _ in range(GUESSES):
        x = x * np.sqrt(budgets / np.maximum(x * times(covariance, x), budgets / JUMP))
    return x


def _scaled(covariance: Covariance, own: Array, x: Array) -> tuple[Array, Array]:
    """The multiple of x that has a variance of one, which is the best of them, and C x."""
    slope = times(covariance, x)
    total, apart = float(x @ slope), float(x @ (own * x))
    if total < -apart / HEDGED:
        raise Indefinite
    if total * HEDGED < apart:
        raise Hedged
    root = np.sqrt(total)
    return x / root, slope / root


def _step(covariance: Covariance, s: Array, gain: Array, size: float) -> Array:
    """Solve (1 + S C S) y = ``gain``, as exactly as a miss of ``size`` needs."""
    if isinstance(covariance, FactorModel) and covariance.loadings.shape[1] <= FACTORS_MAX:
        return _woodbury(covariance, s, gain)
    found = _conjugate(covariance, s, gain, min(0.1, size))
    return _whole(covariance, s, gain) if found is None else found


def _woodbury(model: FactorModel, s: Array, gain: Array) -> Array:
    own = 1.0 + s * s * model.specific
    wide = model.loadings * (s / np.sqrt(own))[:, None]
    direct = gain / np.sqrt(own)
    inner = wide.T @ wide
    inner[np.diag_indices_from(inner)] += 1.0
    found = direct - wide @ np.linalg.solve(inner, wide.T @ direct)
    return np.asarray(found / np.sqrt(own), dtype=np.float64)


def _conjugate(covariance: Covariance, s: Array, gain: Array, relative: float) -> Array | None:
    """By conjugate gradients (Hestenes and Stiefel 1952); None where they take too long."""
    y, rest = np.zeros_like(gain), gain.copy()
    towards, size = rest.copy(), float(rest @ rest)
    wanted = relative * relative * size
    for _ in range(PRODUCTS_MAX):
        product = towards + s * times(covariance, s * towards)
        curved = float(towards @ product)
        if curved <= 0:
            raise Indefinite
        step = size / curved
        y += step * towards
        rest -= step * product
        before, size = size, float(rest @ rest)
        if size <= wanted:
            return y
        towards = rest + (size / before) * towards
    return None


def _whole(covariance: Covariance, s: Array, gain: Array) -> Array:
    """By Cholesky's factors of the whole matrix, which has to be formed."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    matrix = s[:, None] * block(covariance, np.arange(len(s))) * s
    matrix[np.diag_indices_from(matrix)] += 1.0
    try:
        return np.asarray(cho_solve(cho_factor(matrix, overwrite_a=True), gain))
    except LinAlgError as exc:
        raise Indefinite from exc
