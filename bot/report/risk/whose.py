"""Whose risk it is, in rows: name by name, and by each of the owner's labels."""

from collections.abc import Sequence

from bot.report.risk.figures import ActiveFigures, GroupFigures, NameFigures, RiskFigures
from bot.report.risk.tables import percent
from bot.report.tables import SYMBOL, Align, Column, Table

NAMES_MAX = 15
"""Names that are shown unless the caller wants more: those that are most of the risk."""
GROUPS_MAX = 20
UNLABELLED = "no label"

NAME_COLUMNS = (
    SYMBOL,
    Column("weight %"),
    Column("target %"),
    Column("own vol %"),
    Column("adds %"),
    Column("risk %"),
    Column("TE %"),
    Column("trend", Align.LEFT),
)


def names_table(found: RiskFigures, most: int = NAMES_MAX) -> Table:
    """Names that are most of the risk first, and what all others are together."""
    away = _shares(found.target)
    ranked = sorted(found.names, key=lambda row: (-abs(row.share), row.symbol))
    shown, rest = ranked[:most], ranked[most:]
    rows = [_name_cells(row, away) for row in shown]
    if rest:
        rows.append(_rest_cells(rest, away))
    return Table("Whose risk it is, by name", NAME_COLUMNS, tuple(rows))


def _shares(active: ActiveFigures | None) -> dict[str, float]:
    return {} if active is None else {part.name: part.share for part in active.names}


def _name_cells(row: NameFigures, away: dict[str, float]) -> tuple[str, ...]:
    trend = row.trend
    word = "" if trend is None else f"{TRENDS[trend.direction]} {trend.strength:+z.1f}"
    guess = "" if row.has_history else "?"
    return (
        row.symbol,
        percent(row.weight),
        percent(row.target),
        f"{percent(row.volatility, 1)}{guess}",
        percent(row.marginal, 1),
        percent(row.share, 1),
        percent(away.get(row.symbol), 1),
        word,
    )


TRENDS = {"up": "up", "down": "down", "none": "-"}


def _rest_cells(rest: Sequence[NameFigures], away: dict[str, float]) -> tuple[str, ...]:
    targets = [row.target for row in rest if row.target is not None]
    return (
        f"{len(rest)} more",
        percent(sum(row.weight for row in rest)),
        percent(sum(targets)) if targets else "",
        "",
        "",
        percent(sum(row.share for row in rest), 1),
        percent(sum(away.get(row.symbol, 0.0) for row in rest), 1) if away else "",
        "",
    )


def group_tables(groups: Sequence[GroupFigures]) -> list[Table]:
    """One for each column of the owner's labels."""
    columns = dict.fromkeys(group.column for group in groups)
    return [_group_table(c, [group for group in groups if group.column == c]) for c in columns]


def _group_table(column: str, groups: Sequence[GroupFigures]) -> Table:
    columns = (
        Column(column, Align.LEFT),
        Column("names"),
        Column("weight %"),
        Column("target %"),
        Column("risk %"),
        Column("TE %"),
    )
    rows = tuple(_group_cells(group) for group in groups[:GROUPS_MAX])
    rest = len(groups) - GROUPS_MAX
    more = f", {rest} more left out" if rest > 0 else ""
    return Table(f"Whose risk it is, by {column}{more}", columns, rows)


def _group_cells(group: GroupFigures) -> tuple[str, ...]:
    return (
        group.label or UNLABELLED,
        str(group.names),
        percent(group.weight),
        percent(group.target),
        percent(group.share, 1),
        percent(group.tracking_share, 1),
    )
