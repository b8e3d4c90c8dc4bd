"""What funds hold, from CSV files under the header ``symbol,weight``, one a fund."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from bot.config.household_table import HouseholdTable
from bot.config.mistakes import Mistake
from bot.config.model_file import Weights, read_model

MOST = Decimal("1.01")
"""Weights that were rounded may add up to a little more than one."""


def read_holdings(
    table: HouseholdTable, folder: Path
) -> tuple[Mapping[str, Weights], list[Mistake]]:
    """The weights of each fund, and every mistake in the files."""
    found: dict[str, Weights] = {}
    mistakes: list[Mistake] = []
    for symbol, name in sorted(table.holdings.items()):
        weights, wrong = read_model(folder / name)
        found[symbol] = weights
        mistakes += wrong or _sum(folder / name, weights)
    return found, mistakes


def _sum(path: Path, weights: Weights) -> Iterator[Mistake]:
    total = sum(weights.values(), Decimal(0))
    if total > MOST:
        problem = f"the weights add up to {total:f}, and no fund holds more than 1"
        yield Mistake(str(path), None, "", None, problem)
    if not total:
        yield Mistake(str(path), None, "", None, "tells of nothing that the fund holds")
