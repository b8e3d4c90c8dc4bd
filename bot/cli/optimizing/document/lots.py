"""Tax lots: with their tax, or with their gain and term where gains and losses are netted."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.cli.optimizing.document.reading import AMOUNT, ANY, SHARE, Range, Reading, Table, kind
from strategies.optimize.netting.gains import Gains
from strategies.optimize.netting.law import Netting
from strategies.optimize.problem import Array, Lots

SLACK = 1e-6
"""Weight by which lots may exceed the position: what is left of rounding."""
PAIR = 2
GAIN_KEYS = ("weight", "gain_per_dollar", "term")
TERMS = ("short", "long")
GAIN = Range(least=-math.inf, most=1.0)
"""No dollar of a sale gains more than itself."""
RELIEFS = ("cheapest", "in_order")
NETTING_RANGES: dict[str, Range] = {
    "short_rate": SHARE,
    "long_rate": SHARE,
    "ordinary_rate": SHARE,
    "loss_limit": AMOUNT,
    "loss_worth": SHARE,
    "net_short": ANY,
    "net_long": ANY,
}
NETTING_REQUIRED = ("short_rate", "long_rate", "ordinary_rate", "loss_limit")


@dataclass(frozen=True, slots=True)
class Taxed:
    """The lots of all names, in one of the two forms."""

    lots: tuple[Lots, ...] = ()
    gains: tuple[Gains, ...] = ()
    netting: Netting | None = None


def taxed(reading: Reading, current: Array | None) -> Taxed:
    """The lots, and the year that they are netted in where that is asked."""
    netting, in_order = _netting(reading), _in_order(reading)
    has_netting = reading.document.get("netting") is not None
    rows = reading.document.get("lots")
    if rows is None:
        return Taxed(netting=netting)
    if not isinstance(rows, list):
        reading.refuse(f"lots: expected a list for each name, got {kind(rows)}")
        return Taxed()
    if len(rows) != reading.size:
        reading.refuse(f"lots: {len(rows)} entries, expected {reading.size} as in current")
        current = None
    lots, gains = list[Lots](), list[Gains]()
    for name, row in enumerate(rows):
        held = float(current[name]) if current is not None else math.inf
        form = _Form(f"lots[{name}]", held, netted=has_netting)
        columns = _columns(reading, form, row)
        if columns is not None and has_netting:
            weights, per_dollar, short = columns
            gains.append(Gains(name, weights, per_dollar, short > 0, in_order))
        elif columns is not None:
            weights, per_dollar, _ = columns
            lots.append(Lots(name, weights, per_dollar, in_order))
    return Taxed(tuple(lots), tuple(gains), netting)


@dataclass(frozen=True, slots=True)
class _Form:
    """Where the lots of one name stand, how much of it is held, and which form they have."""

    place: str
    held: float
    netted: bool

    @property
    def words(self) -> str:
        """What a lot looks like."""
        return (
            '{"weight", "gain_per_dollar", "term"}' if self.netted else "[weight, tax_per_dollar]"
        )


def _columns(reading: Reading, form: _Form, row: object) -> Array | None:
    """Weights, tax or gain per dollar, and whether short: (3, L); None where there are no lots."""
    if not isinstance(row, list):
        reading.refuse(f"{form.place}: expected a list of {form.words}, got {kind(row)}")
        return None
    read_one = _gain if form.netted else _pair
    found = [read_one(reading, f"{form.place}[{at}]", lot) for at, lot in enumerate(row)]
    good = [lot for lot in found if lot is not None]
    if not good or len(good) < len(found):
        return None
    columns = np.array(good, dtype=np.float64).T.copy()
    total = float(columns[0].sum())
    if total > max(form.held, 0.0) + SLACK:
        index = form.place.removeprefix("lots")
        reading.refuse(
            f"{form.place}: the lots weigh {total:.12g}, but current{index} is {form.held:.12g}"
        )
    return columns


def _pair(reading: Reading, place: str, lot: object) -> list[float] | None:
    if isinstance(lot, dict):
        reading.refuse(f"{place}: a lot with a gain needs the key netting; else [weight, tax]")
        return None
    if not isinstance(lot, list) or len(lot) != PAIR:
        reading.refuse(f"{place}: expected [weight, tax_per_dollar], got {kind(lot)}")
        return None
    numbers = reading.numbers(place, lot, None)
    if numbers is None:
        return None
    if numbers[0] < 0:
        reading.refuse(f"{place}: the weight {numbers[0]:g} is negative")
    return [*numbers, 0.0]


def _gain(reading: Reading, place: str, lot: object) -> list[float] | None:
    table = reading.table(place, lot, GAIN_KEYS, GAIN_KEYS)
    if table is None or any(key not in table for key in GAIN_KEYS):
        return None
    weight = reading.scalar(f"{place}: weight", table["weight"])
    gain = reading.scalar(f"{place}: gain_per_dollar", table["gain_per_dollar"], GAIN)
    term = _word(reading, f"{place}: term", table["term"], TERMS)
    if weight is None or gain is None or term is None:
        return None
    return [weight, gain, float(term == "short")]


def _in_order(reading: Reading) -> bool:
    value = reading.document.get("relief")
    if value is None:
        return False
    return _word(reading, "relief", value, RELIEFS) == "in_order"


def _word(reading: Reading, place: str, value: Any, words: tuple[str, ...]) -> str | None:  # noqa: ANN401
    if value in words:
        return str(value)
    expected = " or ".join(f'"{word}"' for word in words)
    reading.refuse(f"{place}: expected {expected}, got {kind(value)}")
    return None


def _netting(reading: Reading) -> Netting | None:
    value = reading.document.get("netting")
    if value is None:
        return None
    table: Table | None = reading.table("netting", value, NETTING_REQUIRED, NETTING_RANGES)
    if table is None:
        return None
    given = {key: table[key] for key in NETTING_RANGES if key in table}
    found = {
        key: reading.scalar(f"netting.{key}", each, NETTING_RANGES[key])
        for key, each in given.items()
    }
    numbers = {key: number for key, number in found.items() if number is not None}
    if len(numbers) < len(given) or any(key not in numbers for key in NETTING_REQUIRED):
        return None
    return Netting(**numbers)
