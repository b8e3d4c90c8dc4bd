"""How much prices move, and how much they move together: one number a day, from that day backwards.

Returns are (T, n), simple and daily, oldest first; every answer is (T,), and NaN on the days that
have too little behind them. Row t of an answer uses rows up to t of the returns and no later one.

Where names are compared each return is divided by its name's own volatility (Engle 2002 calls such
returns devolatilised), so that a name or a month that moves a lot has no more say than one that
does not: by that of the days before where a day is to be a surprise (``surprises``), by that of the
days up to it where only correlations are wanted (``settled``). All that is asked of such returns Z
is found in the one matrix of products Z Z', (T, T), however many names there are.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from strategies.risk.model import DAYS_PER_YEAR, Array

CLIP = 3.0
"""A settled return beyond this counts as this: one wild day is no correlation."""
STILL, TINY = 1e-9, 1e-300
"""Of the greatest return: what is below that is rounding. And what nothing is divided by."""
SHRINKAGE = 0.2
"""Least share of the turbulence's covariance that is its diagonal."""


def rolling_sum(values: Array, days: int) -> Array:
    """Sums over ``days`` rows, shape (T - days + 1, ...); row k ends with row k + days - 1."""
    total = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=total[1:])
    return total[days:] - total[:-days]


def late(values: Array, length: int) -> Array:
    """``values`` at the end of ``length`` days, NaN before, shape (length,)."""
    days = np.full(length, np.nan)
    if len(values):
        days[length - len(values) :] = values
    return days


def surprises(returns: Array, days: int) -> Array:
    """Z, shape (T - days, n): returns over their name's root mean square of the ``days`` before.

    A name that did not move at all in these days gets zero.
    """
    return _over(returns[days:], rolling_sum(returns**2, days)[:-1] / days)


def settled(returns: Array, days: int) -> Array:
    """Z, shape (T - days + 1, n): the same with the day itself as the last of the ``days``.

    No value is beyond sqrt(days) then, and none beyond ``CLIP``.
    """
    z = _over(returns[days - 1 :], rolling_sum(returns**2, days) / days)
    return np.clip(z, -CLIP, CLIP)


def _over(returns: Array, squares: Array) -> Array:
    size = np.sqrt(np.maximum(squares, 0.0))
    still = size <= STILL * max(float(np.abs(returns).max(initial=0.0)), TINY)
    return np.where(still, 0.0, returns / np.where(still, 1.0, size))


def volatility(returns: Array, days: int) -> Array:
    """Mean of the names' annual volatilities over ``days``, about zero.

    Not that of a portfolio: that one rises with the correlations, which have a say of their own.
    """
    mean_squares = np.maximum(rolling_sum(returns**2, days) / days, 0.0)
    return late(np.sqrt(DAYS_PER_YEAR * mean_squares).mean(axis=1), len(returns))


def average_correlation(z: Array, days: int) -> Array:
    """Mean of z_i z_j over pairs, over that of z_i^2: 1 where all names move as one.

    For returns scaled to the same volatility that is the average correlation of two names.
    """
    names = z.shape[1]
    own = rolling_sum(np.einsum("ij,ij->i", z, z), days)
    whole = rolling_sum(z.sum(axis=1) ** 2, days)
    pairs = np.divide(whole - own, own, out=np.full_like(own, np.nan), where=own > 0)
    return late(pairs / (names - 1), len(z))


def absorption(z: Array, days: int) -> Array:
    """Share of the variance of ``days`` that its first few eigenvectors take in.

    The absorption ratio of Kritzman, Li, Page and Rigobon 2011, eq. 1, with their fifth of n
    eigenvectors; a fifth of ``days`` where that is less, for no more than ``days`` directions can
    be told apart.
    """
    names = z.shape[1]
    count = max(1, round(min(names, days) / 5))
    moments = _covariances(z, days) if names <= days else _grams(z, days)
    eigenvalues = np.maximum(np.linalg.eigvalsh(moments), 0.0)
    whole = eigenvalues.sum(axis=1)
    first = eigenvalues[:, -count:].sum(axis=1)
    return late(np.divide(first, whole, out=np.full_like(whole, np.nan), where=whole > 0), len(z))


def _covariances(z: Array, days: int) -> Array:
    """``days`` times the covariance of each window, shape (T - days + 1, n, n)."""
    if len(z) < days:
        return np.empty((0, z.shape[1], z.shape[1]))
    windows = sliding_window_view(z, days, axis=0)
    means = windows.mean(axis=2)
    products = windows @ windows.transpose(0, 2, 1)
    return np.asarray(products - days * means[:, :, None] * means[:, None, :])


def _grams(z: Array, days: int) -> Array:
    """Products of the days of each window with each other, (T - days + 1, days, days), centred.

    They have the same eigenvalues as the covariance of the names, beside zeros.
    """
    windows = _squares(z @ z.T, days)
    rows = windows.mean(axis=2, keepdims=True)
    centre = rows.mean(axis=1, keepdims=True)
    return np.asarray(windows - rows - rows.transpose(0, 2, 1) + centre)


def _squares(products: Array, days: int) -> Array:
    """The ``days`` x ``days`` squares along the diagonal of a (T, T) matrix."""
    length = len(products)
    if length < days:
        return np.empty((0, days, days))
    windows = sliding_window_view(products, (days, days))
    along = np.arange(length - days + 1)
    return np.asarray(windows[along, along])


def turbulence(z: Array, days: int) -> Array:
    """Squared Mahalanobis distance of each day from the ``days`` before it, over n.

    d = (z - mu)' S^-1 (z - mu) / n (Kritzman and Li 2010, eq. 1, divided by n), where mu and S are
    of the days before: the day itself is not in them. S is shrunk toward its mean variance times
    the identity, the more the more names there are for each day, and so can always be inverted.
    """
    names = z.shape[1]
    share = max(SHRINKAGE, names / (names + days))
    if len(z) <= days:
        return np.full(len(z), np.nan)
    solve = _distances if names <= days else _distances_by_days
    return late(solve(z, days, share) / names, len(z))


def _distances(z: Array, days: int, share: float) -> Array:
    """Distance of each day after the first ``days``, by the covariance of the names."""
    names = z.shape[1]
    covariance = _covariances(z, days)[:-1] / days
    gap = z[days:] - rolling_sum(z, days)[:-1] / days
    level = np.trace(covariance, axis1=1, axis2=2) / names
    shrunk = (1 - share) * covariance + (share * _positive(level))[:, None, None] * np.eye(names)
    solved = np.linalg.solve(shrunk, gap[:, :, None])[:, :, 0]
    return np.asarray(np.einsum("ti,ti->t", gap, solved))


def _distances_by_days(z: Array, days: int, share: float) -> Array:
    """The same, by the products of the days: (c I + X'X)^-1 = (I - X'(c I + X X')^-1 X) / c."""
    products = z @ z.T
    windows = _squares(products, days + 1)
    means = windows[:, :days, :].mean(axis=1)
    centre = means[:, :days].mean(axis=1)
    own = windows[:, days, days] - 2 * means[:, days] + centre
    cross = windows[:, :days, days] - means[:, :days] - (means[:, days] - centre)[:, None]
    gram = windows[:, :days, :days] - means[:, :days, None] - means[:, None, :days]
    gram = gram + centre[:, None, None]
    level = share * _positive(np.trace(gram, axis1=1, axis2=2) / (days * z.shape[1]))
    ridge = days * level / (1 - share)
    explained = np.linalg.solve(gram + ridge[:, None, None] * np.eye(days), cross[:, :, None])
    return np.asarray((own - np.einsum("ti,ti->t", cross, explained[:, :, 0])) / level)


def _positive(level: Array) -> Array:
    """One instead of zero: days on which nothing moved are at no distance from each other."""
    return np.where(level > 0, level, 1.0)


def breakdown(z: Array, days: int) -> Array:
    """Typical change of a pair's correlation from the ``days`` before the last ``days`` to these.

    The Frobenius norm of the difference of the two correlation matrices, over sqrt(n (n - 1)):
    the root mean square over pairs. What chance alone does, (1 - rho^2)^2 / days for each of the
    two estimates (Fisher 1915), is taken off its square.
    """
    length, names = z.shape
    if length < 2 * days:
        return np.full(length, np.nan)
    products = z @ z.T
    own = rolling_sum(np.diag(products).copy(), days) / names
    same, apart = _block_sums(products**2, days)
    inverse = np.divide(1.0, own, out=np.zeros_like(own), where=own > 0)
    within = same * inverse**2
    across = apart * inverse[:-days] * inverse[days:]
    pairs = names * (names - 1)
    change = (within[:-days] + within[days:] - 2 * across) / pairs
    squares = np.clip((within - names) / pairs, 0.0, 1.0)
    chance = ((1 - squares[:-days]) ** 2 + (1 - squares[days:]) ** 2) / days
    return late(np.sqrt(np.maximum(change - chance, 0.0)), length)


def _block_sums(squares: Array, days: int) -> tuple[Array, Array]:
    """Sums of a (T, T) matrix over each window with itself, and with the window before it."""
    table = np.zeros((len(squares) + 1, len(squares) + 1))
    table[1:, 1:] = squares.cumsum(axis=0).cumsum(axis=1)
    end = np.arange(days, len(table))
    start = end - days
    same = table[end, end] - table[start, end] - table[end, start] + table[start, start]
    end, start, before = end[days:], start[days:], start[days:] - days
    apart = table[start, end] - table[before, end] - table[start, start] + table[before, start]
    return same, apart


def usual(values: Array, memory: int, least: int) -> Array:
    """Median of up to ``memory`` earlier values; NaN where there are fewer than ``least``."""
    padded = np.concatenate([np.full(memory, np.nan), values])[:-1]
    ordered = np.sort(sliding_window_view(padded, memory), axis=1)
    counts = np.isfinite(ordered).sum(axis=1)
    rows = np.arange(len(values))
    low, high = np.maximum(counts - 1, 0) // 2, counts // 2
    middle = (ordered[rows, low] + ordered[rows, np.minimum(high, memory - 1)]) / 2
    return np.where(counts >= least, middle, np.nan)


def shift(values: Array, days: int, memory: int, least: int) -> Array:
    """Standardised shift: (mean of ``days`` - mean of ``memory``) / deviation of ``memory``.

    Kritzman, Li, Page and Rigobon 2011, eq. 2, with their 15 days against one year.
    """
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    padded = np.concatenate([np.zeros(memory - 1), filled])
    counts = np.concatenate([np.zeros(memory - 1), known.astype(np.float64)])
    count = rolling_sum(counts, memory)
    divisor = np.maximum(count, 1.0)
    mean = rolling_sum(padded, memory) / divisor
    variance = np.maximum(rolling_sum(padded**2, memory) / divisor - mean**2, 0.0)
    recent = rolling_sum(padded[memory - days :], days) / days
    moved = variance > 1e-12 * np.maximum(mean**2, 1e-300)
    deviation = np.sqrt(np.where(moved, variance, 1.0))
    shifted = np.where(moved, (recent - mean) / deviation, 0.0)
    return np.where(count >= max(least, days), shifted, np.nan)
