"""By how much an answer breaks each limit of its problem, exactly."""

from collections.abc import Iterator
from decimal import Decimal

from bot.cli.optimizing.exact import ONE, ZERO, Row, dot, minus, row, sum_squares
from strategies.optimize.problem import Exposure, Problem


def squared_tracking_error(problem: Problem, after: Row) -> Decimal:
    """(w-t)'(B B' + diag(D))(w-t)."""
    return _variance(problem, minus(after, row(problem.target)))


def variance(problem: Problem, after: Row) -> Decimal:
    """w'(B B' + diag(D))w."""
    return _variance(problem, after)


def _variance(problem: Problem, weights: Row) -> Decimal:
    own = dot(row(problem.specific), (each * each for each in weights))
    return own + sum_squares(problem.factors, weights)


def breaches(problem: Problem, after: Row, turnover: Decimal) -> Iterator[Decimal]:
    """Each limit of ``problem`` but those of risk; below zero where it is kept."""
    yield abs(sum(after, ZERO) - sum(row(problem.current), ZERO))
    yield from minus(row(problem.lower), after)
    yield from minus(after, row(problem.upper))
    for group in problem.groups:
        held = sum((after[member] for member in group.members), ZERO)
        yield Decimal(group.lower) - held
        yield held - Decimal(group.upper)
    for exposure in problem.exposures:
        yield from _exposure(exposure, after)
    if problem.turnover is not None:
        yield turnover - Decimal(problem.turnover)
    if problem.gross is not None:
        yield sum((abs(weight) for weight in after), ZERO) - Decimal(problem.gross)


def _exposure(exposure: Exposure, after: Row) -> tuple[Decimal, Decimal]:
    """In weight: per unit of the largest coefficient, where that is above one."""
    coefficients = row(exposure.coefficients)
    held, unit = dot(coefficients, after), max(ONE, *(abs(each) for each in coefficients))
    return (Decimal(exposure.lower) - held) / unit, (held - Decimal(exposure.upper)) / unit


def risk_breaches(problem: Problem, after: Row) -> Iterator[Decimal]:
    """The limits of tracking error and volatility, in volatility."""
    if problem.tracking_error is not None:
        error = squared_tracking_error(problem, after).sqrt()
        yield error - Decimal(problem.tracking_error)
    if problem.volatility is not None:
        yield variance(problem, after).sqrt() - Decimal(problem.volatility)
