"""The heat map: every pair of names that are held, clusters side by side.

Blue moves together, orange against each other; the deeper the colour the closer. Colours are laid
over the paper, so that a light page stays light and a dark one dark.
"""

from typing import TYPE_CHECKING

import numpy as np

from bot.report.plots import INK, Form, picture
from bot.report.risk.figures import Correlations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

WRITTEN_MAX = 12
"""Names up to which each cell has its number."""
DRAWN_MAX = 25
"""Names up to which each cell is drawn by itself; beyond that the map is one image."""
NAMED_MAX = 110
"""Names up to which each row is named."""
CELL_INCHES = 0.105
"""Least side of a named row: letters of six points."""
WIDTH_INCHES, MARGIN_INCHES = 8.0, 1.1
POWER = 1.5
STEPS = 20
"""Steps of the scale from 0 to 1."""
DEEP = 0.85
"""Correlation from which on a number in a cell is written in the colour of the paper."""


def heat_map(found: Correlations, form: Form = Form.PNG) -> bytes:
    """The map. Rows are named for up to ``NAMED_MAX`` names."""
    side = _side(len(found.names))

    def draw(figure: "Figure") -> None:
        figure.set_size_inches(side + MARGIN_INCHES, side + MARGIN_INCHES)
        axes = figure.add_subplot()
        matrix = np.array(found.rows)
        is_drawn = len(matrix) <= DRAWN_MAX
        if is_drawn:
            _cells(axes, matrix)
        else:
            axes.imshow(_colours(matrix), interpolation="none", aspect="equal")
        _name(axes, found, side)
        _scale(axes.inset_axes((1.02, 0.0, 0.02, 1.0)), is_drawn=is_drawn)

    return picture(draw, side + MARGIN_INCHES, form, "heat")


def _side(names: int) -> float:
    """Inches of the map: more where there are many names to read."""
    usual = WIDTH_INCHES - MARGIN_INCHES
    return max(usual, CELL_INCHES * names) if names <= NAMED_MAX else usual


def _colours(matrix: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Red, green, blue and depth of each cell, shape (n, n, 4)."""
    inks = [[int(ink[i : i + 2], 16) / 255 for i in (1, 3, 5)] for ink in (INK.blue, INK.orange)]
    hue = np.where((matrix >= 0)[..., None], np.array(inks[0]), np.array(inks[1]))
    depth = np.minimum(np.abs(matrix), 1.0) ** POWER
    return np.concatenate([hue, depth[..., None]], axis=-1)


def _depth(value: float) -> float:
    """How deep the colour is: less than the correlation, so that clusters stand out."""
    return float(min(abs(value), 1.0) ** POWER)


def _cells(axes: "Axes", matrix: "NDArray[np.float64]") -> None:
    """Each cell a square, and its number where there is room."""
    size = len(matrix)
    for row in range(size):
        for column in range(size):
            value = float(matrix[row, column])
            _cell(axes, (column, row), value, is_written=size <= WRITTEN_MAX)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_aspect("equal")


def _cell(axes: "Axes", at: tuple[int, int], value: float, *, is_written: bool) -> None:
    colour = INK.blue if value >= 0 else INK.orange
    corner = [at[0] - 0.5, at[0] + 0.5, at[0] + 0.5, at[0] - 0.5]
    heights = [at[1] - 0.5, at[1] - 0.5, at[1] + 0.5, at[1] + 0.5]
    axes.fill(corner, heights, color=colour, alpha=_depth(value), linewidth=0)
    if is_written:
        ink = INK.paper if abs(value) > DEEP else INK.ink
        text = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
        axes.text(*at, text, ha="center", va="center", color=ink, fontsize=9)


def _name(axes: "Axes", found: Correlations, side: float) -> None:
    _bare(axes)
    if len(found.names) > NAMED_MAX:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(f"{len(found.names):,} names, clusters side by side", color=INK.faint)
        return
    size = min(9.0, 72 * side / len(found.names) * 0.8)
    places = range(len(found.names))
    axes.set_yticks(places, found.names, fontsize=size)
    axes.set_xticks(places, found.names, fontsize=size, rotation=90)


def _scale(axes: "Axes", *, is_drawn: bool) -> None:
    """What a colour means: from moving as one above to moving against each other below."""
    steps = np.linspace(1, -1, 2 * STEPS + 1)
    if is_drawn:
        for value in steps.tolist():
            half = 0.5 / STEPS
            colour = INK.blue if value >= 0 else INK.orange
            low, high = max(value - half, -1.0), min(value + half, 1.0)
            axes.fill(
                [0, 1, 1, 0], [low, low, high, high], color=colour, alpha=_depth(value), linewidth=0
            )
    else:
        image = _colours(steps[:, None])
        axes.imshow(image, interpolation="none", aspect="auto", extent=(0, 1, -1, 1))
    axes.set_xlim(0, 1)
    axes.set_ylim(-1, 1)
    axes.set_xticks([])
    axes.set_yticks([-1, 0, 1], ["\N{MINUS SIGN}1", "0", "1"], fontsize=9)
    axes.yaxis.tick_right()
    _bare(axes)


def _bare(axes: "Axes") -> None:
    axes.set_facecolor("none")
    axes.tick_params(colors=INK.ink, length=0)
    for edge in ("top", "right", "left", "bottom"):
        axes.spines[edge].set_visible(False)
