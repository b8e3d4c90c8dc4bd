"""The tax of a year on its net gains, piece by piece: linear where signs do not change.

With S and L the net short-term and long-term gain and their own losses in them (26 U.S.C. 1222,
1211(b)) the tax is

    S >= 0, L >= 0            ts S + tl L
    S >= 0, L <= 0, net >= 0  ts (S + L)
    S <= 0, L >= 0, net >= 0  tl (S + L)
    net <= 0, above -limit    to (S + L)           the deduction from other income
    net <= -limit             -to limit            the rest is carried on

which is neither convex nor concave in S and L. So each piece is a linear program of its own, and
the best of five is the best.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO
from strategies.policy.taxpayer import Filing
from strategies.taxes.netting import loss_limit
from strategies.taxes.rates import Rates


@dataclass(frozen=True, slots=True)
class Bound:
    """``short`` S + ``long`` L <= ``most``."""

    short: int
    long: int
    most: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Piecewise:
    """Where all ``bounds`` hold the tax is short x S + long x L + fixed."""

    short: Decimal
    long: Decimal
    fixed: Decimal
    bounds: tuple[Bound, ...]


def regions(rates: Rates, filing: Filing) -> Iterator[Piecewise]:
    """All of them; together they cover every year."""
    limit = loss_limit(filing)
    short_up, long_up, net_up = Bound(-1, 0), Bound(0, -1), Bound(-1, -1)
    short_down, long_down, net_down = Bound(1, 0), Bound(0, 1), Bound(1, 1)
    yield Piecewise(rates.short, rates.long, ZERO, (short_up, long_up))
    yield Piecewise(rates.short, rates.short, ZERO, (short_up, long_down, net_up))
    yield Piecewise(rates.long, rates.long, ZERO, (short_down, long_up, net_up))
    small = Bound(-1, -1, limit)
    yield Piecewise(rates.ordinary, rates.ordinary, ZERO, (net_down, small))
    yield Piecewise(ZERO, ZERO, -limit * rates.ordinary, (Bound(1, 1, -limit),))
