"""The caller's files as arrays of the same names, and what was made of what they do not say."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from bot.cli.exits import WrongUse
from bot.cli.targeting.grids import Grid, joined, read_column, read_periods, read_square
from bot.cli.targeting.told import Told
from bot.cli.targeting.wanted import Columns, Files, Wanted
from bot.report.amounts import count
from bot.report.targets.figures import CovarianceFigures, MeansFigures
from strategies.policy.target import Estimator
from strategies.risk.estimators import estimate_by
from strategies.risk.model import Array, Covariance, FactorModel
from strategies.targets.pairwise import pairwise_complete

PRICE_LIKE = 0.5
"""No table of returns has only numbers above zero, half of them larger than this."""


@dataclass(frozen=True, slots=True)
class Moments:
    """A covariance and its origin; its correlation only where that is not the covariance's own."""

    covariance: Covariance
    source: CovarianceFigures
    correlation: Array | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Numbers of ``names`` (n), as the files have them.

    ``mean`` (n,) is None where nobody said it, ``returns`` (T, n) are those of periods that all
    names have. ``extra`` has the other columns that were asked for, (n,) each, by their option.
    """

    names: tuple[str, ...]
    covariance: Covariance
    correlation: Array | None
    covariance_source: CovarianceFigures
    mean: Array | None
    errors: Array | None
    means: MeansFigures | None
    returns: Array | None
    extra: dict[str, Array]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """The three files, where they are given."""

    mean: Grid | None
    cov: Grid | None
    returns: Grid | None

    @property
    def base(self) -> Grid:
        """Whose names count, in which order."""
        base = self.cov or self.returns
        assert base is not None, "looked at before"
        return base


def gather(files: Files, wanted: Wanted, strategy: str, told: Told) -> Given:
    """All numbers of ``files``. Raises ``WrongUse``, ``NoRisk`` and ``NoTarget``."""
    if files.cov is None and files.returns is None:
        remedy = "--cov COV.csv, or --returns RETURNS.csv to reckon one from"
        raise WrongUse(f"{strategy} needs a covariance", remedy)
    read = _read(files, told)
    raw = None if read.returns is None else joined(read.returns, read.base)
    mean, errors, means = _means(read, raw)
    whole, notes = (None, ()) if raw is None else _whole(read.base.source, raw)
    told("the covariance")
    moments = _moments(read, raw, whole, wanted, strategy)
    columns = {each.name: getattr(wanted.columns, each.name) for each in fields(Columns)}
    extra = {name: joined(read_column(path), read.base) for name, path in columns.items() if path}
    return Given(
        names=read.base.names,
        covariance=moments.covariance,
        correlation=moments.correlation,
        covariance_source=moments.source,
        mean=mean,
        errors=errors,
        means=means,
        returns=whole,
        extra=extra,
        notes=notes,
    )


def _read(files: Files, told: Told) -> _Read:
    def read(path: Path | None, how: Callable[[Path], Grid]) -> Grid | None:
        if path is None:
            return None
        told(f"reading {path.name}")
        return how(path)

    return _Read(
        read(files.mean, read_column),
        read(files.cov, read_square),
        read(files.returns, read_periods),
    )


def _means(
    read: _Read, raw: Array | None
) -> tuple[Array | None, Array | None, MeansFigures | None]:
    """Means as they are given, else plain averages with their errors, else none."""
    if read.mean is not None:
        return joined(read.mean, read.base), None, MeansFigures(read.mean.source, None, 0.0, ())
    if raw is None:
        return None, None, None
    there = np.isfinite(raw).sum(axis=0)
    if there.min() < 2:  # noqa: PLR2004
        name = read.base.names[int(there.argmin())]
        raise WrongUse(f"{read.base.source} has {there.min()} returns of {name}", "leave it out")
    errors = np.nanstd(raw, axis=0, ddof=1) / np.sqrt(there)
    said = (
        f"plain averages of {count(len(raw), 'period')}: the standard error of the median name is"
        f" {np.median(errors):.3%}, and a choice by them picks the lucky ones"
    )
    source = f"averages of {read.returns.source if read.returns else ''}"
    return np.nanmean(raw, axis=0), errors, MeansFigures(source, None, 0.0, (said,))


def _whole(source: str, raw: Array) -> tuple[Array, tuple[str, ...]]:
    """The periods that all names have, and what is odd about the rest."""
    there = np.isfinite(raw)
    rows, notes = there.all(axis=1), []
    if not rows.all():
        notes.append(f"{source}: {(~rows).sum()} of {len(raw)} periods have a gap")
    known = raw[there]
    if known.size and known.min() > 0 and np.median(known) > PRICE_LIKE:
        notes.append(f"{source} looks like prices: returns are changes, as 0.01 for 1 %")
    return raw[rows], tuple(notes)


def _moments(
    read: _Read, raw: Array | None, whole: Array | None, wanted: Wanted, strategy: str
) -> Moments:
    """The covariance that is given, else one of the returns."""
    if read.cov is not None:
        return Moments(read.cov.values, CovarianceFigures(read.cov.source, None, None, None, ()))
    assert read.returns is not None, "one of the two is given"
    assert raw is not None, "returns are given"
    assert whole is not None, "returns are given"
    source, periods = read.returns.source, len(raw)
    if strategy == "hierarchical-risk-parity" and wanted.covariance is None:
        covariance, correlation = pairwise_complete(raw)
        return Moments(covariance, _source(f"sample of {source}", periods), correlation)
    if strategy == "minimum-cvar" and wanted.covariance is None:
        return Moments(_plain(whole, source), _source(f"sample of {source}", len(whole)))
    estimator = Estimator(wanted.covariance or Estimator.SAMPLE)
    used = raw if estimator is Estimator.SAMPLE else whole
    found = estimate_by(estimator, used, periods=1, names=read.base.names)
    named = f"{estimator.value} of {source}"
    return Moments(found.covariance, _source(named, len(used), found.repairs))


def _plain(returns: Array, source: str) -> FactorModel:
    """The sample's covariance as T factors: n x n is never formed."""
    if len(returns) < 2:  # noqa: PLR2004
        raise WrongUse(f"{source}: {len(returns)} periods have a return of every name", "fill gaps")
    apart = (returns - returns.mean(axis=0)).T / np.sqrt(len(returns) - 1)
    return FactorModel(np.ascontiguousarray(apart), np.zeros(returns.shape[1]), len(returns))


def _source(words: str, periods: int, notes: tuple[str, ...] = ()) -> CovarianceFigures:
    return CovarianceFigures(words, None, None, periods, notes)


def refuse_missing(given: Given, key: str, strategy: str) -> Array:
    """The column of the option ``key``. Raises ``WrongUse`` where it is not given."""
    if key not in given.extra:
        raise WrongUse(f"{strategy} needs --{key}", f"--{key} FILE.csv: a name and its number")
    return given.extra[key]
