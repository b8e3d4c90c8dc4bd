"""A room and the owner's limits in arrays: the problem that the optimiser is given."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from brokers.words import ZERO, Symbol
from strategies.border.gauge import Case, array, lots_of
from strategies.cash import Room
from strategies.optimize.problem import (
    UNLIMITED,
    Array,
    Exposure,
    Group,
    Lots,
    Problem,
    Tilt,
)
from strategies.policy import Optimizer
from strategies.standing import Standing

CASH_VARIANCE = 1e-8
"""Annual; the optimiser wants every asset to have some."""
AVERSION_MIN = 1e-6
"""Below this nothing but costs would count, and the optimiser wants a little curvature."""
PRESSED = 1e-3
"""How little costs count where trades are wanted whatever they cost, and room is left to rest: then
they go as far as the limits let them."""


def problem(room: Room, case: Case, limits: Optimizer) -> Problem:
    """The room in arrays, shape (n + 1,): the rows in their order, and cash as the last asset.

    With a limit on the tracking error the targets themselves are what is tracked.
    """
    stand, gauge = case.stand, case.gauge
    toward = room.toward
    if limits.tracking_error_max is not None:
        toward = tuple(row.target for row in stand.rows)
    factors = gauge.model.loadings
    aversion = max(float(case.policy.worth.variance_price), AVERSION_MIN)
    pressed = PRESSED if case.presses and not room.whole else 1.0
    costs = pressed * float(limits.cost_aversion)
    return Problem(
        current=array([*(row.weight for row in stand.rows), stand.cash]),
        target=array([*toward, 1 - sum(toward, ZERO)]),
        factors=np.vstack([factors, np.zeros((1, factors.shape[1]))]),
        specific=np.append(gauge.model.specific, CASH_VARIANCE),
        spread=costs * gauge.spread,
        impact=costs * gauge.impact,
        lower=array([*room.lower, room.cash_lower]),
        upper=array([*room.upper, room.cash_upper]),
        risk_aversion=aversion,
        lots=_taxed(_lots(room, case), pressed * float(limits.tax_aversion)),
        groups=_groups(stand, limits),
        turnover=_float(limits.turnover_max),
        cash=len(stand.rows),
        tracking_error=_float(limits.tracking_error_max),
        volatility=_float(limits.volatility_limit),
        exposures=tuple(
            Exposure(e.name, _row(stand, e.coefficients), *_sides(e.low, e.high))
            for e in limits.exposures
        ),
        tilts=tuple(
            Tilt(t.name, _row(stand, t.coefficients), float(t.level), float(t.weight))
            for t in limits.tilts
        ),
        closeness=_closeness(stand, limits),
    )


def _lots(room: Room, case: Case) -> list[Lots]:
    """The lots of all rows that may be sold; those above target were measured before."""
    rows = case.stand.rows
    known = {lots.name: lots for lots in case.gauge.lots}
    found = []
    for place, (row, low) in enumerate(zip(rows, room.lower, strict=True)):
        if low >= row.weight:
            continue
        lots = known.get(place)
        if row.weight <= row.target:
            lots = lots_of(place, case.stand, case.snapshot, case.policy)
        if lots is not None:
            found.append(lots)
    return found


def _taxed(lots: Sequence[Lots], factor: float) -> tuple[Lots, ...]:
    if factor == 1:
        return tuple(lots)
    return tuple(replace(each, taxes=factor * each.taxes) for each in lots)


def _groups(stand: Standing, limits: Optimizer) -> tuple[Group, ...]:
    place = {row.symbol: number for number, row in enumerate(stand.rows)}
    return tuple(
        Group(g.name, tuple(place[m] for m in g.members if m in place), *_sides(g.low, g.high))
        for g in limits.groups
    )


def _sides(low: Decimal | None, high: Decimal | None) -> tuple[float, float]:
    return (
        -UNLIMITED if low is None else float(low),
        UNLIMITED if high is None else float(high),
    )


def _row(stand: Standing, coefficients: Sequence[tuple[Symbol, Decimal]]) -> Array:
    """Coefficients of all rows, and none of cash."""
    known = dict(coefficients)
    return array([*(known.get(row.symbol, ZERO) for row in stand.rows), ZERO])


def _closeness(stand: Standing, limits: Optimizer) -> Array | None:
    if not limits.closeness:
        return None
    return array([*(limits.closeness for _ in stand.rows), ZERO])


def _float(limit: Decimal | None) -> float | None:
    return None if limit is None else float(limit)
