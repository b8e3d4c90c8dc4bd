"""The account beside other weights: its target, and a benchmark that may have names of its own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from bot.cli.risking.benchmark import Benchmark
from bot.cli.risking.positions import Held
from bot.cli.risking.priced import Priced
from bot.prices.source import NoPrices
from bot.report.risk.figures import ActiveFigures, PartFigures
from brokers.words import ZERO, Symbol
from strategies.policy.target import Estimator
from strategies.risk.covariance import estimate_from
from strategies.risk.model import Array
from strategies.risk.report.nouns import Active
from strategies.risk.report.parts import active

COVERED_MIN = 0.5
"""Share of a benchmark whose prices must be known before anything is held against it."""


def row(names: Sequence[Symbol], by_name: Mapping[Symbol, Decimal]) -> Array:
    """Weights by name in the order of ``names``, shape (n,)."""
    return np.array([float(by_name.get(name, ZERO)) for name in names])


def beside(
    held: Held, known: Priced, estimator: Estimator, benchmark: Benchmark | None
) -> tuple[ActiveFigures | None, tuple[str, ...]]:
    """The account beside it, by a covariance of the names of both: figures of its own stay.

    Raises ``NoPrices`` where most of it has none.
    """
    if benchmark is None:
        return None, ()
    covered = sum(weight for symbol, weight in benchmark.weights if symbol in known.bars)
    if covered < COVERED_MIN:
        raise NoPrices(f"the book has prices of {covered:.0%} of {benchmark.name}", _remedy(held))
    names = tuple(sorted({*held.names, *benchmark.names}))
    estimated = estimate_from(estimator, names, known.bars)
    weights, theirs = row(names, held.weights), dict(benchmark.weights)
    others = np.array([theirs.get(name, 0.0) for name in names])
    apart = active(estimated.covariance, weights, others, names, None)
    said = (f"{1 - covered:.1%} of {benchmark.name} has no prices here",) if covered < 1 else ()
    found = against(benchmark.name, benchmark.words, apart)
    return found, (*said, *(n for n in estimated.repairs if _is_of(n, benchmark.names)))


def _remedy(held: Held) -> str:
    if held.origin == "broker":
        return "name a source that has them in [accounts.NAME.prices]: docs/prices.md"
    return f"trimtab risk {held.config.account} --now asks the sources for them"


def _is_of(note: str, names: Sequence[Symbol]) -> bool:
    """Whether a note is about one of ``names``, or about none in particular."""
    name, colon, _ = note.partition(":")
    return not colon or " " in name or name in names


def against(name: str, words: str, found: Active | None) -> ActiveFigures | None:
    """The account beside what is called ``name``; None where there is nothing such."""
    if found is None:
        return None
    parts = (PartFigures(p.label, p.weight, p.contribution, p.share) for p in found.names)
    return ActiveFigures(name, words, found.tracking_error, found.beta, tuple(parts))
