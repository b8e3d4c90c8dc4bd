"""Pictures of what-if: the trade-off with today's plan marked, and the stress scenarios as bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.report.plots import INK, Form, frame, picture
from bot.report.whatif.figures import PlanFigures, StressFigures, WhatIf

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.42
CURVE_INCHES = 3.6
LABELLED_GAP = 0.06
"""Points nearer to one already labelled than this share of the picture go unlabelled."""


def trade_off(found: WhatIf, form: Form = Form.PNG) -> bytes:
    """Tracking error across, cost and tax up; a point a plan, with how often the part counts."""
    return picture(lambda figure: _curve(figure.add_subplot(), found), CURVE_INCHES, form, "curve")


def stress_bars(found: WhatIf, form: Form = Form.PNG) -> bytes:
    """Tracking error in each scenario: of the plan kept, and of the one made anew."""
    height = 0.9 + ROW_INCHES * max(len(found.stress), 1)
    return picture(lambda figure: _bars(figure.add_subplot(), found), height, form, "stress")


def both(found: WhatIf, form: Form = Form.PNG) -> bytes:
    """Both in one picture, or the only one that there is."""
    if not found.stress:
        return trade_off(found, form)
    if not found.curve:
        return stress_bars(found, form)
    low = 0.9 + ROW_INCHES * len(found.stress)

    def draw(figure: "Figure") -> None:
        grid = figure.add_gridspec(2, 1, height_ratios=(CURVE_INCHES, low), hspace=0.12)
        _curve(figure.add_subplot(grid[0]), found)
        _bars(figure.add_subplot(grid[1]), found)

    return picture(draw, CURVE_INCHES + low, form, "whatif")


def _curve(axes: "Axes", found: WhatIf) -> None:
    points = [(point.factor, point.plan) for point in found.curve if point.plan is not None]
    across, up = [_across(plan) for _, plan in points], [_up(plan) for _, plan in points]
    axes.plot(across, up, "-o", color=INK.blue, linewidth=1.6, markersize=4)
    _mark(axes, found.today, "s", "no trade", (8, -3))
    _mark(axes, found.plan, "D", "this plan", (8, 6))
    taken = [(_across(plan), _up(plan)) for plan in (found.today, found.plan)]
    _label(axes, points, taken)
    axes.margins(x=0.14, y=0.16)
    axes.set_xlabel("tracking error, % a year")
    axes.set_ylabel("cost and tax, bps of NAV")
    title = f"trade-off along {found.along}: the factor stands at its point"
    axes.set_title(title, fontsize=9, loc="left", color=INK.ink)
    frame(axes, "y")


def _across(plan: PlanFigures) -> float:
    return 100 * plan.tracking_error


def _up(plan: PlanFigures) -> float:
    return plan.cost_bps + plan.tax_bps


def _mark(
    axes: "Axes", plan: PlanFigures, marker: str, words: str, offset: tuple[int, int]
) -> None:
    at = (_across(plan), _up(plan))
    axes.plot([at[0]], [at[1]], marker, color=INK.orange, markersize=8)
    axes.annotate(words, at, xytext=offset, textcoords="offset points", color=INK.ink, fontsize=9)


def _label(
    axes: "Axes",
    points: Sequence[tuple[float, PlanFigures]],
    taken: list[tuple[float, float]],
) -> None:
    """Each point's factor, but for those that would stand upon another."""
    spots = [*taken, *((_across(plan), _up(plan)) for _, plan in points)]
    wide, high = (max(max(s) - min(s), 1e-9) for s in zip(*spots, strict=True))
    for factor, plan in points:
        at = (_across(plan), _up(plan))
        apart = (max(abs(at[0] - x) / wide, abs(at[1] - y) / high) for x, y in taken)
        if min(apart) < LABELLED_GAP:
            continue
        taken.append(at)
        axes.annotate(
            f"{factor:.3g}x",
            at,
            xytext=(6, 5),
            textcoords="offset points",
            color=INK.faint,
            fontsize=8,
        )


def _bars(axes: "Axes", found: WhatIf) -> None:
    rows = found.stress
    for place, row in enumerate(rows):
        _bar(axes, place, row)
    axes.axvline(100 * found.plan.tracking_error, color=INK.ink, linewidth=1, linestyle=":")
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.margins(x=0.2)
    axes.set_xlabel("tracking error, % a year; dotted: this plan today")
    key = "orange above: today's plan kept; blue below: a plan made anew"
    axes.set_title(key, fontsize=9, loc="left", color=INK.ink)
    frame(axes, "x")


def _bar(axes: "Axes", place: int, row: StressFigures) -> None:
    kept = 100 * row.kept.tracking_error
    axes.barh(place - 0.18, kept, height=0.32, color=INK.orange)
    anew = 0.0 if row.plan is None else 100 * row.plan.tracking_error
    axes.barh(place + 0.18, anew, height=0.32, color=INK.blue)
    words = f"NAV {100 * row.nav_change:+.1f} %" if row.nav_change else ""
    if row.plan is None:
        words = f"{words}, no plan" if words else "no plan"
    axes.annotate(
        words.replace("-", "\N{MINUS SIGN}"),
        (max(kept, anew), place),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=INK.ink,
        fontsize=9,
    )
