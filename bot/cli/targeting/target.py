"""The target of an account today, beside what it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.cli.targeting.look import look
from bot.cli.targeting.overrides import unused
from bot.cli.targeting.solved import figures, refusals
from bot.cli.targeting.today import Today, covariance_figures, held, means_figures, today
from bot.cli.targeting.told import Told
from bot.cli.targeting.wanted import Wanted
from bot.report.targets.figures import (
    AccountTarget,
    PlaceFigures,
    PortfolioFigures,
    TargetName,
)
from brokers.words import ZERO, Symbol
from strategies.policy.target import Target
from strategies.risk.model import Array, volatility
from strategies.snapshot import Snapshot
from strategies.targets import cash_target, weights
from strategies.targets.portfolio import portfolio

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config


@dataclass(frozen=True, slots=True)
class Tried:
    """An account as its config has it, and as the caller tries it."""

    config: "Config"
    account: "AccountConfig"
    changed: "AccountConfig"
    wanted: Wanted


def called(target: Target) -> str:
    """The strategy by its name, the owner's own code by its own."""
    return target.own.label if target.own is not None else target.strategy


def target_of(tried: Tried, told: Told) -> AccountTarget:
    """Everything. Raises ``WrongUse`` and ``Refusal``."""
    policy = tried.changed.policy
    snapshot = look(tried.config, tried.changed)
    symbols = tuple(symbol for symbol, _ in policy.target.weights)
    told(f"{policy.target.strategy} of {len(symbols):,} names")
    with refusals(symbols):
        invested = 1 - cash_target(policy.cash, snapshot.nav)
        found = today(snapshot, policy, invested)
        shares = weights(snapshot, policy)
    now, left_out = held(snapshot, symbols)
    recipe, beliefs = policy.target.recipe, found.beliefs
    return AccountTarget(
        account=str(policy.account),
        environment=snapshot.environment,
        nav=snapshot.nav,
        base=str(snapshot.base),
        session=snapshot.session,
        strategy=called(policy.target),
        configured=called(tried.account.policy.target),
        invested=float(invested),
        risk_free=float(recipe.risk_free),
        portfolio=_portfolio(found),
        today=_today(found, now, float(recipe.risk_free)),
        cash_now=float(snapshot.cash_weight),
        names=tuple(_names(snapshot, found, shares)),
        means=None if beliefs is None else means_figures(beliefs.expected, symbols),
        covariance=None
        if beliefs is None
        else covariance_figures(beliefs.moved, recipe.covariance.value, symbols),
        notes=(*found.notes, *unused(policy.target, tried.wanted), *left_out, *snapshot.warnings),
    )


def _portfolio(found: Today) -> PortfolioFigures | None:
    if found.portfolio is None or found.beliefs is None:
        return None
    return figures(found.portfolio, found.symbols, found.beliefs.covariance)


def _today(found: Today, now: Array | None, risk_free: float) -> PlaceFigures | None:
    if found.beliefs is None or now is None:
        return None
    hoped = found.beliefs.expected
    mean = None if hoped is None else hoped.values
    place = portfolio(now, found.beliefs.covariance, mean=mean, risk_free=risk_free)
    return PlaceFigures(
        dict(zip(found.symbols, now.tolist(), strict=True)),
        place.expected_return,
        place.volatility,
        place.sharpe,
    )


def _names(
    snapshot: Snapshot, found: Today, shares: Mapping[Symbol, Decimal]
) -> Iterator[TargetName]:
    """Every name that is held or wanted."""
    place = {symbol: number for number, symbol in enumerate(found.symbols)}
    risks = None if found.beliefs is None else volatility(found.beliefs.covariance)
    hoped = None if found.beliefs is None else found.beliefs.expected
    for holding in snapshot.holdings:
        number = place.get(holding.symbol)
        known = number is not None
        yield TargetName(
            name=str(holding.symbol),
            now=float(snapshot.weight(holding)),
            target=float(shares.get(holding.symbol, ZERO)),
            expected_return=float(hoped.values[number]) if known and hoped else None,
            error=float(hoped.errors[number])
            if known and hoped is not None and hoped.errors is not None
            else None,
            volatility=float(risks[number]) if known and risks is not None else None,
            barred=holding.obstacle,
        )
