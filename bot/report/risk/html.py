"""Risk as a page of one file, with its pictures."""

from collections.abc import Iterator
from decimal import Decimal

from bot.report import html
from bot.report.html import Card, Plot, drawn
from bot.report.plots import Form
from bot.report.risk import heat, pictures
from bot.report.risk.figures import AccountRisk, Correlations, Falls, RiskFigures
from bot.report.risk.page import (
    KEY,
    UNLABELLED,
    UNLIMITED,
    basis_lines,
    headline,
    past_lines,
    regime_lines,
    trend_line,
)
from bot.report.risk.tables import (
    broken_words,
    days,
    figures_table,
    limits_table,
    money,
    percent,
    signals_table,
    tail_notes,
    tails_table,
)
from bot.report.risk.whose import group_tables, names_table
from bot.report.tables import Table

NAMES_MAX = 100
"""Rows of the table of names; the JSON has all of them."""
LOUD = ("tense", "crisis")


def risk_page(
    each: AccountRisk, risk: RiskFigures, pairs: Correlations | None, falls: Falls | None
) -> str:
    """The page."""
    return html.page(
        "risk.html",
        each.environment,
        {
            "headline": headline(each),
            "basis": basis_lines(risk),
            "cards": _cards(risk),
            "notes": risk.notes,
            "broken": broken_words(risk.limits),
            "regime": regime_lines(risk.regime),
            "is_loud": risk.regime.state in LOUD,
            "trend": trend_line(risk),
            "said": list(_said(risk)),
            "plots": list(_plots(risk, pairs, falls)),
            "tables": _tables(risk),
            "key": KEY,
        },
    )


def _cards(risk: RiskFigures) -> list[Card]:
    moved = money(Decimal(repr(risk.volatility)) * risk.nav, risk.nav)
    return [
        Card("Net asset value", f"{money(risk.nav, risk.nav)} {risk.base}"),
        Card("Volatility, a year", f"{percent(risk.volatility)} %", f"{moved} {risk.base}"),
        Card("Tracking error, a year", *_tracking(risk)),
        Card(f"VaR 95 %, {days(risk.horizon)}", *_loss(risk, 0.95)),
        Card("Deepest fall of these days", *_fall(risk)),
        Card("Regime", risk.regime.state, _since(risk)),
    ]


def _tracking(risk: RiskFigures) -> tuple[str, str]:
    others = [other for other in (risk.target, risk.benchmark) if other is not None]
    if not others:
        return "none", "nothing to hold it against"
    said = [f"{percent(other.tracking_error)} % to {other.name}" for other in others]
    return f"{percent(others[0].tracking_error)} %", ", ".join(said)


def _loss(risk: RiskFigures, level: float) -> tuple[str, str]:
    tail = risk.tail("historical", level) or risk.tail("normal", level)
    if tail is None:
        return "unknown", ""
    amount = f"{money(tail.var_amount, risk.nav)} {risk.base}, {tail.method}"
    return f"{percent(tail.var)} %", amount


def _fall(risk: RiskFigures) -> tuple[str, str]:
    past = risk.past
    if past is None or past.drawdown is None:
        return "unknown", "no figures from history"
    return f"{percent(past.drawdown)} %", f"{percent(past.drawdown_now)} % below the highest now"


def _since(risk: RiskFigures) -> str:
    return f"since {risk.regime.since}" if risk.regime.since else ""


def _said(risk: RiskFigures) -> Iterator[str]:
    """On what history says, on single figures, and where a table has nothing in it."""
    yield from past_lines(risk.past)
    if not risk.limits:
        yield UNLIMITED
    if not risk.groups:
        yield UNLABELLED
    yield from tail_notes(risk.tails)


def _plots(risk: RiskFigures, pairs: Correlations | None, falls: Falls | None) -> Iterator[Plot]:
    if risk.names:
        yield Plot(
            "Whose risk it is",
            drawn(pictures.contributions(risk, Form.SVG)),
            "Each name's share of the volatility over its share of NAV. Orange bars are more of "
            "the risk than of the money.",
            "Contributions to risk; the table below has the same numbers.",
        )
    if pairs is not None:
        rest = f" The {pairs.left_out:,} lightest names are left out." if pairs.left_out else ""
        yield Plot(
            "How names move together",
            drawn(heat.heat_map(pairs, Form.SVG)),
            "Correlations of what is held, clusters side by side. Blue moves together, orange "
            f"against each other; the deeper the closer.{rest}",
            f"Correlations of {len(pairs.names):,} names; their average is {_average(risk)}.",
        )
    if falls is not None:
        yield Plot(
            "Falls",
            drawn(pictures.underwater(falls, Form.SVG)),
            "How far below its highest the wealth of today's holdings would have been; the "
            "triangle is the deepest fall.",
            " ".join(past_lines(risk.past)),
        )


def _average(risk: RiskFigures) -> str:
    value = risk.average_correlation
    return "unknown" if value is None else f"{value:.2f}"


def _tables(risk: RiskFigures) -> list[Table]:
    tables = [
        figures_table(risk),
        limits_table(risk.limits),
        tails_table(risk),
        names_table(risk, NAMES_MAX),
        *group_tables(risk.groups),
        signals_table(risk),
    ]
    return [table for table in tables if table.rows]
