"""Sums of 50 decimal digits, over the numbers of a problem as the binary numbers they are.

Shared by everything that checks an answer again; the caller sets the digits.
"""

from collections.abc import Iterable
from decimal import Decimal

from strategies.optimize.problem import Array

DIGITS = 50
ZERO, ONE = Decimal(0), Decimal(1)
Row = tuple[Decimal, ...]


def row(values: Iterable[float]) -> Row:
    """The numbers as they are."""
    return tuple(Decimal(float(value)) for value in values)


def dot(left: Iterable[Decimal], right: Iterable[Decimal]) -> Decimal:
    """The sum of the products."""
    return sum((a * b for a, b in zip(left, right, strict=True)), ZERO)


def minus(left: Row, right: Row) -> Row:
    """The differences."""
    return tuple(a - b for a, b in zip(left, right, strict=True))


def sum_squares(factors: Array, values: Row) -> Decimal:
    """|factors' values|^2, ``factors`` of shape (n, k)."""
    return sum((dot(row(column), values) ** 2 for column in factors.T), ZERO)


def power(size: Decimal, exponent: float) -> Decimal:
    """size^exponent, at or above zero."""
    if size == 0:
        return ZERO
    return size * size.sqrt() if exponent == 1.5 else size ** Decimal(exponent)  # noqa: PLR2004
