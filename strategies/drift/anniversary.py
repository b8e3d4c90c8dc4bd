"""Gains that are soon long-term: a sale is put off where the tax that it spares is worth the wait.

Tax on a short-term gain that a few weeks turn into a long-term one (26 U.S.C. 1222) is held against
what the drift costs in the meantime, by the owner's price of variance. Whatever is urgent goes
before, as with winners in a trend.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.drift.look import Look
from strategies.lots import Lot, queue
from strategies.lots.dates import first_long_day
from strategies.policy import Policy, TaxKind
from strategies.standing import Row
from strategies.taxes import sale_today

CALENDAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Wait:
    """A sale that is put off until ``until``: ``spared`` tax against ``cost`` of the drift.

    ``free`` are the shares that the broker sells before the first lot that waits.
    """

    symbol: Symbol
    free: Decimal
    until: date
    spared: Decimal
    cost: Decimal

    @property
    def words(self) -> str:
        """Why, in a sentence."""
        return (
            f"{self.symbol} is kept until {self.until}, when it is long-term: {self.spared:,.2f} "
            f"less tax, and the drift costs {self.cost:,.2f} until then"
        )


def waits(look: Look, policy: Policy) -> Iterator[Wait]:
    """Names above their bands of which the next lots are soon long-term, where waiting pays."""
    if policy.tax.kind is not TaxKind.TAXABLE or not policy.tax.wait_days:
        return
    for row in look.stand.rows:
        if row.weight > row.high and not row.barred:
            wait = _wait(row, look, policy)
            if wait is not None:
                yield wait


def _wait(row: Row, look: Look, policy: Policy) -> Wait | None:
    """The first lots that bring the name to its target are looked at."""
    today, nav = look.snapshot.session, look.stand.nav
    left = (row.weight - row.target) * nav / row.holding.price
    spared, until, free = ZERO, today, ZERO
    for lot in _next(row, look, policy):
        sold = min(left, lot.quantity)
        left -= sold
        day = first_long_day(lot.acquired)
        if sold <= 0:
            break
        if _gain(lot, row) > 0 and today < day and (day - today).days <= policy.tax.wait_days:
            rate = policy.tax.short_rate - policy.tax.long_rate
            spared += sold * _gain(lot, row) * rate
            until = max(until, day)
        elif not spared:
            free += lot.quantity
    if spared <= 0:
        return None
    cost = _cost(row, look, policy, (until - today).days)
    return Wait(row.symbol, free, until, spared, cost) if spared > cost else None


def _gain(lot: Lot, row: Row) -> Decimal:
    """Of one share; none where the basis is not known."""
    if lot.unit_cost is None:
        return ZERO
    return row.holding.price - lot.unit_cost * row.holding.fx


def _next(row: Row, look: Look, policy: Policy) -> Iterator[Lot]:
    """Its lots in the broker's order."""
    sale = sale_today(row.holding, look.snapshot, policy.tax)
    for place in queue(row.holding.lots, look.snapshot.relief, sale):
        yield row.holding.lots[place]


def _cost(row: Row, look: Look, policy: Policy, days: int) -> Decimal:
    """gamma/2 x NAV x t x (d sigma)^2: what the distance from target costs in so many days."""
    alone = [row.weight - row.target if each is row else ZERO for each in look.stand.rows]
    off = look.deviation(alone)
    years = Decimal(days) / CALENDAR_DAYS
    return policy.worth.gamma / 2 * years * look.stand.nav * off * off
