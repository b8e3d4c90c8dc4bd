"""Targets and frontiers on a terminal: 80 columns, ASCII."""

from collections.abc import Iterator

from bot.report.say import NOT_ADVICE
from bot.report.tables import Table
from bot.report.targets.figures import (
    AccountTarget,
    CovarianceFigures,
    Frontier,
    MeansFigures,
    PlaceFigures,
    PortfolioFigures,
    Targets,
)
from bot.report.targets.tables import (
    account_figures_table,
    account_table,
    assets_table,
    maybe,
    percent,
    places_table,
    points_table,
    ratio,
    weights_table,
)
from bot.report.text import plain, render, wrap

SOLVED = frozenset(
    {
        "minimum-variance",
        "maximum-sharpe",
        "efficient-frontier",
        "efficient-return",
        "efficient-volatility",
        "mean-variance",
        "maximum-diversification",
        "minimum-cvar",
        "index-tracking",
        "black-litterman",
    }
)
"""Strategies that minimise something, and prove how well."""
EXACT = 1e-9
"""A gap that is rounding and nothing else."""


def targets_page(found: Targets, rows_max: int) -> str:
    """The answer to files: one portfolio with its names, or a frontier."""
    one = found.portfolios[0]
    if len(found.portfolios) == 1:
        said, table = _figures_text(found), weights_table(found, rows_max)
    else:
        said, table = f"risk-free {short(found.risk_free)}", points_table(found.portfolios)
    names = len(one.weights)
    return _joined(
        f"{found.strategy} of {names:,} {'name' if names == 1 else 'names'}",
        wrap(said),
        _bullets((*proofs(found), *found.notes, *_once(found.portfolios))),
        render(table),
    )


def _figures_text(found: Targets) -> str:
    one = found.portfolios[0]
    parts = [f"volatility {percent(one.volatility, 4)} %"]
    if one.expected_return is not None:
        parts.insert(0, f"expected return {percent(one.expected_return, 4)} %")
    if one.sharpe is not None:
        parts.append(f"Sharpe ratio {ratio(one.sharpe)} (risk-free {short(found.risk_free)})")
    if one.cvar is not None:
        parts.append(f"CVaR {percent(one.cvar, 4)} %, VaR {maybe(one.value_at_risk, 4)} %")
    return ", ".join(parts)


def short(share: float) -> str:
    """A rate that somebody wrote, in percent and as short as they did."""
    return f"{100 * share:.10g} %"


def proofs(found: Targets) -> tuple[str, ...]:
    """The certificate in words."""
    gap = max(each.gap for each in found.portfolios)
    return (proof(found.strategy, gap, len(found.portfolios)),)


def proof(strategy: str, gap: float, count: int = 1) -> str:
    """How good it is, in words."""
    which = "it is" if count == 1 else f"all {count} are"
    if strategy == "risk-parity":
        return f"each name's part of the risk is its budget, or as near as limits let: {gap:.1e}"
    if strategy not in SOLVED:
        return "no objective is minimised here, so there is nothing to prove"
    if gap <= EXACT:
        return f"proof: {which} the best there is, but for rounding (gap {gap:.1e})"
    return f"proof: no other weights are better by more than {gap:.3%} of the objective"


def account_page(found: AccountTarget, rows_max: int) -> str:
    """What an account is to hold today."""
    figures = account_figures_table(found)
    return _joined(
        account_headline(found),
        _bullets(account_lines(found)),
        render(figures) if figures.rows else "",
        render(account_table(found, rows_max)),
        wrap(NOT_ADVICE),
    )


def account_headline(found: AccountTarget) -> str:
    """Whose target it is, and by what."""
    head = f"[{found.environment.value}] {found.account}: target of {found.session}"
    own = "" if found.strategy == found.configured else f" (the config says {found.configured})"
    return f"{head} by {found.strategy}{own}"


def account_lines(found: AccountTarget) -> Iterator[str]:
    """What stands behind it."""
    yield f"{percent(found.invested, 2)} % of {found.nav:,.2f} {found.base} is to be invested"
    if found.portfolio is not None:
        yield proof(found.strategy, found.portfolio.gap)
    yield from beliefs(found.means, found.covariance)
    if found.portfolio is not None:
        yield from found.portfolio.notes
    yield from found.notes


def beliefs(means: MeansFigures | None, covariance: CovarianceFigures | None) -> Iterator[str]:
    """Where expected returns and risks come from, each with its day."""
    if means is not None:
        day = "" if means.day is None else f", as of {means.day}"
        yield "; ".join((f"expected returns: {means.source}{day}", *means.notes))
    if covariance is not None:
        span = "" if covariance.first is None else f" from {covariance.first} to {covariance.last}"
        many = "" if covariance.observations is None else f", {covariance.observations:,} returns"
        yield "; ".join((f"covariance: {covariance.source}{many}{span}", *covariance.notes))


def frontier_page(found: Frontier, rows_max: int) -> str:
    """The frontier, and what lies where."""
    return _joined(
        frontier_headline(found),
        _bullets(frontier_lines(found)),
        _table(points_table(found.points, found.maximum_sharpe)),
        _table(places_table(found)),
        _bullets(distances(found)),
        _table(assets_table(found, rows_max)),
        wrap(NOT_ADVICE),
    )


def frontier_headline(found: Frontier) -> str:
    """What this is the frontier of."""
    mode = "" if found.environment is None else f"[{found.environment.value}] "
    day = "" if found.session is None else f" of {found.session}"
    return f"{mode}{found.subject}: efficient frontier{day}, {len(found.names):,} names"


def frontier_lines(found: Frontier) -> Iterator[str]:
    """What stands behind it."""
    yield from beliefs(found.means, found.covariance)
    yield f"risk-free {short(found.risk_free)}"
    points = (*found.points, *((found.maximum_sharpe,) if found.maximum_sharpe else ()))
    yield proof("efficient-frontier", max(each.gap for each in points), len(points))
    yield from found.notes
    yield from _once(found.points)


def distances(found: Frontier) -> Iterator[str]:
    """How far below the frontier what is held and what is wanted are."""
    for name, place in (("the target", found.target), ("what is held now", found.current)):
        if place is not None:
            yield from _distance(name, place)


def _distance(name: str, place: PlaceFigures) -> Iterator[str]:
    given_up, excess = place.return_given_up, place.volatility_excess
    if given_up is not None:
        said = f"{name} gives up {percent(given_up)} points of return at its volatility"
        if excess is not None:
            said += f", or has {percent(excess)} points of volatility too much for its return"
        yield said
    elif excess is not None:
        yield f"{name} has {percent(excess)} points of volatility too much for its return"
    for note in place.notes:
        yield f"{name}: {note}"


def _once(portfolios: tuple[PortfolioFigures, ...]) -> tuple[str, ...]:
    """Notes of all of them, each said once."""
    return tuple(dict.fromkeys(note for each in portfolios for note in each.notes))


def _table(table: Table) -> str:
    return render(table) if table.rows else ""


def _bullets(lines: "Iterator[str] | tuple[str, ...]") -> str:
    return "\n".join(wrap(line, "- ") for line in lines if line)


def _joined(*blocks: str) -> str:
    return plain("\n\n".join(block for block in blocks if block))
