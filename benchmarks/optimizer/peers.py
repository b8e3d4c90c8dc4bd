"""Four libraries on the closest problem that each can state, against the kernel on the whole of it.

    make -C benchmarks/optimizer peers                       500 names
    make -C benchmarks/optimizer peers ARGS="--names 50"

Every peer gets one thread and a process of its own, and data that favours it: returns whose sample
covariance is exactly the problem's, no estimation. What it cannot state is left out of its problem,
and named; then its weights are judged by the whole one. Runs where the peers are installed, not
in the project's own environment.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import json
import resource
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from benchmarks.optimizer.problems import draw, sized
from strategies.optimize.kernel.solve import solve
from strategies.optimize.measure import objective, violation
from strategies.optimize.problem import Array, Problem
from strategies.optimize.sides.solve import choose

FEASIBLE = 1e-6
"""Breach that a peer is allowed; the kernel keeps 1e-9."""
RUNS, SECONDS = 3, 0.5
"""Every library runs so often at least, and again until so much time has passed."""
DAYS, SPARE = 1250, 50
"""Daily returns that a library is given: five years, or so many more than there are names."""


@dataclass(frozen=True, slots=True)
class Peer:
    """How to call one library, and what its problem lacks."""

    solve: Callable[[Problem], Array]
    lacks: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one library made of it; ``ratio`` is its time over the kernel's."""

    name: str
    ms: float
    ratio: float
    objective: float
    violation: float
    peak_mb: float
    lacks: str
    failed: str = ""


def _covariance(problem: Problem) -> Array:
    return np.asarray(problem.factors @ problem.factors.T + np.diag(problem.specific))


def _returns(problem: Problem) -> Array:
    """(days, n): mean zero, sample covariance exactly that of the problem."""
    n = problem.size
    days = max(DAYS, n + SPARE)
    random = np.random.default_rng(7)
    noise = random.normal(size=(days, n))
    white, _ = np.linalg.qr(noise - noise.mean(axis=0))
    root = np.linalg.cholesky(_covariance(problem))
    return np.asarray(np.sqrt(days - 1) * white @ root.T)


def _rows(problem: Problem) -> tuple[Array, Array]:
    """Group limits as A w <= b."""
    rows, right = [], []
    for group in problem.groups:
        row = np.zeros(problem.size)
        row[list(group.members)] = 1.0
        rows += [row, -row]
        right += [group.upper, -group.lower]
    return np.array(rows), np.array(right)


def _kernel(problem: Problem) -> Array:
    return solve(problem).weights


def _pypfopt(problem: Problem) -> Array:
    import cvxpy as cp
    from pypfopt import EfficientFrontier
    from pypfopt.objective_functions import ex_ante_tracking_error, transaction_cost

    covariance, rows = _covariance(problem), _rows(problem)
    bounds = list(zip(problem.lower, problem.upper, strict=True))
    frontier = EfficientFrontier(None, covariance, weight_bounds=bounds, solver="CLARABEL")
    frontier.add_objective(transaction_cost, w_prev=problem.current, k=float(problem.spread.mean()))
    frontier.add_constraint(lambda w: rows[0] @ w <= rows[1])
    frontier.add_constraint(lambda w: cp.norm(w - problem.current, 1) <= problem.turnover)
    error = problem.tracking_error or 0.0
    frontier.add_constraint(
        lambda w: ex_ante_tracking_error(w, covariance, problem.target) <= error**2
    )
    found = frontier.convex_objective(
        lambda w: problem.risk_aversion * ex_ante_tracking_error(w, covariance, problem.target)
    )
    return np.array(list(found.values()))


def _cvxportfolio(problem: Problem) -> Array:
    import cvxportfolio as cvx
    import pandas as pd

    names = [f"s{i}" for i in range(problem.size)]
    every = [*names, "cash"]
    nav = 250e6
    held = pd.Series([*(nav * problem.current), 0.0], every)
    target = pd.Series([*problem.target, 0.0], every)
    risk = cvx.FactorModelCovariance(
        F=pd.DataFrame(problem.factors.T, columns=names),
        d=pd.Series(problem.specific, names),
        Sigma_F=pd.DataFrame(np.eye(problem.factors.shape[1])),
    )
    cost = cvx.TransactionCost(
        a=pd.Series(problem.spread, names),
        b=pd.Series(problem.impact, names),
        volume_hat=nav,
        sigma=1.0,
    )
    a, b = _rows(problem)
    policy = cvx.SinglePeriodOptimization(
        -problem.risk_aversion * risk - cost,
        [
            cvx.NoCash(),
            cvx.MinWeights(pd.Series(problem.lower, names)),
            cvx.MaxWeights(pd.Series(problem.upper, names)),
            cvx.FactorMaxLimit(pd.DataFrame(a.T, index=names), pd.Series(b)),
            cvx.TurnoverLimit((problem.turnover or 0.0) / 2),
            risk <= (problem.tracking_error or 0.0) ** 2,
        ],
        include_cash_return=False,
        benchmark=cvx.FixedWeights(target),
        solver="CLARABEL",
    )
    trades, _, _ = policy.execute(held, market_data=None, t=pd.Timestamp("2021-06-01"))
    return np.asarray(problem.current + trades[names].to_numpy() / nav)


def _riskfolio(problem: Problem) -> Array:
    import pandas as pd
    import riskfolio as rp

    returns = pd.DataFrame(_returns(problem))
    portfolio = rp.Portfolio(returns=returns, upperlng=float(problem.upper.max()))
    portfolio.mu = pd.DataFrame(np.zeros((1, problem.size)), columns=returns.columns)
    portfolio.cov = pd.DataFrame(
        _covariance(problem), index=returns.columns, columns=returns.columns
    )
    portfolio.kindbench = False
    portfolio.benchindex = pd.DataFrame(returns.to_numpy() @ problem.target)
    portfolio.allowTE, portfolio.TE = True, problem.tracking_error
    a, b = _rows(problem)
    portfolio.ainequality, portfolio.binequality = a, b[:, None]
    portfolio.solvers = ["CLARABEL"]
    found = portfolio.optimization(model="Classic", rm="MV", obj="MinRisk", hist=True)
    if found is None:
        raise RuntimeError("it found nothing")
    return np.asarray(found["weights"].to_numpy())


def _skfolio(problem: Problem) -> Array:
    import cvxpy as cp
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk, ObjectiveFunction

    a, b = _rows(problem)
    model = MeanRisk(
        objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
        risk_measure=RiskMeasure.VARIANCE,
        risk_aversion=problem.risk_aversion,
        min_weights=problem.lower,
        max_weights=problem.upper,
        previous_weights=problem.current,
        transaction_costs=problem.spread,
        target_weights=problem.target,
        max_standard_deviation=problem.tracking_error,
        left_inequality=a,
        right_inequality=b,
        add_constraints=lambda w: cp.norm(w - problem.current, 1) <= problem.turnover,
        solver="CLARABEL",
    )
    model.fit(_returns(problem))
    return np.asarray(model.weights_)


NO_LOTS = "lots and tax"
PEERS: dict[str, Peer] = {
    "kernel": Peer(_kernel, "nothing"),
    "PyPortfolioOpt": Peer(_pypfopt, f"{NO_LOTS}, impact, a spread for each name"),
    "cvxportfolio": Peer(_cvxportfolio, NO_LOTS),
    "Riskfolio-Lib": Peer(
        _riskfolio,
        f"{NO_LOTS}, any cost, turnover in sum, a bound for each name, the aim of tracking",
    ),
    "skfolio": Peer(_skfolio, f"{NO_LOTS}, impact"),
}


def measure(name: str, names: int, seed: int) -> Line:
    """The middle time of a few runs, and what the weights are worth in the whole problem."""
    problem = choose(draw(seed, sized(names)))
    peer, times, weights = PEERS[name], list[float](), problem.current
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while len(times) < RUNS or sum(times) < 1e3 * SECONDS:
            began = spent()
            weights = peer.solve(problem)
            times.append(1e3 * (spent() - began))
    return Line(
        name=name,
        ms=statistics.median(times),
        ratio=1.0,
        objective=objective(problem, weights),
        violation=violation(problem, weights),
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        lacks=peer.lacks,
    )


def in_a_child(name: str, asked: argparse.Namespace) -> Line:
    """The same in a process of its own, ended after the time that was given."""
    nan = float("nan")
    nothing = Line(name, nan, nan, nan, nan, nan, PEERS[name].lacks)
    command = [sys.executable, "-m", "benchmarks.optimizer.peers", "--child", name]
    command += ["--names", str(asked.names), "--seed", str(asked.seed)]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter, our own program
            command, capture_output=True, text=True, timeout=asked.seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return replace(nothing, failed=f"took more than {asked.seconds:.0f} s")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["ended without a word"])[-1]
        return replace(nothing, failed=last)
    return Line(**json.loads(done.stdout.splitlines()[-1]))


def _print(lines: list[Line]) -> None:
    print(
        f"{'library':<15} {'ms':>10} {'ratio':>8} {'peak MB':>8} {'bps of NAV':>11}"
        f" {'violation':>10}  kept  cannot state"
    )
    for line in lines:
        said = line.failed or line.lacks
        kept = "-" if line.failed else "yes" if line.violation <= FEASIBLE else "NO"
        print(
            f"{line.name:<15} {line.ms:>10.1f} {line.ratio:>7.0f}x {line.peak_mb:>8.0f}"
            f" {1e4 * line.objective:>11.3f} {line.violation:>10.1e}  {kept:<4}  {said}"
        )


def main() -> None:
    """Each library in turn, and ratios to the kernel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=300.0, help="for one library")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--child", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    asked: Any = parser.parse_args()
    if asked.child:
        print(json.dumps(asdict(measure(asked.child, asked.names, asked.seed))))
        return
    lines = [in_a_child(name, asked) for name in asked.peers]
    kernel = next((line.ms for line in lines if line.name == "kernel"), float("nan"))
    lines = [replace(line, ratio=line.ms / kernel) for line in lines]
    print(json.dumps([asdict(line) for line in lines])) if asked.json else _print(lines)


if __name__ == "__main__":
    main()
