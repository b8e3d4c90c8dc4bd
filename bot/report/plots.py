"""Pictures of a plan and of what happened; matplotlib is loaded when first drawn.

Every picture is drawn as PNG (mail) or SVG (page). The same input gives the same bytes: no dates,
a fixed salt. In an SVG every colour is a CSS variable, so that the page's light or dark scheme
holds in its pictures too, and text stays text. Blue is inside and sold, orange is outside and
bought; a word or a sign always says the same as the colour.
"""

import io
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.book.rows import SnapshotRow
from bot.report.amounts import points
from bot.report.history import CycleRow, drift, drift_max
from bot.report.say import is_outside, verdict
from brokers.words import ZERO, Currency, Symbol
from strategies.plan import Line, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bot.report.tca import Analysis
    from strategies.costfit import Observation

NAMES_MAX = 20
"""Names in the small multiples."""
BARS_MAX = 30
"""Names in the drift bars: those furthest from target."""

_ACROSS = 4
_WIDTH_INCHES = 8.0
_LONG_DAYS = 300
_LOCK = threading.Lock()
"""matplotlib keeps state of its own between calls, so one picture is drawn at a time."""


class Form(StrEnum):
    """What a picture is made into."""

    PNG = "png"
    SVG = "svg"


@dataclass(frozen=True, slots=True)
class _Ink:
    """Colours on white; each is a CSS variable of the same name in an SVG."""

    ink: str = "#1c2733"
    faint: str = "#5b6876"
    rule: str = "#d5dbe1"
    band: str = "#cfe0ee"
    blue: str = "#1565a9"
    orange: str = "#c2570c"
    paper: str = "#fefefe"


INK = _Ink()
_VARIABLES = {getattr(INK, name): f"var(--{name})" for name in _Ink.__slots__}


def drift_bars(plan: Plan, form: Form = Form.PNG) -> bytes:
    """Each name's drift as a bar over its band, with a diamond where the plan would leave it."""
    lines = sorted(plan.lines, key=lambda line: -abs(line.weight_before - line.target))[:BARS_MAX]

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for place, line in enumerate(lines):
            _drift_bar(axes, place, line, has_after=bool(plan.legs))
        axes.set_yticks(range(len(lines)), [line.symbol for line in lines])
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.margins(x=0.18)
        axes.axvline(0, color=INK.faint, linewidth=1)
        axes.set_xlabel(_key(plan))
        frame(axes, "x")

    return picture(draw, 0.9 + 0.34 * max(len(lines), 1), form, "drift")


def _key(plan: Plan) -> str:
    key = "percentage points from target; pale: band"
    return f"{key}; diamond: after the plan" if plan.legs else key


def _drift_bar(axes: "Axes", place: int, line: Line, *, has_after: bool) -> None:
    off = float(line.weight_before - line.target) * 100
    low, high = float(line.low - line.target) * 100, float(line.high - line.target) * 100
    word = verdict(line)
    colour = INK.orange if is_outside(line) else INK.blue
    axes.barh(place, high - low, left=low, height=0.72, color=INK.band)
    axes.barh(place, off, height=0.34, color=colour)
    if has_after:
        after = float(line.weight_after - line.target) * 100
        axes.plot([after], [place], "D", markersize=5, color=INK.ink, markerfacecolor=INK.paper)
    label = points(line.weight_before - line.target).replace("-", "\N{MINUS SIGN}")
    axes.annotate(
        label if word == "inside" else f"{label}, {word}",
        (max(off, high), place),
        xytext=(6, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        color=INK.ink,
        fontsize=9,
    )


def value_over_time(rows: Sequence[SnapshotRow], base: Currency, form: Form = Form.PNG) -> bytes:
    """Net asset value above, on a scale of its own, and below the cash in it, from zero."""

    def draw(figure: "Figure") -> None:
        above, below = _two_panels(figure)
        days = [row.session for row in rows]
        _curve(above, days, [float(row.nav) for row in rows], INK.blue)
        _curve(below, days, [float(row.cash) for row in rows], INK.orange)
        below.set_ylim(bottom=min(0.0, *below.get_ylim()))
        for axes, label in ((above, "value"), (below, "cash")):
            axes.yaxis.set_major_formatter(lambda amount, _: f"{amount:,.0f}")
            axes.set_ylabel(f"{label}, {base}")
            frame(axes, "y")
        above.set_xticks([])
        _dates(below, days)

    return picture(draw, 3.8, form, "value")


def _two_panels(figure: "Figure") -> tuple["Axes", "Axes"]:
    grid = figure.add_gridspec(2, 1, height_ratios=(2, 1), hspace=0.12)
    return figure.add_subplot(grid[0]), figure.add_subplot(grid[1])


def weights_over_time(rows: Sequence[SnapshotRow], form: Form = Form.PNG) -> bytes:
    """Each name's weight against its target and band, one small panel a name."""
    names = widest_names(rows)
    down = max(1, -(-len(names) // _ACROSS))

    def draw(figure: "Figure") -> None:
        for place, name in enumerate(names):
            axes = figure.add_subplot(down, min(_ACROSS, len(names)), place + 1)
            _panel(axes, rows, name)

    return picture(draw, 0.3 + 1.55 * down, form, "weights")


def widest_names(rows: Sequence[SnapshotRow]) -> tuple[Symbol, ...]:
    """Up to ``NAMES_MAX`` names: those that were ever furthest from target, in alphabet order."""
    names = {name for row in rows for name in (*row.weights, *row.targets)}
    furthest = {name: max(abs(drift(row, name)) for row in rows) for name in names}
    ranked = sorted(names, key=lambda name: (furthest[name], name), reverse=True)
    return tuple(sorted(ranked[:NAMES_MAX]))


def _panel(axes: "Axes", rows: Sequence[SnapshotRow], name: Symbol) -> None:
    days = [row.session for row in rows]
    weights = [float(row.weights.get(name, ZERO)) * 100 for row in rows]
    lows = [float(row.lows.get(name, ZERO)) * 100 for row in rows]
    highs = [float(row.highs.get(name, ZERO)) * 100 for row in rows]
    targets = [float(row.targets.get(name, ZERO)) * 100 for row in rows]
    axes.fill_between(_spots(days), lows, highs, color=INK.band, linewidth=0)
    _curve(axes, days, targets, INK.faint, ":")
    _curve(axes, days, weights, INK.blue)
    outside = [
        place for place, weight in enumerate(weights) if not lows[place] <= weight <= highs[place]
    ]
    _marks(axes, days, weights, outside, "x")
    axes.set_title(f"{name}, %", fontsize=9, loc="left", color=INK.ink)
    axes.tick_params(labelsize=7.5)
    frame(axes, "y")
    _dates(axes, days, ticks_max=2)


def drift_over_time(
    rows: Sequence[SnapshotRow], traded: frozenset[date] = frozenset(), form: Form = Form.PNG
) -> bytes:
    """Largest drift of any name at each cycle; a triangle marks the sessions that traded."""

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot()
        days = [row.session for row in rows]
        drifts = [float(drift_max(row)) * 100 for row in rows]
        _curve(axes, days, drifts, INK.blue)
        marked = [place for place, day in enumerate(days) if day in traded]
        _marks(axes, days, drifts, marked, "v")
        axes.set_ylim(bottom=0)
        axes.set_ylabel("percentage points")
        frame(axes, "y")
        _dates(axes, days)

    return picture(draw, 2.8, form, "driftline")


def turnover_and_cost(cycles: Sequence[CycleRow], base: Currency, form: Form = Form.PNG) -> bytes:
    """Turnover above and cost below, one bar a session that traded."""
    trades = [cycle for cycle in cycles if cycle.orders]
    labels = [cycle.session.isoformat() for cycle in trades]

    def draw(figure: "Figure") -> None:
        above, below = figure.add_subplot(2, 1, 1), figure.add_subplot(2, 1, 2)
        spots = range(len(trades))
        above.bar(spots, [float(cycle.turnover) * 100 for cycle in trades], color=INK.blue)
        below.bar(spots, [float(cycle.cost) for cycle in trades], color=INK.orange)
        above.set_ylabel("turnover, % of NAV")
        below.set_ylabel(f"cost, {base}")
        above.set_xticks([])
        every = max(1, len(trades) // 12)
        below.set_xticks(spots[::every], labels[::every], rotation=30, ha="right")
        for axes in (above, below):
            axes.set_xlim(-0.6, max(len(trades), 6) - 0.4)
            frame(axes, "y")

    return picture(draw, 3.8, form, "turnover")


def cost_fit(analysis: "Analysis", form: Form = Form.PNG) -> bytes:
    """What orders paid for each of two reasons, the fitted line, and dotted what is planned with.

    Left the half spread, with the fitted impact taken off what was paid; right the impact per
    unit of its factor Y, with the fitted spread taken off. All in bps of value.
    """
    fit, dots = analysis.fit, analysis.dots
    half, shape = ([_bps(o.spread, o) for o in dots], [_bps(o.shape, o) for o in dots])
    paid = [_bps(o.slippage, o) for o in dots]
    crossed = [p - fit.impact.value * s for p, s in zip(paid, shape, strict=True)]
    moved = [p - fit.spread.value * h for p, h in zip(paid, half, strict=True)]

    def draw(figure: "Figure") -> None:
        left, right = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
        _fitted(left, half, crossed, (fit.spread.value, 1.0))
        _fitted(right, shape, moved, (fit.impact.value, float(analysis.impact_now)))
        left.set_xlabel("planned half spread, bps")
        left.set_ylabel("paid for crossing, bps")
        right.set_xlabel("impact per unit of Y, bps")
        right.set_ylabel("paid for impact, bps")

    return picture(draw, 3.6, form, "costs")


def _bps(amount: Decimal, order: "Observation") -> float:
    return float(amount / order.value) * 10_000


def _fitted(
    axes: "Axes", across: Sequence[float], up: Sequence[float], slopes: tuple[float, float]
) -> None:
    """Orders as points, a line of the fitted slope and a dotted one of the slope before."""
    fitted, before = slopes
    end = max(across, default=0.0) * 1.05
    axes.plot(across, up, "o", color=INK.orange, markersize=3)
    axes.plot([0, end], [0, before * end], ":", color=INK.faint, linewidth=1.6)
    axes.plot([0, end], [0, fitted * end], "-", color=INK.blue, linewidth=1.6)
    axes.set_title(f"line {fitted:.2f}, dotted {before:.2f}", fontsize=9, color=INK.ink)
    axes.yaxis.label.set_color(INK.faint)
    frame(axes, "y")


def standing_alone(svg: bytes) -> bytes:
    """A picture that was drawn for a page as a file of its own: with its colours and its paper."""
    colours = "".join(f"--{name}:{getattr(INK, name)};" for name in _Ink.__slots__)
    style = f"<style>svg{{{colours}background:{INK.paper}}}</style>"
    head, mark, body = svg.decode().partition(">")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{mark}{style}{body}'.encode()


def _curve(
    axes: "Axes", days: Sequence[date], heights: Sequence[float], colour: str, style: str = "-"
) -> None:
    marker = "o" if len(days) == 1 else ""
    axes.plot(_spots(days), heights, style, color=colour, linewidth=1.6, marker=marker)


def _marks(
    axes: "Axes",
    days: Sequence[date],
    heights: Sequence[float],
    places: Sequence[int],
    marker: str,
) -> None:
    spots = _spots(days)
    at, up = [spots[place] for place in places], [heights[place] for place in places]
    axes.plot(at, up, marker, color=INK.orange, markersize=8 if marker == "v" else 4)


def _spots(days: Sequence[date]) -> list[int]:
    """Days as plain numbers, so that two cycles of one day stand on one spot."""
    return [day.toordinal() for day in days]


def frame(axes: "Axes", grid: str) -> None:
    """Faint grid along one axis, no box, words in ink."""
    axes.grid(axis="x" if grid == "x" else "y", color=INK.rule, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_facecolor("none")
    for edge in ("top", "right", "left", "bottom"):
        axes.spines[edge].set_visible(False)
    axes.tick_params(colors=INK.ink, length=0)
    axes.xaxis.label.set_color(INK.faint)
    axes.yaxis.label.set_color(INK.faint)


def _dates(axes: "Axes", days: Sequence[date], ticks_max: int = 6) -> None:
    """Name at most ``ticks_max`` days, evenly spread from the first to the last."""
    step = max(1, -(-(len(days) - 1) // (ticks_max - 1)))
    shown = days[::step]
    form = "%b %Y" if (days[-1] - days[0]).days > _LONG_DAYS else "%-d %b"
    axes.set_xticks(_spots(shown), [day.strftime(form) for day in shown])


def picture(draw: Callable[["Figure"], None], height_inches: float, form: Form, name: str) -> bytes:
    """Draw on a figure of its own and return its bytes."""
    with _LOCK:
        figure = _figure(height_inches)
        draw(figure)
        paper = io.BytesIO()
        match form:
            case Form.PNG:
                figure.savefig(
                    paper, format="png", dpi=160, facecolor="#ffffff", metadata={"Software": None}
                )
                return paper.getvalue()
            case Form.SVG:
                figure.savefig(
                    paper, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
                )
                return _themed(paper.getvalue().decode(), name).encode()


def _figure(height_inches: float) -> "Figure":
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(
        {
            "svg.hashsalt": "trimtab",
            "svg.fonttype": "none",
            "text.parse_math": False,
            "font.size": 10,
            "font.family": "DejaVu Sans",
        }
    )
    return Figure(figsize=(_WIDTH_INCHES, height_inches), layout="constrained")


def _themed(svg: str, name: str) -> str:
    """The ``<svg>`` alone, to stand in a page: colours as variables, ids that are its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[a-zA-Z_.0-9]+"', "<g", svg)
    svg = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\g<1>{name}-", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return re.sub(r'(<svg [^>]*?)width="[^"]*" |height="[^"]*" ', r"\1", svg, count=2)
