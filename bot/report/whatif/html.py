"""What-if as a page of one file."""

from bot.report import html
from bot.report.html import Card, Plot, drawn
from bot.report.plots import Form
from bot.report.tables import Table
from bot.report.whatif import pictures
from bot.report.whatif.figures import PlanFigures, WhatIf
from bot.report.whatif.page import changed_lines, headline, price_lines, unplanned
from bot.report.whatif.tables import (
    bps,
    curve_table,
    percent,
    plans_table,
    sensitivity_table,
    stress_table,
    weights_table,
)


def whatif_page(found: WhatIf) -> str:
    """The page."""
    return html.page(
        "whatif.html",
        found.environment,
        {
            "headline": headline(found),
            "cards": _cards(found),
            "notes": found.notes,
            "changed": changed_lines(found),
            "prices": price_lines(found),
            "plots": _plots(found),
            "tables": _tables(found),
            "unplanned": unplanned(found.stress),
        },
    )


def _cards(found: WhatIf) -> list[Card]:
    plan, today = found.plan, found.today
    return [
        Card("Objective", _bps(plan.objective_bps), f"{_bps(today.objective_bps)} without a trade"),
        Card(
            "Tracking error", _percent(plan.tracking_error), f"{_percent(today.tracking_error)} now"
        ),
        Card("Volatility", _percent(plan.volatility), f"{_percent(today.volatility)} now"),
        Card("VaR 95, one day", _percent(plan.var_95), f"{_percent(today.var_95)} now"),
        Card("Cost and tax", _bps(plan.cost_bps + plan.tax_bps), _parts(plan)),
        Card("Turnover", _percent(plan.turnover), "bought plus sold, share of NAV"),
    ]


def _parts(plan: PlanFigures) -> str:
    return f"cost {bps(plan.cost_bps)}, tax {bps(plan.tax_bps)}"


def _bps(value: float) -> str:
    return f"{bps(value)} bps"


def _percent(share: float) -> str:
    return f"{percent(share)} %"


def _plots(found: WhatIf) -> list[Plot]:
    made = []
    if found.curve:
        made.append(
            Plot(
                f"Trade-off along {found.along}",
                drawn(pictures.trade_off(found, Form.SVG)),
                f"Each point is the best plan where {found.along} counts so many times. "
                "The diamond is this plan, the square is no trade at all.",
                f"Cost and tax against tracking error at {len(found.curve)} points; the table "
                "below has the same numbers.",
            )
        )
    if found.stress:
        made.append(
            Plot(
                "Stress",
                drawn(pictures.stress_bars(found, Form.SVG)),
                "Tracking error in each scenario: of today's plan if it is kept, and of the plan "
                "that would be made anew.",
                f"Tracking error in {len(found.stress)} scenarios; the table below has the same "
                "numbers.",
            )
        )
    return made


def _tables(found: WhatIf) -> list[Table]:
    tables = [
        plans_table(found),
        weights_table(found),
        curve_table(found),
        stress_table(found.stress),
        sensitivity_table(found.sensitivity),
    ]
    return [table for table in tables if table.rows]
