"""Short-term losses that are long-term because a fund paid capital gains on the shares.

A loss on shares of a fund held for six months or less is long-term as far as the fund paid capital
gain dividends on them (26 U.S.C. 852(b)(4)(A); Pub. 550, "Mutual fund shares held 6 months or
less"). Days are counted from the purchase itself: those of a wash sale before it do not count
((C), 246(c)(3)(B)). Of the loss only what the wash-sale rule leaves is looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from brokers.words import ZERO
from strategies.taxes.dividends import fund_loss
from strategies.taxes.term import Term
from strategies.washes.nouns import Disposal

FundGains = Mapping[tuple[str, str], tuple[tuple[date, Decimal], ...]]
"""Capital gain dividends of one share, by account and symbol: the day of payment, the amount."""

FINE = Decimal("1e-12")
SHARES = Decimal("1e-9")


def as_long(one: Disposal, gains: FundGains) -> Decimal:
    """How much of the loss of ``one`` that counts is long-term, positive."""
    if one.recognised >= 0 or one.term != Term.SHORT:
        return ZERO
    paid = gains.get((one.account, one.symbol), ())
    return long_of(-one.recognised, one.quantity, (one.acquired, one.sold), paid)


def long_of(
    loss: Decimal,
    shares: Decimal,
    held: tuple[date, date],
    paid: Iterable[tuple[date, Decimal]],
) -> Decimal:
    """How much of a short-term ``loss`` (positive) on ``shares`` is long-term.

    ``held`` from the day of purchase to that of the sale; ``paid`` are the capital gain dividends
    of one share. Brokers tell the day of payment and not the ex-date: what is paid after the sale
    is left out.
    """
    bought, sold = held
    each = sum((amount for day, amount in paid if bought < day <= sold), ZERO)
    if not each:
        return ZERO
    return fund_loss(loss, bought, sold, capital_gains=each * shares).long


def with_fund_gains(sold: Iterable[Disposal], gains: FundGains) -> tuple[Disposal, ...]:
    """``sold``, each with what of its loss is long-term."""
    if not gains:
        return tuple(sold)
    found = ((one, as_long(one, gains)) for one in sold)
    return tuple(replace(one, as_long=long) if long else one for one, long in found)


def by_character(one: Disposal) -> tuple[Disposal, ...]:
    """``one`` as a row of each part of Form 8949: what is long-term first, then the rest.

    Shares are divided as the loss is; proceeds and bases add up to those of ``one``.
    """
    if not one.as_long:
        return (one,)
    if one.as_long >= -one.gain:
        return (replace(one, term=Term.LONG.value, as_long=ZERO),)
    share = one.as_long / -one.gain
    proceeds = (one.proceeds * share).quantize(FINE)
    long = replace(
        one,
        term=Term.LONG.value,
        quantity=(one.quantity * share).quantize(SHARES),
        proceeds=proceeds,
        basis=proceeds + one.as_long,
        gain=-one.as_long,
        disallowed=ZERO,
        permanently_lost=ZERO,
        recognised=-one.as_long,
        unreplaced=ZERO,
        moves=(),
        as_long=ZERO,
    )
    rest = replace(
        one,
        quantity=one.quantity - long.quantity,
        proceeds=one.proceeds - proceeds,
        basis=one.basis - long.basis,
        gain=one.gain - long.gain,
        recognised=one.recognised - long.recognised,
        as_long=ZERO,
    )
    return (long, rest)
