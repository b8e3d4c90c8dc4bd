"""Raise cash at the least present value of tax: from which accounts, and from which lots.

What must be distributed this year comes first. For the rest each piece of the year's tax is one
linear program over dollars from every lot and account, with a certificate of its own; the cheapest
piece is the answer, and the least of all bounds is its bound. ``settled.py`` makes shares of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from brokers.words import ZERO
from strategies.distributions.lots import Piece
from strategies.distributions.netted import Piecewise, regions
from strategies.distributions.settled import Raised, Solved, settled
from strategies.distributions.sources import Store, Tap, Wanted, of_lots, of_stores
from strategies.location.program import Program, Row, solve
from strategies.taxes.errors import BadTax

CENT = Decimal("0.01")
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Case:
    """What is wanted beside what is required: ``need`` in hand, ``room`` below the ceiling."""

    taps: tuple[Tap, ...]
    wanted: Wanted
    need: Decimal
    room: Decimal | None


def withdraw(pieces: Sequence[Piece], stores: Sequence[Store], wanted: Wanted) -> Raised:
    """The cheapest way; raises ``BadTax`` where all sources together bring too little.

    Shares are rounded up, so a little more than the amount may be in hand.
    """
    forced = sum((one.required for one in stores), ZERO)
    room = wanted.brackets.room
    left = None if room is None else max(ZERO, room - forced)
    taps = (*of_lots(pieces, wanted), *of_stores(stores, wanted, left))
    need = max(ZERO, wanted.amount - in_hand(stores, wanted))
    case = Case(taps, wanted, need, left)
    solved = _cheapest(case) if need else Solved((0.0,) * len(taps), ZERO)
    return settled(pieces, stores, wanted, taps, solved)


def in_hand(stores: Sequence[Store], wanted: Wanted) -> Decimal:
    """What is left of everything that is required, after its tax."""
    forced = sum((one.required for one in stores), ZERO)
    penalty = sum((one.required * one.penalty for one in stores), ZERO)
    return forced - wanted.brackets.tax(forced) - penalty


def _cheapest(case: Case) -> Solved:
    rates, filing = case.wanted.payer.rates, case.wanted.filing
    asked = (_program(case, piece) for piece in regions(rates, filing))
    found = [answer for one in asked if (answer := solve(one)) is not None]
    if not found:
        raise _too_much(case)
    best = min(found, key=lambda answer: _given_up(case.taps, answer.x))
    gap = _given_up(case.taps, best.x) - min(-answer.bound for answer in found)
    return Solved(best.x, Decimal(float(max(Fraction(0), gap))).quantize(CENT))


def _given_up(taps: Sequence[Tap], x: Sequence[float]) -> Fraction:
    pairs = zip(taps, x, strict=True)
    return sum((Fraction(tap.worth) * Fraction(amount) for tap, amount in pairs), Fraction(0))


def _program(case: Case, piece: Piecewise) -> Program:
    """Least worth given up, with what is needed in hand after the tax of this piece."""
    taps, wanted = case.taps, case.wanted
    short, long = wanted.nets
    fixed = piece.short * short + piece.long * long + piece.fixed
    hand = {
        n: tap.hand - piece.short * tap.short - piece.long * tap.long for n, tap in enumerate(taps)
    }
    rows = [Row(hand, case.need - wanted.owed + fixed), *_ceiling(case)]
    for bound in piece.bounds:
        parts = {n: bound.short * tap.short + bound.long * tap.long for n, tap in enumerate(taps)}
        level = bound.most - bound.short * short - bound.long * long
        rows.append(Row(parts, level, is_equal=False))
    return Program(tuple(-tap.worth for tap in taps), tuple(tap.most for tap in taps), tuple(rows))


def _ceiling(case: Case) -> Iterator[Row]:
    """Below the ceiling all accounts together; of one account no more than it has."""
    low = {n: tap for n, tap in enumerate(case.taps) if tap.is_low}
    if case.room is None or not low:
        return
    yield Row(dict.fromkeys(low, ONE), case.room, is_equal=False)
    for n, tap in enumerate(case.taps):
        below = [m for m, other in low.items() if other.whose == tap.whose]
        if not tap.is_lot and n not in low and below:
            yield Row(dict.fromkeys([n, *below], ONE), tap.most, is_equal=False)


def _too_much(case: Case) -> BadTax:
    """How much could be raised at most, with everything that may be used."""
    most = Fraction(0)
    for piece in regions(case.wanted.payer.rates, case.wanted.filing):
        asked = _program(case, piece)
        hand, *rest = asked.rows
        gain = tuple(hand.parts[n] for n in range(len(case.taps)))
        answer = solve(Program(gain, asked.upper, tuple(rest)))
        if answer is not None:
            most = max(most, answer.bound - Fraction(hand.level) + Fraction(case.need))
    missing = case.need - Decimal(float(most)).quantize(CENT)
    return BadTax(
        f"{case.wanted.amount} cannot be raised: {missing} is missing",
        "ask for less, raise the ceiling, or tell of more accounts",
    )
