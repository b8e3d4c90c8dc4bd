"""Targets and frontiers in rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.targets.figures import (
    AccountTarget,
    AssetFigures,
    Frontier,
    PlaceFigures,
    PortfolioFigures,
    TargetName,
    Targets,
)

DUST = 5e-7
"""Weight that is shown as nothing."""
LARGEST = 4
"""Names in the words of one point of a frontier."""
FIRST = Column("", Align.LEFT)


def weights_table(found: Targets, rows_max: int) -> Table:
    """The one portfolio, largest weight first; what is zero is only counted."""
    shown = found.portfolios[0]
    held = held_first(shown.weights)
    left = len(held) - len(held[:rows_max])
    none = len(shown.weights) - len(held)
    rest = [f"{left} smaller ones left out"] if left else []
    rest += [f"{none} at zero"] if none else []
    title = f"Weights of {len(held)} of {len(shown.weights)} names"
    columns = [SYMBOL, Column("weight %"), Column("risk %"), Column("return %"), Column("vol %")]
    if found.amounts is not None:
        columns.append(Column("amount"))
    alone = {asset.name: asset for asset in found.names}
    rows = tuple(_weight_cells(name, shown, alone[name], found) for name in held[:rows_max])
    return _said(Table("; ".join([title, *rest]), tuple(columns), rows))


def _weight_cells(
    name: str, of: PortfolioFigures, alone: AssetFigures, found: Targets
) -> tuple[str, ...]:
    cells = (
        name,
        percent(of.weights[name], 4),
        percent(of.risk[name], 2),
        maybe(alone.expected_return),
        percent(alone.volatility),
    )
    return cells if found.amounts is None else (*cells, f"{found.amounts[name]:,}")


def held_first(weights: Mapping[str, float]) -> list[str]:
    """Names that are held, the largest first, shorts by their size."""
    held = [name for name, weight in weights.items() if abs(weight) > DUST]
    return sorted(held, key=lambda name: (-abs(weights[name]), name))


POINT_COLUMNS = (
    Column("point"),
    Column("return %"),
    Column("vol %"),
    Column("Sharpe"),
    Column("largest weights, %", Align.LEFT),
)


def points_table(
    points: Sequence[PortfolioFigures], maximum_sharpe: PortfolioFigures | None = None
) -> Table:
    """The frontier, least variance first; the portfolio of the greatest ratio in its place."""
    rows = [(str(number), each) for number, each in enumerate(points, 1)]
    loud = frozenset[int]()
    if maximum_sharpe is not None:
        place = sum(each.volatility < maximum_sharpe.volatility for each in points)
        rows.insert(place, ("max", maximum_sharpe))
        loud = frozenset({place})
    cells = tuple((number, *_figures(each), largest(each.weights)) for number, each in rows)
    title = f"Frontier of {len(points)} points, least variance first"
    told = f"{title}; max: the greatest Sharpe ratio" if maximum_sharpe is not None else title
    return Table(told, POINT_COLUMNS, cells, loud)


def _figures(of: PortfolioFigures | PlaceFigures) -> tuple[str, ...]:
    return maybe(of.expected_return), percent(of.volatility), ratio(of.sharpe)


def largest(weights: Mapping[str, float]) -> str:
    """``MSFT 40.1, KO 22.0 and 3 more``."""
    held = held_first(weights)
    said = ", ".join(f"{name} {percent(weights[name], 1)}" for name in held[:LARGEST])
    return f"{said} and {len(held) - LARGEST} more" if len(held) > LARGEST else said


PLACE_COLUMNS = (
    FIRST,
    Column("return %"),
    Column("vol %"),
    Column("Sharpe"),
    Column("return given up"),
    Column("vol too much"),
)


def places_table(found: Frontier) -> Table:
    """What is held and what is wanted beside the ends of the frontier, in percentage points."""
    rows = [("least variance", *_figures(found.points[0]), "", "")]
    if found.maximum_sharpe is not None:
        rows.append(("greatest Sharpe", *_figures(found.maximum_sharpe), "", ""))
    rows.append(("most return", *_figures(found.points[-1]), "", ""))
    for name, place in ((f"target: {found.strategy}", found.target), ("held now", found.current)):
        if place is not None:
            rows.append((name, *_figures(place), *_distance(place)))
    loud = frozenset(n for n, row in enumerate(rows) if row[0] == "held now")
    return _said(Table("What lies where", PLACE_COLUMNS, tuple(rows), loud))


def _distance(place: PlaceFigures) -> tuple[str, str]:
    return maybe(place.return_given_up), maybe(place.volatility_excess)


def assets_table(found: Frontier, rows_max: int) -> Table:
    """Names by themselves, and what each weighs where it matters: the best first."""
    best = found.maximum_sharpe or found.points[-1]
    ranked = sorted(found.names, key=lambda each: (-best.weights[each.name], each.name))
    shown = ranked[:rows_max]
    unsure = any(each.error is not None for each in shown)
    places = [("held %", found.current), ("target %", found.target)]
    others = [(header, place.weights) for header, place in places if place is not None]
    columns = [SYMBOL, Column("return %"), *([Column("error")] if unsure else []), Column("vol %")]
    columns += [Column("least var %"), Column("max Sharpe %" if found.maximum_sharpe else "most %")]
    columns += [Column(header) for header, _ in others]
    weights = [found.points[0].weights, best.weights, *(place for _, place in others)]
    rows = tuple(
        (*_asset_cells(each, unsure), *(percent(by.get(each.name, 0.0), 2) for by in weights))
        for each in shown
    )
    rest = f"; {len(ranked) - len(shown):,} more left out" if len(shown) < len(ranked) else ""
    return Table(f"Names{rest}", tuple(columns), rows)


def _asset_cells(each: AssetFigures, unsure: bool) -> tuple[str, ...]:  # noqa: FBT001
    error = (maybe(each.error),) if unsure else ()
    return (each.name, maybe(each.expected_return), *error, percent(each.volatility))


def account_figures_table(found: AccountTarget) -> Table:
    """The target and what is held, by the same beliefs."""
    rows = []
    if found.portfolio is not None:
        rows.append(("target", *_figures(found.portfolio)))
    if found.today is not None:
        rows.append(("held now", *_figures(found.today)))
    columns = (FIRST, Column("return %"), Column("vol %"), Column("Sharpe"))
    return _said(Table("A year, of what is invested", columns, tuple(rows)))


def _said(table: Table) -> Table:
    """Without the columns in which nothing stands."""
    kept = [n for n in range(len(table.columns)) if any(row[n] for row in table.rows)]
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[n] for n in kept), rows=rows)


def account_table(found: AccountTarget, rows_max: int) -> Table:
    """Names by their target, and what differs from today; shares of net asset value."""
    ranked = sorted(found.names, key=_largest)
    shown = ranked[:rows_max]
    rest = len(ranked) - len(shown)
    unsure = any(each.error is not None for each in shown)
    columns = [SYMBOL, Column("now %"), Column("target %"), Column("differs pt")]
    columns += [Column("risk %"), Column("return %"), *([Column("error")] if unsure else [])]
    columns += [Column("vol %"), Column("", Align.LEFT)]
    rows = [_account_cells(each, found, unsure) for each in shown]
    cash = 1.0 - sum(each.target for each in found.names)
    blank = ("",) * (len(columns) - 4)
    rows.append(("cash", *_change(found.cash_now, cash), *blank))
    title = "Target and today, shares of net asset value"
    told = f"{title}; {rest:,} smaller ones left out" if rest else title
    return _said(Table(told, tuple(columns), tuple(rows)))


def _largest(row: TargetName) -> tuple[float, float, str]:
    return -row.target, -row.now, row.name


def _change(now: float, target: float) -> tuple[str, str, str]:
    return percent(now, 2), percent(target, 2), f"{100 * (target - now):+z.2f}"


def _account_cells(row: TargetName, found: AccountTarget, unsure: bool) -> tuple[str, ...]:  # noqa: FBT001
    risk = None if found.portfolio is None else found.portfolio.risk.get(row.name)
    error = (maybe(row.error, 1),) if unsure else ()
    return (
        row.name,
        *_change(row.now, row.target),
        maybe(risk, 1),
        maybe(row.expected_return, 1),
        *error,
        maybe(row.volatility, 1),
        "barred" if row.barred else "",
    )


def percent(share: float, places: int = 3) -> str:
    """In percent; what rounds to nothing has no sign."""
    return f"{100 * share:z,.{places}f}"


def maybe(share: float | None, places: int = 3) -> str:
    """In percent, or nothing where it is not known."""
    return "" if share is None else percent(share, places)


def ratio(value: float | None) -> str:
    """A Sharpe ratio."""
    return "" if value is None else f"{value:z,.4f}"
