"""What-if in rows."""

from collections.abc import Sequence

from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.whatif.figures import (
    CurveFigures,
    PlanFigures,
    SensitivityFigures,
    StressFigures,
    WeightFigures,
    WhatIf,
)

ROWS_MAX = 20
"""Names shown: those that trade most."""
MOVED_MIN = 5e-7
PLAN_COLUMNS = ("objective", "risk", "cost", "tax", "TE %", "vol %", "VaR %", "turnover %")
FIRST = Column("", Align.LEFT)


def plans_table(found: WhatIf) -> Table:
    """No trade, the plan, and the plan with other limits: one column each."""
    plans = [("today", found.today), ("plan", found.plan)]
    if found.changed is not None and found.changed.plan is not None:
        plans.append(("with other limits", found.changed.plan))
    with_wishes = any(plan.wishes_bps for _, plan in plans)
    rows = [
        row for row in _plan_rows([plan for _, plan in plans]) if with_wishes or row[0] != WISHES
    ]
    columns = (FIRST, *(Column(name) for name, _ in plans))
    return Table("Before and after", columns, tuple(rows))


WISHES = "wishes and reward, bps"


def _plan_rows(plans: Sequence[PlanFigures]) -> list[tuple[str, ...]]:
    return [
        ("objective, bps of NAV", *(bps(p.objective_bps) for p in plans)),
        ("risk, bps", *(bps(p.risk_bps) for p in plans)),
        ("spread, fees and impact, bps", *(bps(p.cost_bps) for p in plans)),
        ("tax, bps", *(bps(p.tax_bps) for p in plans)),
        (WISHES, *(bps(p.wishes_bps) for p in plans)),
        ("tracking error, % a year", *(percent(p.tracking_error) for p in plans)),
        ("volatility, % a year", *(percent(p.volatility) for p in plans)),
        ("VaR 95, % a day", *(percent(p.var_95) for p in plans)),
        ("turnover, % of NAV", *(percent(p.turnover) for p in plans)),
    ]


def weights_table(found: WhatIf) -> Table:
    """The names that trade, most first; with other limits, their weight there too."""
    changed = found.changed.weights if found.changed else ()
    others = {row.name: row.plan for row in changed}
    moving = sorted((r for r in found.weights if _moves(r, others) > MOVED_MIN), key=_largest)
    shown = moving[:ROWS_MAX]
    rest = len(moving) - len(shown)
    title = f"Weights of {len(moving)} of {len(found.weights)} names that trade, %"
    columns = (SYMBOL, Column("now"), Column("target"), Column("plan"), Column("trade"))
    rows = (_weight_cells(row, others) for row in shown)
    return Table(
        f"{title}; {rest} smaller trades left out" if rest else title,
        (*columns, Column("other limits")) if others else columns,
        tuple(rows),
    )


def _moves(row: WeightFigures, others: dict[str, float]) -> float:
    return max(abs(row.plan - row.now), abs(others.get(row.name, row.now) - row.now))


def _largest(row: WeightFigures) -> tuple[float, str]:
    return -abs(row.plan - row.now), row.name


def _weight_cells(row: WeightFigures, others: dict[str, float]) -> tuple[str, ...]:
    trade = f"{100 * (row.plan - row.now):+.3f}"
    cells = (row.name, *(percent(share) for share in (row.now, row.target, row.plan)), trade)
    return (*cells, percent(others[row.name])) if others else cells


def curve_table(found: WhatIf) -> Table:
    """The trade-off, a row a point; the plan's own is the one at 1."""
    columns = (Column(f"{found.along} x"), *(Column(name) for name in PLAN_COLUMNS))
    rows = tuple(_curve_cells(point) for point in found.curve)
    loud = frozenset(place for place, point in enumerate(found.curve) if point.factor == 1)
    title = f"Trade-off as {found.along} counts for more: objective and its parts in bps of NAV"
    return Table(title, columns, rows, loud)


def _curve_cells(point: CurveFigures) -> tuple[str, ...]:
    if point.plan is None:
        return (f"{point.factor:.3g}", *("none" for _ in PLAN_COLUMNS))
    return (f"{point.factor:.3g}", *plan_cells(point.plan))


def plan_cells(plan: PlanFigures) -> tuple[str, ...]:
    """A plan under ``PLAN_COLUMNS``."""
    parts = (plan.objective_bps, plan.risk_bps, plan.cost_bps, plan.tax_bps)
    shares = (plan.tracking_error, plan.volatility, plan.var_95, plan.turnover)
    return (*(bps(part) for part in parts), *(percent(share) for share in shares))


STRESS_COLUMNS = (
    Column("scenario", Align.LEFT),
    Column("NAV %"),
    Column("TE kept %"),
    Column("anew %"),
    Column("vol kept %"),
    Column("cost bps"),
    Column("tax bps"),
    Column("turnover %"),
)


def stress_table(rows: Sequence[StressFigures]) -> Table:
    """Today's plan kept, and the plan made anew, in each scenario."""
    title = "Stress: today's plan kept, and the plan that would be made anew"
    return Table(title, STRESS_COLUMNS, tuple(_stress_cells(row) for row in rows))


def _stress_cells(row: StressFigures) -> tuple[str, ...]:
    anew = row.plan
    return (
        row.name,
        f"{100 * row.nav_change:+.2f}" if row.nav_change else "",
        percent(row.kept.tracking_error),
        "none" if anew is None else percent(anew.tracking_error),
        percent(row.kept.volatility),
        "" if anew is None else bps(anew.cost_bps),
        "" if anew is None else bps(anew.tax_bps),
        "" if anew is None else percent(anew.turnover),
    )


SENSITIVITY_COLUMNS = (
    Column("input", Align.LEFT),
    Column("by"),
    Column("objective bps"),
    Column("moved %"),
    Column("regret bps"),
    Column("", Align.LEFT),
)


def sensitivity_table(rows: Sequence[SensitivityFigures]) -> Table:
    """Every input a little and a lot different."""
    title = "Sensitivity: each input otherwise, what moves, what not knowing it costs"
    return Table(title, SENSITIVITY_COLUMNS, tuple(_sensitivity_cells(row) for row in rows))


def _sensitivity_cells(row: SensitivityFigures) -> tuple[str, ...]:
    by = f"{100 * (row.multiple - 1):+.0f} %"
    if row.change_bps is None or row.moved is None:
        return (row.input, by, "", "", "", "no plan")
    regret = "" if row.regret_bps is None else bps(row.regret_bps)
    why = "today's plan breaks it" if row.regret_bps is None else ""
    return (row.input, by, bps(row.change_bps, signed=True), percent(row.moved), regret, why)


def bps(value: float, *, signed: bool = False) -> str:
    """Two decimals; what rounds to nothing has no sign."""
    text = f"{value:z,.2f}"
    return f"+{text}" if signed and value > 0 and float(value) >= LEAST else text


LEAST = 0.005
"""Bps below which two decimals show nothing."""


def percent(share: float) -> str:
    """In percent, three decimals."""
    return f"{100 * share:z,.3f}"
