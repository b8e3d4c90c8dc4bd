"""What trading cost, in words and tables for a terminal."""

from datetime import date

from bot.report.amounts import count, number, percent
from bot.report.cost_figures import CostFigures, CostRow, FittedNumber, ShortfallRow
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.tca import UNKNOWN
from bot.report.text import render, wrap

COST_COLUMNS = (
    SYMBOL,
    Column("orders"),
    Column("fills"),
    Column("value"),
    Column("spread"),
    Column("impact"),
    Column("planned"),
    Column("paid"),
    Column("fees"),
)
FIT_COLUMNS = (
    Column("", Align.LEFT),
    Column("fit"),
    Column("error"),
    Column("t"),
    Column("before"),
    Column("shrunk"),
)
SHORTFALL_COLUMNS = (
    Column("delay"),
    Column("spread"),
    Column("impact"),
    Column("not filled"),
    Column("fees"),
    Column("total"),
)
NO_IMPACT_HERE = (
    "no order moves the built-in exchange, so that the true impact here is 0: do not take it over "
    "to an account with real money"
)
SAY_IT = "if you know what impact was in the config of the older plans: --impact-was"


def page(
    title: str, told: CostFigures, top: int, *, is_made_up: bool, since: date | None = None
) -> str:
    """One account: what its ``top`` names cost, the fit, whether to use it and how.

    ``is_made_up`` where the fills are those of the built-in exchange; ``since`` where only orders
    from a day on are looked at.
    """
    if not told.total.orders:
        when = "yet" if since is None else f"since {since}"
        return ": ".join(filter(None, (f"{title}: no order was filled {when}", _strangers(told))))
    notes = [NO_IMPACT_HERE] if is_made_up else []
    notes += [SAY_IT] if UNKNOWN in told.left_out else []
    parts = (
        render(_table(title, told, top)),
        wrap(_about(told)),
        render(_shortfall_table(told.shortfall)) if told.shortfall.legs else "",
        render(_fit_table(told)) if told.orders_fitted else "",
        "\n".join(wrap(line, "- ") for line in (*notes, *_verdict(told))),
        f"{told.config}    # it was {told.impact_now}" if told.config else "",
    )
    return "\n\n".join(part for part in parts if part)


def _table(title: str, told: CostFigures, top: int) -> Table:
    rest = len(told.symbols) - len(told.symbols[:top])
    more = f"; {count(rest, 'name')} of less value not listed" if rest else ""
    rows = tuple(_cells(row) for row in (*told.symbols[:top], told.total))
    return Table(f"{title}: value in {told.base}, costs in bps of it{more}", COST_COLUMNS, rows)


def _cells(row: CostRow) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.orders:,}",
        f"{row.fills:,}",
        number(row.value, 0),
        number(row.spread_bps),
        number(row.impact_bps),
        number(row.spread_bps + row.impact_bps),
        number(row.slippage_bps),
        number(row.fees_bps),
    )


def _shortfall_table(found: ShortfallRow) -> Table:
    title = (
        f"Shortfall of {count(found.legs, 'order')} of plans, sent as {found.orders:,}: "
        f"bps of the {number(found.value, 0)} that were meant"
    )
    parts = (
        found.delay_bps,
        found.spread_bps,
        found.impact_bps,
        found.opportunity_bps,
        found.fees_bps,
        found.total_bps,
    )
    return Table(title, SHORTFALL_COLUMNS, (tuple(map(number, parts)),))


def _about(told: CostFigures) -> str:
    """From when to when, and what the tables do not show."""
    parts = (
        f"sessions {told.first} to {told.last}",
        f"{percent(told.unfilled)} of the value sent was not filled",
        _strangers(told),
        *(f"not in the fit: {count(n, 'order')} {why}" for why, n in told.left_out.items()),
    )
    return "; ".join(part for part in parts if part)


def _strangers(told: CostFigures) -> str:
    return f"{count(told.fills_not_ours, 'fill')} of no plan" if told.fills_not_ours else ""


def _fit_table(told: CostFigures) -> Table:
    title = (
        f"Fit to {count(told.orders_fitted, 'order')} on {count(told.days_fitted, 'day')}: "
        f"explains {percent(told.r_squared, 1)}, noise {told.noise_bps} bps"
    )
    rows = (_fit_cells("x half spread", told.spread), _fit_cells("impact Y", told.impact))
    return Table(title, FIT_COLUMNS, rows)


def _fit_cells(name: str, found: FittedNumber) -> tuple[str, ...]:
    return (
        name,
        number(found.value, 3),
        "unknown" if found.error is None else number(found.error, 3),
        "" if found.t is None else number(found.t, 1),
        number(found.prior, 3),
        number(found.shrunk, 3),
    )


def _verdict(told: CostFigures) -> list[str]:
    """Whether the fit may be used, in sentences."""
    if told.usable:
        return ["usable: the config would say"]
    return [f"not usable: {doubt}" for doubt in told.doubts]
