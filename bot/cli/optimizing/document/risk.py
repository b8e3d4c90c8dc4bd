"""How prices move together: factors, or a dense covariance that is turned into them."""

from dataclasses import dataclass

import numpy as np

from bot.cli.optimizing.document.reading import Reading
from strategies.optimize.dense import from_covariance
from strategies.optimize.problem import Array, BadProblem

FACTOR_KEYS = ("factors", "specific")
DOUBT = "uncertain_covariance"


@dataclass(frozen=True, slots=True)
class Covariance:
    """``factors`` (n, k) and ``specific`` (n,), with what was repaired on the way."""

    factors: Array
    specific: Array
    repairs: tuple[str, ...] = ()


def covariance(reading: Reading) -> Covariance:
    """From ``factors`` and ``specific``, or from ``covariance``; one of the two must be given."""
    given = [key for key in FACTOR_KEYS if key in reading.document]
    if "covariance" not in reading.document:
        for key in FACTOR_KEYS:
            if key not in given:
                reading.refuse(f'the key "{key}" is missing')
        return _from_factors(reading)
    for key in given:
        reading.refuse(f"{key}: give it, or covariance, but not both")
    if reading.document.get(DOUBT) is not None:
        reading.refuse(
            f"{DOUBT}: needs factors and specific; a covariance has no loadings to doubt"
        )
    return _from_dense(reading)


def _from_factors(reading: Reading) -> Covariance:
    """No rows at all where there are no factors."""
    factors = reading.matrix("factors", reading.document.get("factors", []), reading.size, None)
    specific = None
    if "specific" in reading.document:
        specific = reading.vector("specific", reading.document["specific"], negative=False)
    return Covariance(factors, np.zeros(reading.size) if specific is None else specific)


def _from_dense(reading: Reading) -> Covariance:
    before, size = len(reading.faults), reading.size
    rows = reading.matrix("covariance", reading.document["covariance"], size, size)
    nothing = Covariance(np.zeros((size, 0)), np.zeros(size))
    if len(reading.faults) > before:
        return nothing
    try:
        dense = from_covariance(rows)
    except BadProblem as exc:
        reading.refuse(str(exc))
        return nothing
    return Covariance(dense.factors, dense.specific, dense.repairs)
