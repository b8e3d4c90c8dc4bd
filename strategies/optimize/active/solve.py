"""The search: what binds, from a guess; who helps where that fails; and the certificate."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from strategies.optimize.active.aims import Aim, Return
from strategies.optimize.active.certificate import relative_gap, size_of
from strategies.optimize.active.edge import contradiction, most_return
from strategies.optimize.active.interior import Inner
from strategies.optimize.active.kinks import Guess, Kinked, pivot_kinked
from strategies.optimize.active.pivoting import ROUNDS_MAX
from strategies.optimize.active.quadratic import Quadratic
from strategies.optimize.active.stand_in import missed, stand_in
from strategies.optimize.active.system import Singular, States, Unsided
from strategies.optimize.problem import Array
from strategies.risk.model import FactorModel, variances

GAP_MAX = 1e-9
"""Above this the answer of an active set is doubted, and the interior point method is asked."""
VIOLATION_MAX = 1e-9
LOADINGS = (0.0, 1e-12)
"""Shares of each variance that are added, in turn, where the covariance has no inverse."""
SHORT = 1e-12
"""Return that may be missing through rounding."""
NEAR = 1e-7
"""Weight from a bound at which an answer that is nearly right counts as on it."""
ENOUGH = 1e-11
"""Gap that needs no polish."""
POLISHING = 10
"""Rounds that a polish may take."""
POLISHED, CLOSE = 3, 1e-6
"""Points of a search that are polished: the first few, and those with a gap like that."""
CASH = 0.1
"""Of the mean variance: what a name without any is taken to have where it is lent some."""
SNAP = 1e-10
"""Weight from a bound, or from the centre of a limit, that is moved onto it."""

Status = Literal["optimal", "feasible", "infeasible"]


@dataclass(frozen=True, slots=True)
class Answer:
    """``weights`` (n,) at a ``price`` of return, with the certificate.

    ``gap`` is (objective - bound) / (variance / 2 + |price x return|); ``names`` and ``rows`` say
    what binds, to start the next search from. ``why`` names the limits that contradict each other
    where it is "infeasible".
    """

    status: Status
    weights: Array
    price: float
    gap: float
    violation: float
    names: States
    rows: States
    why: str = ""


def minimise(quadratic: Quadratic, aim: Aim, start: Answer | None = None) -> Answer:
    """The point of the frontier that ``aim`` names; ``start`` is the answer to one like it.

    The covariance must be one: no negative variance in any direction (``dense.from_covariance``
    repairs an estimate).
    """
    guesses = [(start, 0.0)] if start is not None and start.status != "infeasible" else []
    for guess, loading in (*guesses, *((None, share) for share in LOADINGS)):
        try:
            found = _by_active_set(quadratic, aim, guess, loading)
        except Unsided:
            break  # which no loading changes
        except Singular:
            continue
        if _is_good(found):
            return found
    return _with_help(quadratic, aim)


def _is_good(answer: Answer) -> bool:
    return answer.gap <= GAP_MAX and answer.violation <= VIOLATION_MAX


def _by_active_set(
    quadratic: Quadratic,
    aim: Aim,
    guess: Answer | None,
    loading: float,
    rounds_max: int = ROUNDS_MAX,
) -> Answer:
    """What pivoting finds, with ``loading`` of each variance added while it searches.

    Raises ``Singular``.
    """
    if guess is None:
        begin = Guess(_fixed(quadratic), np.zeros(len(quadratic.rows.low), np.int8))
    else:
        begin = Guess(guess.names, guess.rows, guess.price, guess.weights, rounds_max)
    return _answer(quadratic, aim, pivot_kinked(_loaded(quadratic, loading), aim, begin))


def _loaded(quadratic: Quadratic, share: float) -> Quadratic:
    """So little that no figure shows it, and enough for names that repeat each other.

    A name without variance is lent a small share of the mean one.
    """
    if not share:
        return quadratic
    covariance, own = quadratic.covariance, variances(quadratic.covariance)
    more = share * np.where(own > 0, own, CASH * own.mean())
    if isinstance(covariance, FactorModel):
        return replace(
            quadratic, covariance=replace(covariance, specific=covariance.specific + more)
        )
    return replace(quadratic, covariance=covariance + np.diag(more))


def _fixed(quadratic: Quadratic) -> States:
    """Free, but for names that have no room."""
    return np.where(quadratic.lower == quadratic.upper, -1, 0).astype(np.int8)


def _answer(quadratic: Quadratic, aim: Aim, found: Kinked) -> Answer:
    settled = found.settled
    weights = _whole(quadratic, settled.point.weights(settled.price))
    rows = settled.rows[: len(quadratic.rows.low)]
    inner = Inner(weights, settled.price, found.row_prices, found.kappas)
    return _proven(quadratic, aim, inner, settled.names, rows)


def _proven(quadratic: Quadratic, aim: Aim, found: Inner, names: States, rows: States) -> Answer:
    """With its certificate."""
    weights, price = found.weights, found.price
    gap = relative_gap(quadratic, weights, price, found.row_prices, found.kappas)
    gap += missed(quadratic, aim, weights, price) / size_of(quadratic, weights, price)
    return Answer("optimal", weights, price, gap, quadratic.violation(weights), names, rows)


def _whole(quadratic: Quadratic, weights: Array) -> Array:
    """Within the bounds, and the budget to the last digit: the widest name takes the rounding."""
    kept = np.clip(weights, quadratic.lower, quadratic.upper)
    room = np.minimum(kept - quadratic.lower, quadratic.upper - kept)
    widest = int(np.argmax(room))
    kept[widest] += float(quadratic.rows.high[0] - quadratic.rows.matrix[0] @ kept)
    return kept


def _with_help(quadratic: Quadratic, aim: Aim) -> Answer:
    """The interior point method's answer, polished where it can be."""
    best: Answer | None = None
    for number, found in enumerate(stand_in(quadratic, aim)):
        rough = _rough(quadratic, aim, found)
        best = rough if best is None else _better(best, rough)
        if number < POLISHED or rough.gap <= CLOSE:
            best = _better(best, _polished(quadratic, aim, rough))
        if _is_good(best):
            return best
    assert best is not None  # the stand-in always says something
    if not _keeps(best) and (why := _why_not(quadratic, aim)) is not None:
        return _none(quadratic, why)
    return best


def _polished(quadratic: Quadratic, aim: Aim, rough: Answer) -> Answer:
    """What an active set makes of an answer that is nearly right; the same where it makes none."""
    best = rough
    for loading in LOADINGS:
        if _keeps(best) and best.gap <= ENOUGH:
            break
        try:
            best = _better(best, _by_active_set(quadratic, aim, rough, loading, POLISHING))
        except Singular:
            continue
    return best


def _better(one: Answer, other: Answer) -> Answer:
    """The one that keeps the limits, or else has the smaller gap."""
    if _keeps(one) != _keeps(other):
        return one if _keeps(one) else other
    return one if one.gap <= other.gap else other


def _keeps(answer: Answer) -> bool:
    return answer.violation <= VIOLATION_MAX and answer.gap < np.inf


def _why_not(quadratic: Quadratic, aim: Aim) -> str | None:
    """Why there is no answer, if there is none."""
    most = most_return(quadratic)
    if most is None:
        return contradiction(quadratic)
    if isinstance(aim, Return) and aim.of > most + SHORT:
        return f"the limits allow a return of {most:g} at most, not {aim.of:g}"
    return None


def _rough(quadratic: Quadratic, aim: Aim, found: Inner) -> Answer:
    """An interior point, moved onto the bounds that it is nearly at where that is as good."""
    within = replace(found, weights=np.clip(found.weights, quadratic.lower, quadratic.upper))
    answer = _placed(quadratic, aim, within)
    moved = replace(within, weights=_whole(quadratic, _snapped(quadratic, within.weights)))
    there = _placed(quadratic, aim, moved)
    as_good = there.gap <= max(answer.gap, GAP_MAX)
    return there if as_good and there.violation <= max(answer.violation, SNAP) else answer


def _placed(quadratic: Quadratic, aim: Aim, found: Inner) -> Answer:
    """With the names and rows that it is nearly at."""
    names = np.zeros(quadratic.size, np.int8)
    names[found.weights >= quadratic.upper - NEAR] = 1
    names[found.weights <= quadratic.lower + NEAR] = -1
    at = quadratic.rows.matrix @ found.weights
    rows = np.zeros(len(at), np.int8)
    rows[at <= quadratic.rows.low + NEAR] = -1
    rows[at >= quadratic.rows.high - NEAR] = 1
    return _proven(quadratic, aim, found, names, rows)


def _snapped(quadratic: Quadratic, weights: Array) -> Array:
    """On their bound, or on the centre of a limit, where they all but are."""
    lower, upper = quadratic.lower, quadratic.upper
    weights = np.where(weights < lower + SNAP, lower, weights)
    weights = np.where(weights > upper - SNAP, upper, weights)
    for limit in quadratic.absolute:
        inside = (limit.centre >= lower) & (limit.centre <= upper)
        near = np.abs(weights - limit.centre) <= SNAP
        weights = np.where(inside & near, limit.centre, weights)
    return np.asarray(weights, dtype=np.float64)


def _none(quadratic: Quadratic, why: str) -> Answer:
    nothing = np.full(quadratic.size, np.nan)
    names = np.zeros(quadratic.size, np.int8)
    rows = np.zeros(len(quadratic.rows.low), np.int8)
    return Answer("infeasible", nothing, 0.0, np.inf, np.inf, names, rows, why)
