"""Risk on a terminal: 80 columns, ASCII."""

from collections.abc import Sequence

from bot.report.amounts import count
from bot.report.risk.figures import AccountRisk, PastFigures, RegimeFigures, RiskFigures
from bot.report.risk.tables import (
    figures_table,
    limits_table,
    signals_table,
    tail_notes,
    tails_table,
)
from bot.report.risk.whose import NAMES_MAX, group_tables, names_table
from bot.report.say import NOT_ADVICE
from bot.report.text import plain, render, wrap

NOTES_MAX = 10
"""Notes that are printed; all of them are in the page and in the JSON."""
UNLIMITED = "no limit of yours is on what is held (docs/constraints.md tells of them)"
UNLABELLED = "no groups: optimizer.labels names a file of sectors, countries and the like"
KEY = (
    "adds: volatility that one more unit of weight adds; risk: share of the volatility; TE: share "
    "of the tracking error to target; trend: direction, and return over its volatility; ?: a guess"
)


def page(each: AccountRisk, risk: RiskFigures, top: int = NAMES_MAX) -> str:
    """One account, all of it."""
    tails = "\n".join(wrap(note, "- ") for note in tail_notes(risk.tails))
    blocks = [
        headline(each),
        "\n".join(wrap(line, after="  ") for line in basis_lines(risk)),
        "\n".join(wrap(note, "- ") for note in shortened(risk.notes)),
        render(figures_table(risk)),
        "\n".join(wrap(line) for line in past_lines(risk.past)),
        render(limits_table(risk.limits)) if risk.limits else wrap(UNLIMITED),
        render(tails_table(risk)),
        tails,
        render(names_table(risk, top)),
        wrap(KEY),
        "\n\n".join(render(table) for table in group_tables(risk.groups)) or wrap(UNLABELLED),
        "\n".join(wrap(line, after="  ") for line in regime_lines(risk.regime)),
        render(signals_table(risk)) if risk.regime.signals else "",
        wrap(trend_line(risk)),
        wrap(NOT_ADVICE),
    ]
    return plain("\n\n".join(block for block in blocks if block))


def headline(each: AccountRisk) -> str:
    """What this is about."""
    return f"[{each.environment.value}] {each.account}: risk"


def basis_lines(risk: RiskFigures) -> tuple[str, ...]:
    """Of which moment positions and prices are, and how they move by which estimate."""
    basis = risk.basis
    shrunk = "" if basis.shrinkage is None else f", shrunk by {100 * basis.shrinkage:.1f} %"
    return (
        f"positions: {basis.positions_words}",
        f"prices: {basis.prices_words}",
        f"covariance: {basis.estimator}, {count(basis.returns, 'daily return')}{shrunk}",
        *(() if risk.benchmark is None else (f"benchmark: {risk.benchmark.words}",)),
    )


def shortened(notes: Sequence[str]) -> tuple[str, ...]:
    """As many as can be read at once."""
    rest = len(notes) - NOTES_MAX
    if rest <= 0:
        return tuple(notes)
    more = f"{count(rest, 'more note')}: --json and --html have them"
    return (*notes[:NOTES_MAX], more)


def past_lines(past: PastFigures | None) -> tuple[str, ...]:
    """Of what the figures from history are, with the days of the deepest fall."""
    if past is None:
        return ()
    span = f", {past.first} to {past.last}" if past.first and past.last else ""
    said = (
        f"Downside and falls are of today's holdings on past prices{span}, brought back to "
        "today's weights every day: not what the account has earned."
    )
    if not past.drawdown or past.peak is None or past.trough is None:
        return (said,)
    end = f"made good on {past.recovered}" if past.recovered else "not made good yet"
    return (said, f"The deepest fall was from {past.peak} to {past.trough}, {end}.")


def regime_lines(regime: RegimeFigures) -> tuple[str, ...]:
    """The state of the market of these names, and what it is judged by."""
    since = f" since {regime.since}" if regime.since else ""
    said = f"Regime: {regime.state}{since}"
    on = [signal.words for signal in regime.signals if signal.is_on]
    if regime.signals:
        said += f"; {'; '.join(on) if on else 'no signal is on'}"
    return (said, *regime.notes)


def trend_line(risk: RiskFigures) -> str:
    """How many names are going where."""
    known: list[str] = [row.trend.direction for row in risk.names if row.trend is not None]
    lost = len(risk.names) - len(known)
    short = f"; {count(lost, 'name has', 'names have')} too short a history" if lost else ""
    counted = ", ".join(
        f"{known.count(way)} {word}"
        for way, word in (("up", "up"), ("down", "down"), ("none", "neither"))
    )
    return f"Trend: {counted}{short}" if known else f"Trend: unknown{short}"
