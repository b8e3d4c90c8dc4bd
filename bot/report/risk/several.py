"""Several accounts, a line each."""

from collections.abc import Sequence

from bot.report.risk.figures import AccountRisk, RiskFigures
from bot.report.risk.tables import money, percent
from bot.report.tables import Align, Column, Table
from bot.report.text import render

LIST_COLUMNS = (
    Column("account", Align.LEFT),
    Column("seen", Align.LEFT),
    Column("NAV"),
    Column("vol %"),
    Column("TE %"),
    Column("VaR 95"),
    Column("VaR 99"),
    Column("fall %"),
    Column("limits", Align.LEFT),
    Column("regime", Align.LEFT),
)


def list_table(accounts: Sequence[AccountRisk]) -> Table:
    """A line for each account that can be told about."""
    rows = [(each, each.risk) for each in accounts]
    cells = tuple(_list_cells(each, risk) for each, risk in rows if risk is not None)
    title = "Risk: volatility and tracking error a year, historical VaR of one day in %"
    return Table(title, LIST_COLUMNS, cells)


def _list_cells(each: AccountRisk, risk: RiskFigures) -> tuple[str, ...]:
    past = risk.past
    return (
        f"{each.environment.value} {each.account}",
        f"{risk.basis.seen:%Y-%m-%d}",
        money(risk.nav, risk.nav),
        percent(risk.volatility, 1),
        percent(None if risk.target is None else risk.target.tracking_error, 1),
        _tail_percent(risk, 0.95),
        _tail_percent(risk, 0.99),
        percent(None if past is None else past.drawdown, 1),
        _kept(risk),
        risk.regime.state,
    )


def _tail_percent(risk: RiskFigures, level: float) -> str:
    tail = risk.tail("historical", level)
    return percent(None if tail is None else tail.var, 1)


def _kept(risk: RiskFigures) -> str:
    broken = sum(not limit.is_kept for limit in risk.limits)
    return f"{broken} BROKEN" if broken else "kept" if risk.limits else "none"


def list_page(accounts: Sequence[AccountRisk]) -> str:
    """A line for each account that can be told about."""
    return render(list_table(accounts))
