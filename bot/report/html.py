"""Pages of one file each: a plan, the report of a run, the HTML half of a mail; jinja2's room.

Whatever comes from outside (names, reasons of a broker) is escaped on its way into a page; only
pictures that ``plots`` drew go in as they are. A page fetches nothing and runs no script.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from bot.report import plots
from bot.report.amounts import MONEY, count, money, number, percent, percents
from bot.report.history import CycleRow, RunReport, drift_max
from bot.report.letter import Letter
from bot.report.pairs import pair_texts
from bot.report.plots import Form
from bot.report.reasons import reason_text
from bot.report.say import (
    NOT_ADVICE,
    cash_text,
    cost,
    cost_text,
    decision_text,
    drift_text,
    headline,
    is_outside,
    orders_text,
    origin_text,
    proof_texts,
    warnings,
    worst_text,
)
from bot.report.tables import (
    cycles_table,
    drift_table,
    lots_table,
    orders_table,
    traded_table,
)
from brokers.words import Currency, Environment
from strategies.plan import Plan

if TYPE_CHECKING:
    from jinja2 import Environment as Templates
    from markupsafe import Markup

NO_ACCOUNT = "a problem, no account"

FIRST_MAX = 40
"""Rows of a long list that are open when the page opens; the rest unfolds."""


@dataclass(frozen=True, slots=True)
class Card:
    """One large number with its label and a small note."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its title, a caption, and its words for who cannot see it."""

    title: str
    svg: "Markup"
    caption: str
    alt: str


def plan_page(plan: Plan) -> str:
    """The page of one plan."""
    tables = (drift_table(plan), orders_table(plan), lots_table(plan))
    return page(
        "plan.html",
        plan.environment,
        {
            "plan": plan,
            "headline": headline(plan),
            "decision": decision_text(plan.decision),
            "origin": origin_text(plan),
            "reasons": [_sentence(reason_text(reason, plan.base)) for reason in plan.reasons],
            "sentences": _sentences(plan),
            "warnings": warnings(plan),
            "cards": _plan_cards(plan),
            "plots": [_drift_plot(plan)] if plan.lines else [],
            "tables": [table for table in tables if table.rows],
        },
    )


def run_report(report: RunReport) -> str:
    """The page that tells how a run went."""
    return page(
        "run.html",
        report.environment,
        {
            "report": report,
            "title": f"[{report.environment.value}] {report.account}: report of the run",
            "headline": _run_headline(report),
            "cards": _run_cards(report),
            "plots": _run_plots(report) if report.history else [],
            "traded": traded_table(report.traded),
            "all_cycles": cycles_table(report.cycles),
            "first_max": FIRST_MAX,
        },
    )


def letter_page(letter: Letter) -> str:
    """The HTML half of a mail."""
    return page("letter.html", letter.environment, {"letter": letter})


def page(template: str, environment: Environment | None, facts: dict[str, object]) -> str:
    """A page of ``facts``; without an environment it is about no account."""
    frame = {
        "mode": NO_ACCOUNT if environment is None else MONEY[environment],
        "mode_class": "paper" if environment is None else environment.value.lower(),
        "not_advice": NOT_ADVICE,
    }
    return _templates().get_template(template).render(frame | facts)


@cache
def _templates() -> "Templates":
    from jinja2 import Environment as Templates  # loaded with the first page: starts are quicker
    from jinja2 import PackageLoader, StrictUndefined

    templates = Templates(
        loader=PackageLoader("bot.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["fine"] = fine
    templates.filters["facts"] = cycle_facts
    return templates


def fine(text: str) -> str:
    """``text`` with real minus signs before its numbers, and units kept on their line."""
    minus = re.sub(r"(?<![\w.,-])-(?=\d)", "\N{MINUS SIGN}", text)
    return re.sub(r"(?<=\d) (?=%|pt\b|[A-Z]{3}\b)", "\N{NO-BREAK SPACE}", minus)


def _sentences(plan: Plan) -> list[str]:
    pairs = (f"{text}." for text in pair_texts(plan))
    before = [drift_text(plan), orders_text(plan), *pairs, cost_text(plan)]
    return [*before, *proof_texts(plan), cash_text(plan)]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def cycle_facts(cycle: CycleRow, base: Currency) -> str:
    """What a cycle came to, in one line."""
    before, after = percents(cycle.drift_before, cycle.drift_after, unit="pt")
    return (
        f"{count(cycle.orders, 'order')}, turnover {percent(cycle.turnover)} of NAV, "
        f"cost {money(cycle.cost, base)}, largest drift {before} before and {after} after"
    )


def _plan_cards(plan: Plan) -> list[Card]:
    before, after = percents(plan.drift_before, plan.drift_after, unit="pt")
    outside = sum(is_outside(line) for line in plan.lines)
    gain = "" if plan.worth is None else f"to gain {money(plan.worth.gain, plan.base)}"
    return [
        Card("Net asset value", money(plan.nav, plan.base)),
        Card("Largest drift", before, f"{after} after" if plan.legs else worst_text(plan)),
        Card("Outside their band", f"{outside} of {len(plan.lines)}", "names, before the plan"),
        Card("Orders", f"{len(plan.legs):,}", f"{percent(plan.turnover)} of NAV moves"),
        Card("Cost and tax", money(cost(plan), plan.base), gain),
        Card("Cash", money(plan.cash_before, plan.base), _cash_note(plan)),
    ]


def _cash_note(plan: Plan) -> str:
    return f"{money(plan.cash_after, plan.base)} after" if plan.legs else ""


def _run_headline(report: RunReport) -> str:
    trades = count(len(report.trades), "trade day")
    verb = "rose" if report.gain > 0 else "fell" if report.gain < 0 else "stayed"
    moved = f"{verb} by {money(abs(report.gain), report.base)}" if report.gain else "did not change"
    return f"{count(len(report.cycles), 'cycle')}, {trades}: the value {moved}"


def _run_cards(report: RunReport) -> list[Card]:
    deposits = f"after {money(report.deposits, report.base, signed=True)} of deposits"
    share = percent(report.gain / report.nav_start, signed=True) if report.nav_start else ""
    orders = sum(cycle.orders for cycle in report.cycles)
    turnover = sum((cycle.turnover for cycle in report.cycles), Decimal(0))
    return [
        Card("Value at the end", money(report.nav_end, report.base), _from_start(report)),
        Card("Gain", share, deposits if report.deposits else "no deposits"),
        Card("Cycles", f"{len(report.cycles):,}", f"{len(report.trades):,} of them traded"),
        Card("Orders", f"{orders:,}", f"turnover {percent(turnover)} of NAV"),
        Card("Cost", money(report.cost, report.base), _basis_points(report)),
        Card("Largest drift at the end", *_last_drift(report)),
    ]


def _from_start(report: RunReport) -> str:
    return f"from {money(report.nav_start, report.base)}"


def _basis_points(report: RunReport) -> str:
    if not report.nav_start:
        return ""
    return f"{number(report.cost / report.nav_start * 10_000)} basis points of the value at start"


def _last_drift(report: RunReport) -> tuple[str, str]:
    if not report.cycles:
        return "none", "no cycle ran"
    peak = max(cycle.drift_before for cycle in report.cycles)
    last, highest = percents(report.cycles[-1].drift_after, peak, unit="pt")
    return last, f"{highest} at its highest"


def _drift_plot(plan: Plan) -> Plot:
    return Plot(
        "Drift",
        drawn(plots.drift_bars(plan, Form.SVG)),
        "Blue bars are inside their band, orange ones outside; the pale bar is the band"
        + ("; a diamond is where the plan would leave the name." if plan.legs else "."),
        f"Drift of each name against its band. {worst_text(plan)}. {drift_text(plan)}",
    )


def _run_plots(report: RunReport) -> list[Plot]:
    """Value, weights, drift, and turnover with cost where anything was traded."""
    drawn = [_value_plot(report), _weights_plot(report), _drift_line_plot(report)]
    return [*drawn, _turnover_plot(report)] if report.trades else drawn


def _value_plot(report: RunReport) -> Plot:
    low = min(row.nav for row in report.history)
    high = max(row.nav for row in report.history)
    return Plot(
        "Value over time",
        drawn(plots.value_over_time(report.history, report.base, Form.SVG)),
        "Net asset value above, on a scale that does not start at zero; cash below.",
        f"Value between {money(low, report.base)} and {money(high, report.base)}.",
    )


def _weights_plot(report: RunReport) -> Plot:
    names = plots.widest_names(report.history)
    return Plot(
        "Weights against their bands",
        drawn(plots.weights_over_time(report.history, Form.SVG)),
        "The pale area is the band, the dots are the target, a cross is a weight outside its band. "
        f"At most {plots.NAMES_MAX} names are drawn: those that were furthest from target.",
        f"Weights over time of {', '.join(names)}.",
    )


def _drift_line_plot(report: RunReport) -> Plot:
    peak = max(drift_max(row) for row in report.history)
    traded = frozenset(cycle.session for cycle in report.trades)
    return Plot(
        "Largest drift over time",
        drawn(plots.drift_over_time(report.history, traded, Form.SVG)),
        "The name furthest from its target at each cycle, before trading; "
        "a triangle marks a session that traded.",
        f"Largest drift peaked at {percents(peak, unit='pt')[0]}; "
        f"{count(len(traded), 'session')} traded.",
    )


def _turnover_plot(report: RunReport) -> Plot:
    return Plot(
        "Turnover and cost",
        drawn(plots.turnover_and_cost(report.cycles, report.base, Form.SVG)),
        "One bar a session that traded: turnover above, all costs below.",
        f"{count(len(report.trades), 'session')} traded at a cost of "
        f"{money(report.cost, report.base)} in all.",
    )


def drawn(svg: bytes) -> "Markup":
    """A picture that ``plots`` drew, as it goes into a page."""
    from markupsafe import Markup

    return Markup(svg.decode())  # noqa: S704 - drawn by plots, which escapes its text
