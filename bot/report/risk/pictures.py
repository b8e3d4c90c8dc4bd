"""Pictures of risk: whose it is, beside whose money it is, and the falls of the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.report.plots import INK, Form, frame, picture
from bot.report.risk.figures import Falls, GroupFigures, NameFigures, RiskFigures
from bot.report.risk.whose import UNLABELLED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.34
NAMES_MAX = 30
"""Names that have a bar: those that are most of the risk."""
GROUPS_MAX = 15
TICKS_MAX = 6
LONG_DAYS = 300


@dataclass(frozen=True, slots=True)
class _Bar:
    """Share of the money and share of the risk, in percent."""

    label: str
    weight: float
    share: float


def contributions(risk: RiskFigures, form: Form = Form.PNG, most: int = NAMES_MAX) -> bytes:
    """Each name's share of the risk as a bar over its weight; below it each group's."""
    columns = dict.fromkeys(group.column for group in risk.groups)
    ranked = sorted(risk.names, key=lambda row: (-abs(row.share), row.symbol))
    panels = [
        (_title(ranked[most:]), [_bar(row, row.symbol) for row in ranked[:most]]),
        *((f"by {column}", _groups(risk.groups, column)) for column in columns),
    ]
    heights = [0.6 + ROW_INCHES * max(len(bars), 1) for _, bars in panels]

    def draw(figure: "Figure") -> None:
        grid = figure.add_gridspec(len(panels), 1, height_ratios=heights)
        for place, (title, bars) in enumerate(panels):
            axes = figure.add_subplot(grid[place])
            _bars(axes, bars)
            axes.set_title(title, fontsize=9, loc="left", color=INK.ink)
        figure.supxlabel(KEY, fontsize=10, color=INK.faint)

    return picture(draw, 0.4 + sum(heights), form, "parts")


KEY = "%; pale: share of NAV; bar: share of the risk, orange where that is more"


def _title(rest: Sequence[NameFigures]) -> str:
    """What the first panel is, and what is not in it."""
    if not rest:
        return "by name"
    share, weight = sum(row.share for row in rest), sum(row.weight for row in rest)
    return f"by name; {len(rest):,} more are {100 * share:.1f} of {100 * weight:.1f}"


def _bar(row: NameFigures | GroupFigures, label: str) -> _Bar:
    return _Bar(label, 100 * row.weight, 100 * row.share)


def _groups(groups: Sequence[GroupFigures], column: str) -> list[_Bar]:
    rows = [group for group in groups if group.column == column][:GROUPS_MAX]
    return [_bar(row, row.label or UNLABELLED) for row in rows]


def _bars(axes: "Axes", bars: Sequence[_Bar]) -> None:
    for place, bar in enumerate(bars):
        colour = INK.orange if bar.share > bar.weight else INK.blue
        axes.barh(place, bar.weight, height=0.72, color=INK.band)
        axes.barh(place, bar.share, height=0.34, color=colour)
        axes.annotate(
            f"{bar.share:.1f} of {bar.weight:.1f}".replace("-", "\N{MINUS SIGN}"),
            (max(bar.weight, bar.share, 0.0), place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=INK.ink,
            fontsize=9,
        )
    axes.axvline(0, color=INK.faint, linewidth=1)
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.margins(x=0.14)
    frame(axes, "x")


def underwater(falls: Falls, form: Form = Form.PNG) -> bytes:
    """How far below its highest the wealth of today's weights would have been, day by day."""

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot()
        spots = [day.toordinal() for day in falls.days]
        depths = [-100 * depth for depth in falls.depths]
        axes.fill_between(spots, depths, 0, color=INK.band, linewidth=0)
        axes.plot(spots, depths, color=INK.blue, linewidth=1.4)
        deepest = min(range(len(depths)), key=depths.__getitem__)
        axes.plot([spots[deepest]], [depths[deepest]], "v", color=INK.orange, markersize=8)
        axes.set_ylabel("% below the highest")
        axes.set_ylim(top=0)
        frame(axes, "y")
        _dates(axes, falls.days)

    return picture(draw, 2.8, form, "falls")


def _dates(axes: "Axes", days: Sequence[date]) -> None:
    """A few days, evenly spread from the first to the last."""
    step = max(1, -(-(len(days) - 1) // (TICKS_MAX - 1)))
    shown = days[::step]
    form = "%b %Y" if (days[-1] - days[0]).days > LONG_DAYS else "%-d %b %Y"
    axes.set_xticks([day.toordinal() for day in shown], [day.strftime(form) for day in shown])
