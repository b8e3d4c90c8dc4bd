"""Pictures of targets: the frontier with what lies where, and weights as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.report.plots import INK, Form, frame, picture
from bot.report.targets.figures import (
    AccountTarget,
    AssetFigures,
    Frontier,
    PortfolioFigures,
    Targets,
)
from bot.report.targets.tables import held_first

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRONTIER_INCHES = 4.8
ROW_INCHES = 0.34
BARS_MAX = 30
"""Names that are drawn as bars: the largest."""
DOTS_MAX = 400
"""Names that are drawn as dots: those of most weight somewhere on the frontier."""
BESIDE, BELOW = 0.35, 0.5
"""How far the picture goes beyond the frontier, as shares of it: what is further away is named."""
OUTSIDE_NAMED = 6
LETTER, LINE, OFF = 0.0105, 0.032, 0.008
"""Width of a letter, height of a line and distance from its dot, as shares of the picture."""


Box = tuple[float, float, float, float]
"""Left, right, low, high."""
View = tuple[tuple[float, float], tuple[float, float]]
"""From where to where a picture goes, across and up."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One portfolio that stands out: where, its sign, its words and its colour."""

    volatility: float
    expected_return: float
    sign: str
    words: str
    colour: str


def targets_picture(found: Targets, form: Form = Form.PNG) -> bytes:
    """The frontier of several portfolios, or the weights of one."""
    if len(found.portfolios) > 1:
        return _drawn(found.portfolios, found.names, [], form)
    return _bars_picture(found.portfolios[0], {}, form)


def account_picture(found: AccountTarget, form: Form = Form.PNG) -> bytes:
    """Target weights as bars, with a diamond where each name is now; shares of NAV."""
    now = {row.name: row.now for row in found.names}
    risk = {} if found.portfolio is None else found.portfolio.risk
    target = PortfolioFigures(
        {row.name: row.target for row in found.names}, None, 0.0, None, 0.0, risk
    )
    return _bars_picture(target, now, form)


def frontier_picture(found: Frontier, form: Form = Form.PNG) -> bytes:
    """The frontier, the names by themselves, what is held and what is wanted."""
    return _drawn(found.points, found.names, marks(found), form)


def marks(found: Frontier) -> list[Mark]:
    """What stands out on it."""
    made = []
    for figures, sign, words in (
        (found.points[0], "^", "least variance"),
        (found.maximum_sharpe, "*", "greatest Sharpe"),
    ):
        if figures is not None and figures.expected_return is not None:
            made.append(Mark(figures.volatility, figures.expected_return, sign, words, INK.blue))
    for place, sign, words in ((found.target, "D", "target"), (found.current, "s", "held now")):
        if place is not None and place.expected_return is not None:
            made.append(Mark(place.volatility, place.expected_return, sign, words, INK.orange))
    return made


def _drawn(
    points: Sequence[PortfolioFigures],
    names: Sequence[AssetFigures],
    marked: Sequence[Mark],
    form: Form,
) -> bytes:
    curve = [(100 * p.volatility, 100 * (p.expected_return or 0.0)) for p in points]
    spots = [(100 * m.volatility, 100 * m.expected_return) for m in marked]
    dots, outside = _dots(names, points, _reach([*curve, *spots]))
    view = _view([*curve, *spots, *((x, y) for x, y, _ in dots)])

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot()
        axes.plot([x for x, _, _ in dots], [y for _, y, _ in dots], "o", color=INK.faint, ms=3.2)
        axes.plot(
            [x for x, _ in curve], [y for _, y in curve], "-o", color=INK.blue, lw=1.6, ms=3.5
        )
        for mark, (x, y) in zip(marked, spots, strict=True):
            axes.plot([x], [y], mark.sign, color=mark.colour, markersize=9, label=mark.words)
        axes.set_xlim(*view[0])
        axes.set_ylim(*view[1])
        _label(axes, dots, [*curve, *spots], view)
        axes.set_xlabel(_key(outside))
        axes.set_ylabel("expected return, %")
        frame(axes, "y")
        if marked:
            legend = figure.legend(loc="outside upper left", ncols=4, frameon=False, fontsize=9)
            for text in legend.get_texts():
                text.set_color(INK.ink)

    return picture(draw, FRONTIER_INCHES, form, "frontier")


def _key(outside: Sequence[str]) -> str:
    if not outside:
        return "volatility, %"
    many = f" and {len(outside) - OUTSIDE_NAMED} more" if len(outside) > OUTSIDE_NAMED else ""
    return f"volatility, %; outside the picture: {', '.join(outside[:OUTSIDE_NAMED])}{many}"


def _reach(spots: Sequence[tuple[float, float]]) -> View:
    """How far the picture may go beyond the frontier and what is marked."""
    (left, right), (low, high) = _ends(spots)
    wide, tall = right - left, high - low
    return (left - BESIDE * wide, right + BESIDE * wide), (low - BELOW * tall, high + tall)


def _view(spots: Sequence[tuple[float, float]]) -> View:
    """From where to where the picture goes: all that is drawn, and room for names beside it."""
    (left, right), (low, high) = _ends(spots)
    wide, tall = right - left, high - low
    return (left - 0.06 * wide, right + 0.09 * wide), (low - 0.08 * tall, high + 0.08 * tall)


def _ends(spots: Sequence[tuple[float, float]]) -> View:
    """Least and most, across and up; a single point gets some room about it."""
    ends = []
    for values in zip(*spots, strict=True):
        least, most = min(values), max(values)
        room = 0.0 if most > least else max(abs(most) / 2, 1e-9)
        ends.append((least - room, most + room))
    return ends[0], ends[1]


def _dots(
    names: Sequence[AssetFigures], points: Sequence[PortfolioFigures], view: View
) -> tuple[list[tuple[float, float, str]], list[str]]:
    """Names within the picture, those of the frontier first, and names outside of it."""
    weight = {each.name: max(p.weights.get(each.name, 0.0) for p in points) for each in names}
    inside, outside = [], []
    for each in sorted(names, key=lambda each: (-weight[each.name], each.name)):
        x, y = 100 * each.volatility, 100 * (each.expected_return or 0.0)
        if view[0][0] <= x <= view[0][1] and view[1][0] <= y <= view[1][1]:
            inside.append((x, y, each.name))
        else:
            outside.append(each.name)
    return inside[:DOTS_MAX], outside


def _label(
    axes: "Axes",
    dots: Sequence[tuple[float, float, str]],
    curve: Sequence[tuple[float, float]],
    view: View,
) -> None:
    """Each name beside its dot, on the first side that has room; where none has, no name."""
    (left, right), (low, high) = view
    wide, tall = right - left, high - low

    def share(x: float, y: float) -> tuple[float, float]:
        return (x - left) / wide, (y - low) / tall

    taken = [_around(*share(x, y)) for x, y in (*((x, y) for x, y, _ in dots), *curve)]
    for x, y, name in dots:
        at, own = share(x, y), _around(*share(x, y))
        for side in _sides(at, LETTER * len(name)):
            if not any(_meet(side.box, other) for other in taken if other != own):
                taken.append(side.box)
                axes.annotate(
                    name,
                    (left + wide * side.at[0], low + tall * side.at[1]),
                    ha=side.align,
                    va="center",
                    color=INK.faint,
                    fontsize=8,
                )
                break


@dataclass(frozen=True, slots=True)
class Side:
    """Where a name may stand, and the room that it takes; shares of the picture."""

    at: tuple[float, float]
    align: Literal["left", "right", "center"]
    box: Box


def _sides(at: tuple[float, float], length: float) -> tuple[Side, ...]:
    x, y = at
    half = LINE / 2

    def side(to: float, up: float, align: Literal["left", "right", "center"]) -> Side:
        start = {"left": to, "right": to - length, "center": to - length / 2}[align]
        return Side((to, up), align, (start, start + length, up - half, up + half))

    return (
        side(x + OFF, y, "left"),
        side(x - OFF, y, "right"),
        side(x, y - LINE, "center"),
        side(x, y + LINE, "center"),
    )


def _around(x: float, y: float) -> Box:
    return x - OFF / 2, x + OFF / 2, y - OFF, y + OFF


def _meet(one: Box, other: Box) -> bool:
    apart = one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
    return not apart


def _bars_picture(of: PortfolioFigures, now: dict[str, float], form: Form) -> bytes:
    """Weights above, shares of the risk below them; diamonds are today's weights."""
    held = held_first({name: of.weights[name] or now.get(name, 0.0) for name in of.weights})
    shown = sorted(held, key=lambda name: -abs(of.weights[name]))[:BARS_MAX]

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for place, name in enumerate(shown):
            _bar(axes, place, 100 * of.weights[name], 100 * of.risk.get(name, 0.0))
            if now:
                axes.plot([100 * now.get(name, 0.0)], [place - 0.16], "D", color=INK.ink, ms=4.5)
        axes.set_yticks(range(len(shown)), shown)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.margins(x=0.1)
        axes.axvline(0, color=INK.faint, linewidth=1)
        key = "blue above: weight, %; orange below: share of the risk, %"
        axes.set_xlabel(f"{key}; diamond: held now" if now else key)
        frame(axes, "x")

    return picture(draw, 0.9 + ROW_INCHES * max(len(shown), 1), form, "weights")


def _bar(axes: "Axes", place: int, weight: float, risk: float) -> None:
    axes.barh(place - 0.16, weight, height=0.32, color=INK.blue)
    axes.barh(place + 0.16, risk, height=0.2, color=INK.orange)
