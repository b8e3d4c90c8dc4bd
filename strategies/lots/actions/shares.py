"""Shares in another number: to nine places, and neither shares nor basis lost on the way.

Rounding is of running totals, so that the lots add up to what the whole position becomes.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from brokers.words import ZERO, Merger, SpinOff, Split
from strategies.lots.choose import choose
from strategies.lots.errors import BadAction
from strategies.lots.nouns import Cause, Lot, Realized, Rules

PLACES = 9
SIMPLE = 1000
NEARLY = Fraction(1, 10**8)


def exact_ratio(ratio: Decimal) -> Fraction:
    """New shares for one old one; 0.333333333 is one for three."""
    told = Fraction(ratio)
    simple = told.limit_denominator(SIMPLE)
    return simple if abs(simple - told) <= NEARLY * told else told


def nine_places(shares: Fraction) -> Decimal:
    """``shares`` to nine places, half to even, without the zeros at its end."""
    number = Decimal(round(shares * 10**PLACES)).scaleb(-PLACES).normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def stretched(lots: Sequence[Lot], ratio: Decimal) -> tuple[Lot, ...]:
    """Every share becomes ``ratio`` shares, as a broker tells it."""
    return stretched_by(lots, exact_ratio(ratio))


def stretched_by(lots: Sequence[Lot], exact: Fraction) -> tuple[Lot, ...]:
    """Every share becomes ``exact`` shares; the basis of each lot stays what it was.

    A lot of which less than half a billionth of a share is left gives its basis to a neighbour.
    Empty where nothing at all is left.
    """
    held, told = Fraction(0), ZERO
    made: list[Lot] = []
    vanished: list[Lot] = []
    for lot in lots:
        held += Fraction(lot.quantity)
        total = nine_places(held * exact)
        quantity, told = total - told, total
        if quantity:
            made.append(_as_shares(lot, quantity, (lot, *vanished)))
            vanished = []
        else:
            vanished.append(lot)
    if vanished and made:
        made[-1] = _as_shares(made[-1], made[-1].quantity, (made[-1], *vanished))
    return tuple(made)


def _as_shares(lot: Lot, quantity: Decimal, sources: Sequence[Lot]) -> Lot:
    """``lot`` as ``quantity`` shares with the basis of all ``sources``."""
    costs = [source.cost for source in sources]
    known = [cost for cost in costs if cost is not None]
    unit = sum(known, ZERO) / quantity if len(known) == len(costs) else None
    return replace(lot, quantity=quantity, unit_cost=unit)


def pay_fraction(
    lots: tuple[Lot, ...], action: Split | SpinOff | Merger, rules: Rules
) -> tuple[tuple[Lot, ...], tuple[Realized, ...]]:
    """Whole shares, and what was realized where the fraction was paid out in cash.

    The fraction is received and then sold (Rev. Rul. 66-365, 1966-2 C.B. 116), from the lots that
    the account's own method takes first.
    """
    cash = action.cash_in_lieu
    if cash is None or not lots:
        return lots, ()
    total = sum((lot.quantity for lot in lots), ZERO)
    fraction = total - total.to_integral_value(ROUND_DOWN)
    if not fraction:
        raise BadAction(
            f"{action.symbol}: {action.action_id} pays {cash} in lieu of a fraction, and"
            f" {total} shares leave none",
            "compare its ratio, and the shares held before it, with the broker's statement",
        )
    price = cash / fraction
    sale = rules.sale(action.effective, price)
    sold, kept = choose(lots, fraction, lots[0].symbol, rules, sale)
    paid = _shared_out(cash, [lot.quantity for lot in sold])
    realized = (
        Realized(
            lot.lot_id,
            lot.symbol,
            lot.quantity,
            part,
            lot.cost,
            lot.acquired,
            action.effective,
            Cause.CASH_IN_LIEU,
        )
        for lot, part in zip(sold, paid, strict=True)
    )
    return kept, tuple(realized)


def _shared_out(cash: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """``cash`` by ``shares``; what rounding leaves goes to the last, so that the sum is exact."""
    total = sum(shares, ZERO)
    parts = [cash * share / total for share in shares[:-1]]
    return [*parts, cash - sum(parts, ZERO)]
