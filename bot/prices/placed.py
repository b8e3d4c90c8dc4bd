"""What an answer adds to what is kept of a name: days after it, or a history written anew.

A split or a dividend changes the adjusted closes of all days before it. That is seen on the days
that an answer has in common with what is kept, and the whole history is asked for again.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.prices.joined import join
from brokers.words import Bars

RESTATED = 1e-4
"""Difference of a close from the one that is kept, as a share of it, beyond which it was restated.
What is smaller moves no return by more than a basis point."""


class Adds(StrEnum):
    """What is to be done with an answer."""

    NOTHING = "nothing"
    MORE = "more"
    """Write down the days after those that are kept."""
    WHOLE = "whole"
    """Write the history down anew."""
    ASK = "ask"
    """Ask for the whole history: this part does not fit to what is kept."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What to do, the bars to write down, and what there is to say."""

    adds: Adds
    bars: Bars
    restated: bool = False
    note: str = ""


def place(kept: Bars | None, told: Bars, *, whole: bool, anew: bool = False) -> Placed:
    """Hold an answer against what is ``kept``; ``whole`` where all days were asked for.

    A part is held against the last days that are kept, and only ever adds days after them. With
    ``anew`` a whole answer is written down whole even where it adds nothing before them.
    """
    if kept is None or not kept.days:
        return Placed(Adds.WHOLE if told.days else Adds.NOTHING, told)
    if not told.days:
        return Placed(Adds.NOTHING, told)
    closes = dict(zip(kept.days, kept.closes, strict=True))
    common = [
        (closes[day], close)
        for day, close in zip(told.days, told.closes, strict=True)
        if day in closes
    ]
    restated = any(abs(new / old - 1) > RESTATED for old, new in common)
    if restated or not common:
        if not whole:
            return Placed(Adds.ASK, told)
        joined = join(kept, told)
        note = (
            f"what was kept before {told.days[0]} is given up: {joined.why}" if joined.why else ""
        )
        return Placed(Adds.WHOLE, joined.bars, restated, note)
    if anew or any(day < kept.days[-1] and day not in closes for day in told.days):
        return Placed(Adds.WHOLE, _united(kept, told)) if whole else Placed(Adds.ASK, told)
    later = _after(told, kept)
    return Placed(Adds.MORE if later.days else Adds.NOTHING, later)


def _after(told: Bars, kept: Bars) -> Bars:
    """The days that come after all that is kept."""
    first = next((n for n, day in enumerate(told.days) if day > kept.days[-1]), len(told.days))
    volumes = told.volumes[first:] if told.volumes else ()
    return replace(told, days=told.days[first:], closes=told.closes[first:], volumes=volumes)


def _united(kept: Bars, told: Bars) -> Bars:
    """Every day of either; where both have one, it is as it was told last."""
    rows: dict[object, tuple[float, float]] = {}
    for bars in (kept, told):
        volumes = bars.volumes or (float("nan"),) * len(bars.days)
        rows.update(zip(bars.days, zip(bars.closes, volumes, strict=True), strict=True))
    days = tuple(sorted({*kept.days, *told.days}))
    has_volumes = bool(kept.volumes or told.volumes)
    return replace(
        told,
        days=days,
        closes=tuple(rows[day][0] for day in days),
        volumes=tuple(rows[day][1] for day in days) if has_volumes else (),
    )
