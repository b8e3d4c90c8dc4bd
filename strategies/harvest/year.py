"""The year so far: what the household has realised, and what one more sale changes of its tax."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from brokers.words import ZERO
from strategies.harvest.nouns import Taxes, Wishes
from strategies.taxes.deferral import deferred
from strategies.taxes.netting import Saving, saving, year
from strategies.taxes.term import Term
from strategies.washes.home import Home


def realised(home: Home, of: int) -> tuple[Decimal, Decimal]:
    """Net short-term and long-term gain of the year ``of`` that counts, as far as it is known.

    Sales of lots whose basis is no fact are left out.
    """
    sold = [
        one
        for one in home.ledger.disposals
        if one.sold.year == of and (one.account, one.lot) not in home.unsure
    ]
    return (
        _sum(one.recognised + one.as_long for one in sold if one.term == Term.SHORT),
        _sum(one.recognised for one in sold if one.term == Term.LONG)
        - _sum(one.as_long for one in sold),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def after(taxes: Taxes, short: Decimal, long: Decimal) -> Taxes:
    """The year with these gains in it, too; losses below zero."""
    return replace(taxes, short=taxes.short + short, long=taxes.long + long)


def saved(taxes: Taxes, short: Decimal, long: Decimal) -> Saving:
    """What gains (losses below zero) change: this year's tax, and what is carried on."""
    more = after(taxes, short, long)
    before, then = (
        year(each.short, each.long, each.brought, each.filing) for each in (taxes, more)
    )
    return saving(before, then, taxes.rates)


def later(loss: Decimal, found: Saving, taxes: Taxes, wishes: Wishes) -> Decimal:
    """Today's worth of the tax that a lower basis brings, on the loss that saved tax this year.

    The loss that is carried on is left out on both sides: it can at the latest meet the very gain
    that the lower basis makes.
    """
    used = loss - found.later.total
    if used <= 0:
        return ZERO
    terms = (wishes.horizon_years, wishes.growth, wishes.discount)
    return deferred(used, found.now, taxes.rates, *terms).later_today
