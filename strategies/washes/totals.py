"""Totals as Schedule D has them: short and long, before and after what the rule takes away."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from strategies.washes.nouns import Disposal
from strategies.washes.units import EXACT

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class TermTotal:
    """One part of Form 8949: proceeds, basis, adjustment (code W), gain or loss."""

    proceeds: Decimal
    basis: Decimal
    disallowed: Decimal
    recognised: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Both parts, their sum, and how much of what was disallowed no basis receives."""

    short: TermTotal
    long: TermTotal
    recognised: Decimal
    disallowed: Decimal
    permanently_lost: Decimal


def totals(disposals: Iterable[Disposal]) -> Totals:
    """Add up disposals of taxable accounts."""
    rows = [*disposals]
    return Totals(
        short=_term(row for row in rows if row.term == "short"),
        long=_term(row for row in rows if row.term == "long"),
        recognised=_sum(row.recognised for row in rows),
        disallowed=_sum(row.disallowed for row in rows),
        permanently_lost=_sum(row.permanently_lost for row in rows),
    )


def _term(disposals: Iterable[Disposal]) -> TermTotal:
    rows = [*disposals]
    return TermTotal(
        proceeds=_sum(row.proceeds for row in rows),
        basis=_sum(row.basis for row in rows),
        disallowed=_sum(row.disallowed for row in rows),
        recognised=_sum(row.recognised for row in rows),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, without the rounding of long sums that 28 digits would bring."""
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
