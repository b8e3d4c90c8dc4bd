"""What only the cone solver takes: scenarios and what is asked over them, and doubt."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from bot.cli.optimizing.document.reading import ABOVE_ZERO, AMOUNT, ANY, Range, Reading, Table, kind
from strategies.optimize.cone.terms import (
    Downside,
    Scenarios,
    Terms,
    UncertainCovariance,
    UncertainMeans,
    Utility,
    ValueAtRisk,
)

KEYS = ("scenarios", "cvar", "downside", "utility", "uncertain_means", "uncertain_covariance")
KINDS = ("log", "power", "exponential")
LEVEL = Range(above=True, most=1.0)


def terms(reading: Reading) -> Terms:
    """All terms that are asked for; ``terms_check`` judges how they fit together."""
    return Terms(
        scenarios=_scenarios(reading),
        cvar=_cvar(reading),
        downside=_downside(reading),
        utility=_utility(reading),
        means=_means(reading),
        covariance=_covariance(reading),
    )


def _table(
    reading: Reading, key: str, required: Iterable[str], known: Iterable[str]
) -> Table | None:
    value = reading.document.get(key)
    return None if value is None else reading.table(key, value, required, known)


def _number(
    reading: Reading,
    key: str,
    table: Table,
    ranges: tuple[str, Range],
    absent: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401 - a number, or what stands for none
    """One number of a table; ``absent`` where it is null, left out or wrong."""
    name, range_ = ranges
    if table.get(name) is None:
        return absent
    found = reading.scalar(f"{key}.{name}", table[name], range_)
    return absent if found is None else found


def _scenarios(reading: Reading) -> Scenarios | None:
    table = _table(reading, "scenarios", ("returns",), ("returns", "chances"))
    if table is None or "returns" not in table:
        return None
    returns = reading.matrix("scenarios.returns", table["returns"], None, reading.size)
    chances = table.get("chances")
    if chances is None:
        return Scenarios(returns)
    numbers = reading.numbers("scenarios.chances", chances, None)
    if numbers is not None and len(numbers) != len(returns):
        reading.refuse(
            f"scenarios.chances: {len(numbers)} entries, expected {len(returns)}, one a scenario"
        )
    return Scenarios(returns, np.array(numbers or [], dtype=np.float64))


def _cvar(reading: Reading) -> ValueAtRisk | None:
    table = _table(reading, "cvar", (), ("level", "aversion", "limit"))
    if table is None:
        return None
    return ValueAtRisk(
        _number(reading, "cvar", table, ("level", LEVEL), 0.95),
        _number(reading, "cvar", table, ("aversion", AMOUNT), 0.0),
        _number(reading, "cvar", table, ("limit", ANY), None),
    )


def _downside(reading: Reading) -> Downside | None:
    table = _table(reading, "downside", (), ("floor", "aversion", "limit"))
    if table is None:
        return None
    return Downside(
        _number(reading, "downside", table, ("floor", ANY), 0.0),
        _number(reading, "downside", table, ("aversion", AMOUNT), 0.0),
        _number(reading, "downside", table, ("limit", AMOUNT), None),
    )


def _utility(reading: Reading) -> Utility | None:
    table = _table(reading, "utility", ("kind",), ("kind", "weight", "aversion"))
    if table is None or "kind" not in table:
        return None
    if table["kind"] not in KINDS:
        expected = " or ".join(f'"{each}"' for each in KINDS)
        reading.refuse(f"utility.kind: expected {expected}, got {kind(table['kind'])}")
        return None
    return Utility(
        table["kind"],
        _number(reading, "utility", table, ("weight", ABOVE_ZERO), 1.0),
        _number(reading, "utility", table, ("aversion", ABOVE_ZERO), 1.0),
    )


def _means(reading: Reading) -> UncertainMeans | None:
    keys = ("means", "root", "kappa")
    table = _table(reading, "uncertain_means", keys, keys)
    if table is None or any(key not in table for key in keys):
        return None
    means = reading.vector("uncertain_means.means", table["means"])
    root = reading.matrix("uncertain_means.root", table["root"], reading.size, None)
    kappa = reading.scalar("uncertain_means.kappa", table["kappa"])
    return None if means is None or kappa is None else UncertainMeans(means, root, kappa)


def _covariance(reading: Reading) -> UncertainCovariance | None:
    table = _table(reading, "uncertain_covariance", (), ("radius", "specific"))
    if table is None:
        return None
    return UncertainCovariance(
        _number(reading, "uncertain_covariance", table, ("radius", AMOUNT), 0.0),
        _number(reading, "uncertain_covariance", table, ("specific", AMOUNT), 0.0),
    )
