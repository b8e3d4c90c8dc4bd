"""What an account's own strategy says today, and what is believed of its names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from bot.cli.targeting.solved import by_name
from bot.report.targets.figures import CovarianceFigures, MeansFigures
from brokers.words import Symbol
from strategies.policy import Policy
from strategies.risk.model import Array
from strategies.snapshot import Snapshot
from strategies.targets import STRATEGIES
from strategies.targets.account import chosen_by
from strategies.targets.account.asked import asked
from strategies.targets.account.expect import expected
from strategies.targets.account.risk import Moved, moved
from strategies.targets.account.table import Beliefs
from strategies.targets.means.expected import Expected
from strategies.targets.portfolio import Portfolio, portfolio
from strategies.targets.refusal import NoTarget


@dataclass(frozen=True, slots=True)
class Today:
    """``weights`` as shares of what is invested.

    ``portfolio`` and ``beliefs`` are None where the strategy needs no past and there is none, which
    ``notes`` say.
    """

    symbols: tuple[Symbol, ...]
    weights: Mapping[Symbol, Decimal]
    portfolio: Portfolio | None
    beliefs: Beliefs | None
    notes: tuple[str, ...] = ()

    @property
    def row(self) -> Array:
        """The weights as an array (n,)."""
        return np.array([float(self.weights[symbol]) for symbol in self.symbols])


def today(snapshot: Snapshot, policy: Policy, invested: Decimal) -> Today:
    """The target and its figures. Raises ``NoTarget``."""
    target = policy.target
    if target.strategy in STRATEGIES:
        weights = STRATEGIES[target.strategy](snapshot, target)
        return _with_figures(snapshot, policy, invested, weights)
    chosen = chosen_by(snapshot, policy, invested)
    beliefs = chosen.beliefs
    found = chosen.portfolio
    if beliefs.expected is None and target.recipe.means is not None:
        beliefs = _expecting(snapshot, policy, invested, beliefs.moved)
        assert beliefs.expected is not None, "a source is named"
        found = _again(found, beliefs, float(target.recipe.risk_free))
    return Today(chosen.symbols, chosen.weights, found, beliefs)


def _again(found: Portfolio, beliefs: Beliefs, risk_free: float) -> Portfolio:
    """The same weights with expected returns, which the strategy did not ask for."""
    mean = None if beliefs.expected is None else beliefs.expected.values
    return portfolio(
        found.weights,
        beliefs.covariance,
        mean=mean,
        risk_free=risk_free,
        gap=found.gap,
        notes=found.notes,
    )


def _expecting(snapshot: Snapshot, policy: Policy, invested: Decimal, how: Moved) -> Beliefs:
    """Risk as it is, and expected returns for the figures."""
    return Beliefs(how, how.covariance, expected(asked(snapshot, policy, invested), how)[0])


def _with_figures(
    snapshot: Snapshot, policy: Policy, invested: Decimal, weights: Mapping[Symbol, Decimal]
) -> Today:
    """Weights that nobody reckoned, with the figures that the past gives them."""
    symbols = tuple(symbol for symbol, _ in policy.target.weights)
    try:
        how = moved(asked(snapshot, policy, invested))
    except NoTarget as exc:
        return Today(symbols, weights, None, None, (f"no figures of risk: {exc}",))
    beliefs = Beliefs(how, how.covariance)
    if policy.target.recipe.means is not None:
        beliefs = _expecting(snapshot, policy, invested, how)
    bare = Portfolio(np.array([float(weights[s]) for s in symbols]), None, 0.0, None, 0.0)
    risk_free = float(policy.target.recipe.risk_free)
    return Today(symbols, weights, _again(bare, beliefs, risk_free), beliefs)


def held(snapshot: Snapshot, symbols: Sequence[Symbol]) -> tuple[Array | None, tuple[str, ...]]:
    """What is held of ``symbols`` as shares of their sum, (n,); what else is held is said."""
    values = {h.symbol: float(h.value) for h in snapshot.holdings if h.quantity}
    row = np.array([values.get(symbol, 0.0) for symbol in symbols])
    others = [name for name in values if name not in set(symbols)]
    notes: tuple[str, ...] = ()
    if others:
        share = sum(values[name] for name in others) / float(snapshot.nav)
        many = f"{', '.join(others[:5])}{' and others' if len(others) > 5 else ''}"  # noqa: PLR2004
        notes = (f"{many}, {share:.2%} of NAV, held and not wanted, counts in no figure of risk",)
    total = float(row.sum())
    return (row / total if total > 0 else None), notes


def means_figures(said: Expected | None, symbols: Sequence[str]) -> MeansFigures | None:
    """Where expected returns come from."""
    if said is None:
        return None
    notes = tuple(by_name(note, symbols) for note in said.notes)
    return MeansFigures(said.source, said.day, said.shrinkage, notes)


def covariance_figures(how: Moved, estimator: str, symbols: Sequence[str]) -> CovarianceFigures:
    """Where the covariance comes from."""
    days = how.returns.days
    return CovarianceFigures(
        estimator,
        days[0] if days else None,
        days[-1] if days else None,
        len(how.values),
        tuple(by_name(note, symbols) for note in how.notes),
    )
