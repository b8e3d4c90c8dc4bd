"""Covariance estimators against scikit-learn's on the same returns: read the ratios, not the times.

    python -m benchmarks.targets.covariance                      500 and 3,000 names, 1,250 days
    python -m benchmarks.targets.covariance --names 500 --runs 9

On one core, in medians of processor time. "estimate" is the estimator alone; "whole" is what the
product does: checks, estimate, condition number and repairs. scikit-learn is timed without the
inverse that it computes unless told not to; it forms n x n always, and tells no condition number.
Ratios are its time over that of either; "differs" is the largest difference in covariance times
random weights, relative to the largest.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf

from strategies.policy.target import Estimator
from strategies.risk.estimators import estimate_by
from strategies.risk.estimators.factors import marchenko_pastur, principal_factors
from strategies.risk.estimators.fit import Fit
from strategies.risk.estimators.plain import ewma, sample
from strategies.risk.estimators.shrunk import constant_correlation, ledoit_wolf, oas
from strategies.risk.model import Array, Covariance, FactorModel, times

NAMES = (500, 3000)
DAYS = 1250
SECONDS = 1.0
"""What takes longer runs once."""


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds of one estimator at one size; NaN where scikit-learn has none like it."""

    names: int
    estimator: str
    estimate_ms: float
    whole_ms: float
    sklearn_ms: float
    ratio: float
    whole_ratio: float
    differs: float
    form: str


ALONE: dict[Estimator, Callable[[Array], Fit | FactorModel]] = {
    Estimator.SAMPLE: sample,
    Estimator.EWMA: ewma,
    Estimator.LEDOIT_WOLF: ledoit_wolf,
    Estimator.OAS: oas,
    Estimator.CONSTANT_CORRELATION: constant_correlation,
    Estimator.FACTORS: principal_factors,
    Estimator.MARCHENKO_PASTUR: marchenko_pastur,
}
SKLEARN = {
    Estimator.SAMPLE: EmpiricalCovariance,
    Estimator.LEDOIT_WOLF: LedoitWolf,
    Estimator.OAS: OAS,
}


def draw(names: int, days: int = DAYS) -> Array:
    """Daily returns (days, names): one market, nine smaller movements, and each name's own."""
    random = np.random.default_rng(7)
    sizes = np.append(0.7, random.uniform(0.05, 0.3, 9))
    loadings = random.normal(sizes[:, None], 0.3, (10, names))
    own = random.normal(0, 0.012, (days, names)) * random.uniform(0.5, 2, names)
    return np.asarray(random.normal(0, 0.01, (days, 10)) @ loadings + own)


def timed(run: Callable[[], object], runs: int) -> float:
    """Median milliseconds; a single run where that takes long."""
    spans = list[float]()
    while len(spans) < runs and sum(spans) < SECONDS:
        began = spent()
        run()
        spans.append(spent() - began)
    return 1e3 * statistics.median(spans)


def measure(estimator: Estimator, returns: Array, runs: int) -> Line:
    """One estimator, and scikit-learn's where it has the same one."""
    names = returns.shape[1]
    alone = ALONE[estimator]
    answer = alone(returns)
    covariance = answer.covariance if isinstance(answer, Fit) else answer
    estimate_ms = timed(lambda: alone(returns), runs)
    whole_ms = timed(lambda: estimate_by(estimator, returns, periods=252), runs)
    theirs_ms = differs = float("nan")
    if estimator in SKLEARN:
        peer = SKLEARN[estimator](store_precision=False)
        theirs_ms = timed(lambda: peer.fit(returns), runs)
        differs = _difference(estimator, covariance, peer.covariance_, len(returns))
    form = "array"
    if isinstance(covariance, FactorModel):
        form = f"{covariance.loadings.shape[1]} factors"
    return Line(
        names=names,
        estimator=estimator.value,
        estimate_ms=estimate_ms,
        whole_ms=whole_ms,
        sklearn_ms=theirs_ms,
        ratio=theirs_ms / estimate_ms,
        whole_ratio=theirs_ms / whole_ms,
        differs=differs,
        form=form,
    )


def _difference(estimator: Estimator, ours: Covariance, theirs: Array, days: int) -> float:
    """Relative, of products with random weights; scikit-learn's sample divides by T, not T - 1."""
    weights = np.random.default_rng(1).normal(size=len(theirs))
    scale = days / (days - 1) if estimator is Estimator.SAMPLE else 1.0
    expected = scale * theirs @ weights
    return float(np.abs(times(ours, weights) - expected).max() / np.abs(expected).max())


def _print(lines: list[Line]) -> None:
    print(
        f"{'names':>6}  {'estimator':<21} {'estimate ms':>11} {'whole ms':>9}"
        f" {'sklearn ms':>11} {'ratio':>7} {'of whole':>8} {'differs':>8}  form"
    )
    for line in lines:
        theirs = f"{'-':>11} {'-':>7} {'-':>8} {'-':>8}"
        if line.estimator in SKLEARN:
            theirs = (
                f"{line.sklearn_ms:>11.1f} {line.ratio:>6.1f}x {line.whole_ratio:>7.1f}x"
                f" {line.differs:>8.0e}"
            )
        print(
            f"{line.names:>6}  {line.estimator:<21} {line.estimate_ms:>11.1f}"
            f" {line.whole_ms:>9.1f} {theirs}  {line.form}"
        )


def main() -> None:
    """Every estimator at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, nargs="+", default=NAMES)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    lines = [
        measure(estimator, returns, asked.runs)
        for returns in (draw(names, asked.days) for names in asked.names)
        for estimator in ALONE
    ]
    print(json.dumps([asdict(line) for line in lines])) if asked.json else _print(lines)


if __name__ == "__main__":
    main()
