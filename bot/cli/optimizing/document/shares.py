"""Whole shares: what may be ordered."""

import numpy as np

from bot.cli.optimizing.document.reading import ABOVE_ZERO, AMOUNT, Reading, is_number
from strategies.optimize.problem import Array
from strategies.optimize.whole.grid import Grid

REQUIRED = ("prices", "nav_usd", "cash")
KEYS = (*REQUIRED, "step", "trade_usd_min", "fee_usd")


def grid(reading: Reading) -> Grid | None:
    """The grid, if whole shares are asked for."""
    value = reading.document.get("grid")
    if value is None:
        return None
    table = reading.table("grid", value, REQUIRED, KEYS)
    if table is None or any(key not in table for key in REQUIRED):
        return None
    before = len(reading.faults)
    cash = reading.indices("grid.cash", [table["cash"]], "name")
    prices = _above_zero(reading, "grid.prices", table["prices"], cash)
    step = _above_zero(reading, "grid.step", _steps(reading, table.get("step", 1.0)), cash)
    nav = reading.scalar("grid.nav_usd", table["nav_usd"], ABOVE_ZERO)
    least, fee = (
        reading.scalar(f"grid.{key}", table.get(key, 0.0), AMOUNT)
        for key in ("trade_usd_min", "fee_usd")
    )
    if len(reading.faults) > before or prices is None or step is None:
        return None
    return Grid(prices, step, float(nav or 0), cash[0], float(least or 0), float(fee or 0))


def _steps(reading: Reading, value: object) -> object:
    """One number for all names, or one for each."""
    return [value] * reading.size if is_number(value) else value


def _above_zero(
    reading: Reading, place: str, values: object, cash: tuple[int, ...]
) -> Array | None:
    """A number above zero for each name; that of cash counts for nothing."""
    found = reading.vector(place, values)
    if found is not None:
        low = [int(at) for at in np.flatnonzero(found <= 0) if at not in cash]
        reading.refuse_places(place, low, "is not above zero")
    return found
