"""Weights as a file, pictures as files."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.screen import tell

if TYPE_CHECKING:
    from bot.report.plots import Form

FORMS = (".png", ".svg")
PLACES = 12
"""Decimals of a weight: enough to sum to one within 1e-9."""


def check_plot(plot: Path | None) -> None:
    """Raise ``WrongUse`` for a picture that is neither of the two."""
    if plot is not None and plot.suffix.lower() not in FORMS:
        raise WrongUse(f"--plot {plot}: a picture is a .png or an .svg", "name it so")


def write_plot(plot: Path | None, draw: "Callable[[Form], bytes]") -> None:
    """Draw into ``plot``, where one is wanted."""
    if plot is None:
        return
    from bot.report import plots

    is_svg = plot.suffix.lower() == ".svg"
    drawn = draw(plots.Form.SVG if is_svg else plots.Form.PNG)
    plot.write_bytes(plots.standing_alone(drawn) if is_svg else drawn)
    tell(f"drawn: {plot}")


def write_weights(output: Path | None, portfolios: Sequence[Mapping[str, float]]) -> None:
    """``symbol,weight`` as the config takes it; of several portfolios a column each."""
    if output is None:
        return
    headers = ["weight"] if len(portfolios) == 1 else [str(n + 1) for n in range(len(portfolios))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["symbol", *headers])
    for name in portfolios[0]:
        writer.writerow([name, *(f"{weights[name]:z.{PLACES}f}" for weights in portfolios)])
    output.write_text(text.getvalue(), encoding="utf-8")
    tell(f"wrote {output}")
