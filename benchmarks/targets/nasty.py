"""Covariances that are hard on a method, each named by its seed, and limits that can be kept.

A case has all that any strategy asks for: means, returns, market capitalisations, what is held. The
limits of every kind are kept by the weights that are held, so that who says that nothing keeps them
is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array, Exposure, Group
from strategies.risk.model import Covariance, FactorModel, variances
from strategies.targets.limits import Limits
from strategies.targets.pairwise import pairwise_complete

Random = np.random.Generator

RISK_FREE = 0.02
PERIODS = 60
"""Of the returns of a case: three are in the worst twentieth."""


@dataclass(frozen=True, slots=True)
class Case:
    """``covariance`` of n names, ``mean``, ``caps`` and ``held`` (n,), ``returns`` (T, n)."""

    seed: int
    kind: str
    covariance: Covariance
    mean: Array
    caps: Array
    held: Array
    returns: Array

    @property
    def names(self) -> int:
        """Number of names, n."""
        return len(self.mean)


def draw(seed: int, names_max: int = 120) -> Case:
    """The case of ``seed``: kinds come in turn."""
    random = np.random.default_rng(seed)
    kind = list(KINDS)[seed % len(KINDS)]
    names = round(2 * (names_max / 2) ** random.uniform(0.1, 1.0))
    covariance = KINDS[kind](random, names)
    own = np.nan_to_num(np.maximum(variances(covariance), 0.0))
    sharpe = random.normal(0.3, 0.4, len(own))
    return Case(
        seed,
        kind,
        covariance,
        RISK_FREE + sharpe * np.sqrt(own),
        np.exp(random.normal(0, 1.5, len(own))),
        random.dirichlet(np.full(len(own), 2.0)),
        _returns(random, covariance),
    )


def _returns(random: Random, covariance: Covariance) -> Array:
    """Periods (T, n) of that covariance, where it is one; else what is not a number goes along."""
    if isinstance(covariance, FactorModel):
        names, factors = covariance.loadings.shape
        common = random.normal(size=(PERIODS, factors)) @ covariance.loadings.T
        return np.asarray(common + random.normal(size=(PERIODS, names)) * covariance.specific**0.5)
    bad = ~np.isfinite(covariance)
    values, vectors = np.linalg.eigh(np.where(bad, 0.0, (covariance + covariance.T) / 2))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    returns = random.normal(size=(PERIODS, len(values))) @ root.T
    returns[:, bad.all(axis=0)] = np.nan
    return np.asarray(returns, dtype=np.float64)


def _days(random: Random, days: int, names: int) -> Array:
    """Daily returns (days, n): a market, and each name's own."""
    own = random.normal(0, 0.01, (days, names)) * np.exp(random.normal(0, 0.5, names))
    return np.asarray(own + random.normal(0, 0.01, (days, 1)) * random.uniform(0, 2, names))


def _sample(returns: Array) -> Array:
    return np.atleast_2d(np.asarray(np.cov(returns.T) * 252, dtype=np.float64))


def _plain(random: Random, names: int) -> Covariance:
    return _sample(_days(random, 3 * names + 5, names))


def _factors(random: Random, names: int) -> Covariance:
    loadings = random.normal(0, 0.05, (names, min(names, 6)))
    loadings[:, 0] += 0.16
    return FactorModel(loadings, (0.2 * np.exp(random.normal(0, 0.4, names))) ** 2)


def _factors_alone(random: Random, names: int) -> Covariance:
    """Some names, or all, have nothing of their own."""
    model = _factors(random, names)
    assert isinstance(model, FactorModel)
    none = random.random(names) < random.choice([0.2, 1.0])
    return FactorModel(model.loadings, np.where(none, 0.0, model.specific))


def _singular(random: Random, names: int) -> Covariance:
    return _sample(_days(random, max(2, names // 2), names))


def _duplicates(random: Random, names: int) -> Covariance:
    days = _days(random, 2 * names + 5, names)
    copies = max(1, names // random.integers(2, 8))
    days[:, random.permutation(names)[:copies]] = days[:, random.integers(0, names, copies)]
    return _sample(days)


def _near_duplicates(random: Random, names: int) -> Covariance:
    days = _days(random, 2 * names + 5, names)
    copies = max(1, names // random.integers(2, 8))
    apart = random.choice([1e-5, 1e-7, 1e-9])
    to, of = random.permutation(names)[:copies], random.integers(0, names, copies)
    days[:, to] = days[:, of] * (1 + apart) + random.normal(0, 0.01 * apart, (len(days), copies))
    return _sample(days)


def _rank_one(random: Random, names: int) -> Covariance:
    beta = 0.2 * random.uniform(0.1, 2, names) * (random.choice([1, -1], names) ** (names % 2))
    return np.outer(beta, beta)


def _thirty_days(random: Random, names: int) -> Covariance:
    return _sample(_days(random, 30, max(names, 40)))


def _wide(random: Random, names: int) -> Covariance:
    """Many more names than days, in factors: nothing of size (n, n)."""
    days = _days(random, 30, 5 * names)
    apart = (days - days.mean(axis=0)) / np.sqrt(29) * np.sqrt(252)
    return FactorModel(apart.T, np.full(5 * names, random.choice([0.0, 1e-6, 1e-3])))


def _wild(random: Random, names: int) -> Covariance:
    """Variances from 1e-8 to 1e4."""
    size = 10 ** random.uniform(-4, 2, names)
    return np.asarray(np.corrcoef(_days(random, 3 * names + 5, names).T) * np.outer(size, size))


def _tiny(random: Random, names: int) -> Covariance:
    return _plain(random, names) * random.choice([1e-12, 1e-8, 1e6])


def _not_numbers(random: Random, names: int) -> Covariance:
    matrix = np.asarray(_plain(random, names))
    column = int(random.integers(names))
    matrix[column] = matrix[:, column] = random.choice([np.nan, np.inf])
    return matrix


def _pairwise(random: Random, names: int) -> Covariance:
    """From days with holes: no covariance, often, for some variances are below zero."""
    days = _days(random, names + 20, names)
    days[random.random(days.shape) < random.uniform(0.02, 0.3)] = np.nan
    return pairwise_complete(days)[0] * 252


def _still(random: Random, names: int) -> Covariance:
    """Some names do not move."""
    matrix = np.asarray(_plain(random, names))
    none = random.permutation(names)[: max(1, names // 10)]
    matrix[none] = matrix[:, none] = 0.0
    return matrix


def _hedged(random: Random, names: int) -> Covariance:
    days = _days(random, 2 * names + 5, names)
    days[:, -1] = -days[:, 0] + random.choice([0.0, 1e-9]) * random.normal(size=len(days))
    return _sample(days)


def _lopsided(random: Random, names: int) -> Covariance:
    """The halves differ by rounding."""
    matrix = np.asarray(_plain(random, names))
    return matrix * (1 + 1e-13 * random.normal(size=matrix.shape))


def _equal(random: Random, names: int) -> Covariance:
    """One correlation for all, up to one."""
    rho = random.choice([0.0, 0.5, 1 - 1e-10, 1.0])
    return np.asarray(0.04 * (rho + (1 - rho) * np.eye(names)))


KINDS: dict[str, Callable[[Random, int], Covariance]] = {
    "plain": _plain,
    "factors": _factors,
    "factors alone": _factors_alone,
    "singular": _singular,
    "duplicates": _duplicates,
    "near duplicates": _near_duplicates,
    "rank one": _rank_one,
    "thirty days": _thirty_days,
    "wide": _wide,
    "wild scales": _wild,
    "tiny or huge": _tiny,
    "not numbers": _not_numbers,
    "pairwise": _pairwise,
    "still names": _still,
    "hedged": _hedged,
    "lopsided": _lopsided,
    "one correlation": _equal,
}

SETS = ("long only", "box", "shorts", "130/30", "turnover", "groups", "few names")


def limits_of(case: Case, kind: str) -> Limits:  # noqa: PLR0911  # one return a kind
    """Limits of a kind, which the weights that are held keep (few names: some of them do)."""
    n, held = case.names, case.held
    random = np.random.default_rng((case.seed, SETS.index(kind)))
    match kind:
        case "box":
            return Limits(
                lower=held * random.uniform(0, 0.9), upper=np.minimum(1.0, held * 2 + 0.5 / n)
            )
        case "shorts":
            return Limits(lower=-random.choice([0.1, 1.0]), upper=1.0)
        case "130/30":
            return Limits(lower=-0.3, upper=1.3, gross=1.6)
        case "turnover":
            return Limits(turnover=random.choice([0.02, 0.3, 1.0]), current=held)
        case "groups":
            return _banded(random, held)
        case "few names":
            return Limits(names_max=max(1, min(10, n // 3)))
        case _:
            return Limits()


def _banded(random: Random, held: Array) -> Limits:
    """Three groups and two exposures around what is held; sometimes shorts."""
    group = random.integers(0, 3, len(held))
    beta = random.uniform(0, 2, (2, len(held)))
    groups = []
    for number in range(3):
        members = tuple(np.flatnonzero(group == number).tolist())
        inside = float(held[list(members)].sum())
        groups.append(Group(f"group {number}", members, 0.5 * inside, 1.2 * inside))
    exposures = tuple(
        Exposure(f"beta {number}", row, float(row @ held) - 0.05, float(row @ held) + 0.02)
        for number, row in enumerate(beta)
    )
    return Limits(lower=random.choice([0.0, -0.1]), groups=tuple(groups), exposures=exposures)
