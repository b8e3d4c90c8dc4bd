"""Risk in rows: figures, losses, limits, signals; one layout for the terminal and for the page."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.report.amounts import count, number
from bot.report.risk.figures import LimitFigures, RiskFigures, TailFigures
from bot.report.tables import Align, Column, Table

COARSE = Decimal(10_000)
"""NAV from which on amounts of risk have no cents."""
FIRST = Column("", Align.LEFT)


def percent(share: float | None, places: int = 2) -> str:
    """In percent, without the sign; what rounds to nothing has none."""
    return "" if share is None else f"{100 * share:z,.{places}f}"


def plain_number(value: float | None, places: int = 2) -> str:
    """As it is, or nothing."""
    return "" if value is None else f"{value:z,.{places}f}"


def money(amount: Decimal, nav: Decimal) -> str:
    """Without cents where they mean nothing, and without the currency: that is in the header."""
    return number(amount, 0 if nav >= COARSE else 2)


def figures_table(found: RiskFigures) -> Table:
    """Single figures, each with its money where it has any."""
    columns = (FIRST, Column(""), Column(found.base))
    return Table("At a glance", columns, tuple(_figures(found)))


def _figures(found: RiskFigures) -> Iterator[tuple[str, str, str]]:
    yield "net asset value", "", money(found.nav, found.nav)
    yield _share(found, "of it cash", found.cash)
    yield _share(found, "volatility, a year", found.volatility)
    for other in (found.target, found.benchmark):
        if other is not None:
            yield _share(found, f"tracking error to {other.name}, a year", other.tracking_error)
            if other.beta is not None:
                yield f"beta to {other.name}", plain_number(other.beta), ""
    past = found.past
    if past is not None:
        yield _share(found, "downside deviation, a year", past.downside_deviation)
        if past.drawdown is not None and past.drawdown_now is not None:
            yield _share(found, "deepest fall in these days", past.drawdown)
            yield _share(found, "below the highest of these days", past.drawdown_now)
    yield from _spread(found)


def _share(found: RiskFigures, words: str, share: float) -> tuple[str, str, str]:
    amount = Decimal(repr(share)) * found.nav
    return words, f"{percent(share)} %", money(amount, found.nav)


def _spread(found: RiskFigures) -> Iterator[tuple[str, str, str]]:
    names = f"effective names, of {found.held_names:,} held"
    for words, value, places in (
        (names, found.effective_names, 1),
        ("diversification ratio", found.diversification_ratio, 2),
        ("average correlation", found.average_correlation, 2),
        ("condition number of the correlations", found.basis.condition, 0),
    ):
        if value is not None:
            yield words, plain_number(value, places), ""
    if found.basis.common is not None:
        yield "share of the variance that is common factors", f"{percent(found.basis.common)} %", ""


METHODS = {
    "historical": "historical",
    "normal": "normal",
    "cornish-fisher": "Cornish-Fisher",
    "cornish-fisher-matched": "Cornish-Fisher, matched",
}


def tails_table(found: RiskFigures) -> Table:
    """Losses in the tail: a method a row, both levels side by side."""
    levels = sorted({tail.level for tail in found.tails})
    columns = [FIRST]
    for name in ("VaR", "CVaR"):
        columns += [Column(f"{name} {100 * level:.0f}") for level in levels]
    columns += [Column(f"VaR {100 * level:.0f} {found.base}") for level in levels]
    methods = dict.fromkeys(tail.method for tail in found.tails)
    rows = (_tail_cells(found, method, levels) for method in methods)
    title = f"Losses over {days(found.horizon)}, in % of NAV"
    return Table(title, tuple(columns), tuple(rows))


def _tail_cells(found: RiskFigures, method: str, levels: Sequence[float]) -> tuple[str, ...]:
    tails = [tail for level in levels if (tail := found.tail(method, level)) is not None]
    return (
        METHODS.get(method, method),
        *(percent(tail.var) for tail in tails),
        *(percent(tail.cvar) for tail in tails),
        *(money(tail.var_amount, found.nav) for tail in tails),
    )


def days(horizon: int) -> str:
    """``1 day``, ``10 days``."""
    return count(horizon, "day")


def tail_notes(tails: Sequence[TailFigures]) -> tuple[str, ...]:
    """What to know about single figures of that table."""
    levels: dict[tuple[str, str], list[str]] = {}
    for tail in tails:
        if tail.note:
            levels.setdefault((tail.method, tail.note), []).append(f"{100 * tail.level:.0f} %")
    return tuple(
        f"{METHODS.get(method, method)} {' and '.join(at)}: {note}"
        for (method, note), at in levels.items()
    )


LIMIT_COLUMNS = (
    Column("limit", Align.LEFT),
    Column("now"),
    Column("least"),
    Column("most"),
    Column("", Align.LEFT),
)


def limits_table(limits: Sequence[LimitFigures]) -> Table:
    """The owner's limits beside their values."""
    rows = tuple(_limit_cells(limit) for limit in limits)
    loud = frozenset(place for place, limit in enumerate(limits) if not limit.is_kept)
    return Table("Your limits, measured as plans measure them", LIMIT_COLUMNS, rows, loud)


def _limit_cells(limit: LimitFigures) -> tuple[str, ...]:
    sides = (_told(limit, value) for value in (limit.value, limit.least, limit.most))
    verdict = "kept" if limit.is_kept else f"BROKEN; trigger: {limit.action}"
    return limit.limit, *sides, verdict


def _told(limit: LimitFigures, value: float | None) -> str:
    if value is None:
        return ""
    return f"{percent(value)} %" if limit.is_share else plain_number(value)


def broken_words(limits: Sequence[LimitFigures]) -> tuple[str, ...]:
    """Each limit that is broken: ``volatility is 18.20 %, 15.00 % at most``."""
    return tuple(
        f"{limit.limit} is {_told(limit, limit.value)}, {_edges(limit)}"
        for limit in limits
        if not limit.is_kept
    )


def _edges(limit: LimitFigures) -> str:
    sides = ((limit.least, "least"), (limit.most, "most"))
    return ", ".join(f"{_told(limit, edge)} at {word}" for edge, word in sides if edge is not None)


SIGNAL_COLUMNS = (
    Column("signal", Align.LEFT),
    Column("now"),
    Column("on from"),
    Column("off below"),
    Column("", Align.LEFT),
)


def signals_table(found: RiskFigures) -> Table:
    """What the regime is judged by."""
    rows = tuple(
        (
            signal.name,
            plain_number(signal.value),
            plain_number(signal.enter),
            plain_number(signal.leave),
            "ON" if signal.is_on else "off",
        )
        for signal in found.regime.signals
    )
    loud = frozenset(place for place, each in enumerate(found.regime.signals) if each.is_on)
    return Table("What the regime is judged by", SIGNAL_COLUMNS, rows, loud)
