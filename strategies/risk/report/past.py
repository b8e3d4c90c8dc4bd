"""The past of today's weights: what they would have returned on each day that is known."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from brokers.words import Symbol
from strategies.risk import measures
from strategies.risk.drawdown import Drawdown, drawdown
from strategies.risk.exposures import Factors, Regression, regression
from strategies.risk.model import Array
from strategies.risk.moments import moments
from strategies.risk.oddities import stale
from strategies.risk.refusal import NoRisk
from strategies.risk.report.nouns import Past
from strategies.risk.returns import DAYS_MIN, Returns, without_holes

COVERED_MIN = 0.5
"""Share of what is held whose returns must be known before they stand for the whole."""


def past(
    weights: Array,
    names: Sequence[Symbol],
    returns: Returns,
    factors: Factors | None,
    periods: int,
) -> tuple[Past | None, list[str]]:
    """The past of ``weights``, shape (n,), or None, and what is to be known about it."""
    series, table, covered = _simulated(weights, returns)
    notes = _gaps(weights, names, table, covered)
    if covered < COVERED_MIN or len(series) < DAYS_MIN - 1:
        words = f"{covered:.0%} of what is held have returns, on {len(series)} days in common"
        return None, [*notes, f"no figures from history: {words}"]
    fallen, complaints = _drawdown(series)
    explained, more = _factors(series, table.days, factors)
    days = (table.start, *table.days) if table.days else ()
    return Past(
        returns=tuple(series.tolist()),
        days=table.days,
        covered=covered,
        moments=moments(series),
        downside_deviation=measures.downside_deviation(series, periods=periods),
        drawdown=fallen,
        peak=_day(days, fallen.peak if fallen else None),
        trough=_day(days, fallen.trough if fallen else None),
        recovered=_day(days, fallen.recovered if fallen else None),
        factors=explained,
    ), [*notes, *complaints, *more]


def _simulated(weights: Array, returns: Returns) -> tuple[Array, Returns, float]:
    """Returns of what is held, shape (T,), the table behind them, and the share that it covers.

    What is not covered is taken to have moved like the rest: the rest is scaled up.
    """
    held = [j for j, i in enumerate(returns.columns) if weights[i] != 0]
    chosen = Returns(
        returns.values[:, held],
        tuple(returns.columns[j] for j in held),
        (),
        returns.days,
        returns.start,
        returns.skipped,
    )
    table = without_holes(chosen)
    if _covered(weights, table) < COVERED_MIN <= _covered(weights, chosen):
        table = without_holes(chosen, all_names=True)
    covered = _covered(weights, table)
    known = weights[list(table.columns)]
    return table.values @ known / (covered or 1.0), table, covered


def _covered(weights: Array, table: Returns) -> float:
    """Share of sum |w| that is in the table; all of it where nothing is held."""
    gross = float(np.abs(weights).sum())
    return float(np.abs(weights[list(table.columns)]).sum()) / gross if gross > 0 else 1.0


def _gaps(weights: Array, names: Sequence[Symbol], table: Returns, covered: float) -> list[str]:
    """Whom and which days the past does not know, and whose closes look stale."""
    notes = []
    missing = [names[i] for i in np.flatnonzero(weights).tolist() if i not in set(table.columns)]
    if missing and covered >= COVERED_MIN:
        some = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if missing[5:] else "")
        notes.append(
            f"{1 - covered:.1%} of what is held is not in the history and taken to have moved"
            f" like the rest: {some}"
        )
    if table.skipped:
        notes.append(f"{table.skipped} days are left out, since not all names have a close on them")
    return notes + stale([names[i] for i in table.columns], table.values, table.days)


def _drawdown(series: Array) -> tuple[Drawdown | None, list[str]]:
    """None where a day would have lost more than all, as short and geared weights can."""
    try:
        return drawdown(series), []
    except NoRisk as refusal:
        return None, [f"no drawdown: {refusal}"]


def _factors(
    series: Array, days: tuple[date, ...], factors: Factors | None
) -> tuple[Regression | None, list[str]]:
    """``series`` explained by ``factors`` on the days that both have."""
    if factors is None:
        return None, []
    try:
        if not factors.days:
            return regression(series, factors), []
        rows = {day: row for row, day in enumerate(factors.days)}
        both = [t for t, day in enumerate(days) if day in rows]
        common = factors.values[[rows[days[t]] for t in both]]
        return regression(series[both], Factors(factors.names, common)), []
    except NoRisk as refusal:
        return None, [f"no exposures to factors: {refusal}"]


def _day(days: tuple[date | None, ...], place: int | None) -> date | None:
    return days[place] if days and place is not None else None
