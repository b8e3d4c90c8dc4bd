"""The efficient frontier, out of files or of an account, and what lies how far below it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.targeting.given import gather
from bot.cli.targeting.look import look
from bot.cli.targeting.overrides import SOURCES, unused
from bot.cli.targeting.solved import assets, by_name, figures, refusals
from bot.cli.targeting.strategies import FRONTIER, limits_of, mean_needed
from bot.cli.targeting.target import Tried, called
from bot.cli.targeting.today import covariance_figures, held, means_figures, today
from bot.cli.targeting.told import Told, counted
from bot.cli.targeting.wanted import POINTS, Files, Wanted
from bot.report.targets.figures import (
    CovarianceFigures,
    Frontier,
    MeansFigures,
    PlaceFigures,
    PortfolioFigures,
)
from strategies.risk.model import Array, Covariance
from strategies.targets import cash_target
from strategies.targets.account.asked import asked
from strategies.targets.account.expect import expected
from strategies.targets.account.risk import moved
from strategies.targets.frontier import efficient_frontier, efficient_return, efficient_volatility
from strategies.targets.limits import Limits
from strategies.targets.portfolio import portfolio
from strategies.targets.refusal import NoTarget
from strategies.targets.sharpe import maximum_sharpe

if TYPE_CHECKING:
    from decimal import Decimal

    from strategies.policy import Policy
    from strategies.snapshot import Snapshot

NEGLIGIBLE = 1e-9
"""Distance from the frontier, in return or volatility, that is none."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What a frontier is made of: ``mean`` (n,) and ``errors`` (n,) of ``names``, and limits."""

    names: tuple[str, ...]
    mean: Array
    errors: Array | None
    covariance: Covariance
    limits: Limits
    risk_free: float

    def where(self, weights: Array) -> PlaceFigures:
        """Where ``weights`` (n,) lie, what they lack to the frontier, and why where that is not."""
        mean, free = self.mean, self.risk_free
        at = portfolio(weights, self.covariance, mean=mean, risk_free=free)
        assert at.expected_return is not None, "there are means"
        notes, given_up, excess = [], None, None
        try:
            best = efficient_volatility(
                mean, self.covariance, self.limits, volatility=at.volatility, risk_free=free
            )
            given_up = _rounded((best.expected_return or 0.0) - at.expected_return)
        except NoTarget as exc:
            notes.append(f"no point of the frontier has its volatility: {exc}")
        try:
            calm = efficient_return(
                mean, self.covariance, self.limits, expected_return=at.expected_return
            )
            excess = _rounded(at.volatility - calm.volatility)
        except NoTarget as exc:
            notes.append(f"no point of the frontier has its return: {exc}")
        if min(given_up or 0.0, excess or 0.0) < 0:
            notes.append("it is better than the frontier: it breaks a limit that holds there")
        return PlaceFigures(
            dict(zip(self.names, weights.tolist(), strict=True)),
            at.expected_return,
            at.volatility,
            at.sharpe,
            given_up,
            excess,
            tuple(by_name(note, self.names) for note in notes),
        )


def _rounded(distance: float) -> float:
    return 0.0 if abs(distance) < NEGLIGIBLE else distance


def _made(
    known: Beliefs, points: int | None, told: Told
) -> tuple[tuple[PortfolioFigures, ...], PortfolioFigures | None, tuple[str, ...]]:
    """The points, the greatest ratio, and why there is none."""
    count, free = POINTS if points is None else points, known.risk_free
    found = efficient_frontier(
        known.mean,
        known.covariance,
        known.limits,
        points=count,
        risk_free=free,
        told=counted(told, "points"),
    )
    rows = tuple(figures(each, known.names, known.covariance) for each in found)
    try:
        best = maximum_sharpe(known.mean, known.covariance, known.limits, risk_free=free)
    except NoTarget as exc:
        return rows, None, (f"no greatest Sharpe ratio: {by_name(str(exc), known.names)}",)
    return rows, figures(best, known.names, known.covariance), ()


def of_files(files: Files, wanted: Wanted, told: Told) -> Frontier:
    """The frontier of the numbers in ``files``. Raises ``WrongUse``."""
    with refusals(()):
        given = gather(files, wanted, FRONTIER, told)
    if given.mean is None:
        raise mean_needed(FRONTIER)
    known = Beliefs(
        given.names,
        given.mean,
        given.errors,
        given.covariance,
        limits_of(FRONTIER, given, wanted),
        wanted.risk_free or 0.0,
    )
    with refusals(given.names):
        points, best, why = _made(known, wanted.aims.points, told)
    assert given.means is not None, "there are means"
    return _figures(
        known, (points, best), (given.means, given.covariance_source), (*given.notes, *why)
    )


def _figures(
    known: Beliefs,
    made: tuple[tuple[PortfolioFigures, ...], PortfolioFigures | None],
    sources: tuple[MeansFigures, CovarianceFigures],
    notes: tuple[str, ...],
) -> Frontier:
    """Of files: an account's own parts are put in by ``of_account``."""
    points, best = made
    return Frontier(
        subject=sources[1].source,
        account=None,
        environment=None,
        session=None,
        risk_free=known.risk_free,
        points=points,
        maximum_sharpe=best,
        current=None,
        target=None,
        strategy=None,
        names=assets(known.names, known.covariance, known.mean, known.errors),
        means=sources[0],
        covariance=sources[1],
        notes=notes,
    )


def of_account(tried: Tried, told: Told) -> Frontier:
    """The frontier of an account's names, by a source of returns that is named."""
    policy = tried.changed.policy
    if policy.target.recipe.means is None:
        name = tried.account.account
        raise WrongUse(
            f"{name} has no source of expected returns, and a frontier is made of them", SOURCES
        )
    snapshot = look(tried.config, tried.changed)
    symbols = tuple(str(symbol) for symbol, _ in policy.target.weights)
    with refusals(symbols):
        invested = 1 - cash_target(policy.cash, snapshot.nav)
        question = asked(snapshot, policy, invested)
        how = moved(question)
        hoped, covariance = expected(question, how)
        known = Beliefs(
            symbols,
            hoped.values,
            hoped.errors,
            covariance,
            replace(question.limits, names_max=None),
            float(policy.target.recipe.risk_free),
        )
        points, best, why = _made(known, tried.wanted.aims.points, told)
    means = means_figures(hoped, symbols)
    assert means is not None, "there are means"
    source = covariance_figures(how, policy.target.recipe.covariance.value, symbols)
    bare = _figures(known, (points, best), (means, source), ())
    now, left_out = held(snapshot, question.symbols)
    target, lost = _target(known, snapshot, tried.account.policy, invested)
    few = (FEW,) if question.limits.names_max is not None else ()
    said = unused(replace(policy.target, strategy="maximum-sharpe"), tried.wanted)
    return replace(
        bare,
        subject=str(policy.account),
        account=str(policy.account),
        environment=snapshot.environment,
        session=snapshot.session,
        strategy=called(tried.account.policy.target),
        target=target,
        current=None if now is None else known.where(now),
        notes=(OF_INVESTED, *few, *why, *lost, *said, *left_out, *snapshot.warnings),
    )


OF_INVESTED = "all figures are a year's, of what is invested: cash is beside it"
FEW = "names_max holds for the target: the frontier is that of all names"


def _target(
    known: Beliefs, snapshot: "Snapshot", policy: "Policy", invested: "Decimal"
) -> tuple[PlaceFigures | None, tuple[str, ...]]:
    """Where the configured target lies today, or why there is none."""
    try:
        found = today(snapshot, policy, invested)
    except NoTarget as exc:
        return None, (f"no target today: {by_name(str(exc), known.names)}",)
    return known.where(found.row), ()
