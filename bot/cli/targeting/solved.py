"""From a strategy's answer to figures by name, and refusals in the caller's own words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from bot.cli.exits import WrongUse
from bot.cli.targeting.given import Given, gather
from bot.cli.targeting.strategies import answer, row_of
from bot.cli.targeting.told import Told
from bot.cli.targeting.wanted import Files, Wanted
from bot.report.targets.figures import AssetFigures, PortfolioFigures, Targets
from strategies.risk.model import Array, Covariance, times, volatility
from strategies.risk.refusal import NoRisk
from strategies.targets.portfolio import Portfolio
from strategies.targets.refusal import NoTarget

PLACES = re.compile(r"\b(names?) (\d+(?:, \d+)*(?: and \d+(?! more))?)(?![.\d])")
CELL = re.compile(r"\bcovariance\[(\d+)\]\[(\d+)\]")
REMEDY = "docs/targets.md tells what each strategy takes"


def solved(strategy: str, files: Files, wanted: Wanted, amount: int | None, told: Told) -> Targets:
    """What ``strategy`` answers to the numbers in ``files``. Raises ``WrongUse``."""
    row_of(strategy)  # before files are read: they may be large
    with refusals(()):
        given = gather(files, wanted, strategy, told)
    with refusals(given.names):
        found, notes = answer(strategy, given, wanted, told)
    if amount is not None and len(found.portfolios) > 1:
        raise WrongUse("--amount is shared out by one portfolio", "a point by --return R")
    portfolios = tuple(figures(each, given.names, given.covariance) for each in found.portfolios)
    if found.cvar is not None:
        portfolios = tuple(
            replace(each, cvar=found.cvar, value_at_risk=found.value_at_risk) for each in portfolios
        )
    return Targets(
        strategy=strategy,
        risk_free=wanted.risk_free or 0.0,
        portfolios=portfolios,
        names=assets(given.names, given.covariance, given.mean, given.errors),
        amounts=None if amount is None else amounts(portfolios[0].weights, amount),
        notes=(*_origins(given), *given.notes, *notes),
    )


def figures(found: Portfolio, names: Sequence[str], covariance: Covariance) -> PortfolioFigures:
    """``found`` by name, with each name's share of its variance."""
    return PortfolioFigures(
        weights=dict(zip(names, found.weights.tolist(), strict=True)),
        expected_return=found.expected_return,
        volatility=found.volatility,
        sharpe=found.sharpe,
        gap=found.gap,
        risk=dict(zip(names, shares_of_risk(found.weights, covariance).tolist(), strict=True)),
        notes=tuple(by_name(note, names) for note in found.notes if note),
    )


def shares_of_risk(weights: Array, covariance: Covariance) -> Array:
    """w_i (C w)_i / w'Cw, (n,): they sum to one, and are zero where there is no risk at all."""
    parts = weights * times(covariance, weights)
    total = float(parts.sum())
    return np.asarray(parts / total if total > 0 else np.zeros_like(parts), dtype=np.float64)


def assets(
    names: Sequence[str],
    covariance: Covariance,
    mean: Array | None,
    errors: Array | None = None,
) -> tuple[AssetFigures, ...]:
    """Each name by itself."""
    count = len(names)
    means = [None] * count if mean is None else mean.tolist()
    unsure = [None] * count if errors is None else errors.tolist()
    rows = zip(names, means, volatility(covariance).tolist(), unsure, strict=True)
    return tuple(AssetFigures(*row) for row in rows)


def amounts(weights: Mapping[str, float], amount: int) -> dict[str, int]:
    """Whole units of money that sum to ``amount``: rounded down, the rest where most was lost."""
    exact = {name: amount * weight for name, weight in weights.items()}
    whole = {name: int(np.floor(value)) for name, value in exact.items()}
    lost = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in lost[: amount - sum(whole.values())]:
        whole[name] += 1
    return whole


def by_name(text: str, names: Sequence[str]) -> str:
    """``text`` with names in place of their numbers: ``name 3`` becomes ``MSFT``."""

    def called(match: re.Match[str]) -> str:
        places = [int(number) for number in re.findall(r"\d+", match[2])]
        if any(place >= len(names) for place in places):
            return match[0]
        return re.sub(r"\d+", lambda number: names[int(number[0])], match[2])

    def cell(match: re.Match[str]) -> str:
        row, column = int(match[1]), int(match[2])
        return f"covariance[{names[row]}][{names[column]}]"

    return CELL.sub(cell, PLACES.sub(called, text)) if names else text


@contextmanager
def refusals(names: Sequence[str]) -> Iterator[None]:
    """A strategy's refusal becomes a wrong use of the command line, told by name."""
    try:
        yield
    except (NoTarget, NoRisk) as exc:
        raise WrongUse(by_name(str(exc), names), REMEDY) from exc


def _origins(given: Given) -> Iterator[str]:
    """Where what the files do not say comes from."""
    if given.means is not None and given.errors is not None:
        yield f"expected returns: {given.means.source}; {'; '.join(given.means.notes)}"
    source = given.covariance_source
    if source.observations is not None:
        said = "; ".join((f"{source.source}, {source.observations:,} periods", *source.notes))
        yield f"covariance: {said}"
