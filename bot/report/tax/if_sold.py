"""What would change if everything were sold today, at the last prices that the book knows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from brokers.words import ZERO
from strategies.lots import is_long_term
from strategies.taxes.funds import FundGains, long_of
from strategies.washes.matching import WINDOW_DAYS
from strategies.washes.nouns import SELL, TAXABLE, Household, OpenLot, Trade
from strategies.washes.queries import would_wash

Seen = tuple[Decimal, date]
"""A price, and the day on which it was seen."""


@dataclass(frozen=True, slots=True)
class IfSoldRow:
    """One name in all taxable accounts. ``disallowed`` is what wash sales would take of losses.

    ``unknown`` is the worth of shares whose basis is not known: no gain is told of them. Price,
    worth and gains are null where the book knows no price.
    """

    symbol: str
    quantity: Decimal
    basis: Decimal
    price: Decimal | None
    seen: date | None
    value: Decimal | None
    short: Decimal | None
    long: Decimal | None
    disallowed: Decimal | None
    unknown: Decimal | None


@dataclass(frozen=True, slots=True)
class IfSold:
    """Gains by term if all were sold on ``day``, before and after the year so far.

    ``short``, ``long`` and ``disallowed`` are sums over names with a price. ``unpriced`` are the
    others.
    """

    day: date
    short: Decimal
    long: Decimal
    disallowed: Decimal
    unpriced: tuple[str, ...]
    names: tuple[IfSoldRow, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """Lots of ``unknown`` basis, by account and name, and the capital ``gains`` that funds paid."""

    unknown: frozenset[tuple[str, str]]
    gains: FundGains


def if_sold(
    household: Household,
    unknown: frozenset[tuple[str, str]],
    prices: Mapping[str, Seen],
    today: date,
    gains: FundGains,
) -> IfSold:
    """What is held in taxable accounts, as if sold ``today`` at ``prices``, fees aside.

    ``gains`` are capital gains that funds paid: they make young losses long-term.
    """
    held = defaultdict[str, list[OpenLot]](list)
    for lot in household.open_lots:
        if lot.kind == TAXABLE:
            held[lot.symbol].append(lot)
    fresh, facts = _fresh(household, today), _Facts(unknown, gains)
    names = tuple(
        _row(
            household if household.group(symbol) in fresh else None,
            symbol,
            lots,
            facts,
            prices.get(symbol),
            today,
        )
        for symbol, lots in sorted(held.items())
    )
    priced = [row for row in names if row.price is not None]
    return IfSold(
        day=today,
        short=_sum(row.short for row in priced),
        long=_sum(row.long for row in priced),
        disallowed=_sum(row.disallowed for row in priced),
        unpriced=tuple(row.symbol for row in names if row.price is None),
        names=names,
    )


def _fresh(household: Household, today: date) -> frozenset[str]:
    """Groups of which something was bought so lately that it may replace what is sold today."""
    first = today - timedelta(days=WINDOW_DAYS)
    found = {one.symbol for one in household.open_lots if one.acquired >= first}
    for one in (*household.disposals, *household.sheltered):
        if one.sold == today and one.acquired >= first:
            found.add(one.symbol)
    return frozenset(household.group(symbol) for symbol in found)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal("0.00"))


def _row(
    household: Household | None,
    symbol: str,
    lots: Sequence[OpenLot],
    facts: _Facts,
    seen: Seen | None,
    today: date,
) -> IfSoldRow:
    known = [lot for lot in lots if (lot.account, lot.lot) not in facts.unknown]
    quantity = sum((lot.quantity for lot in lots), ZERO)
    basis = sum((lot.basis for lot in known), Decimal("0.00"))
    if seen is None:
        return IfSoldRow(symbol, quantity, basis, None, None, None, None, None, None, None)
    price, day = seen
    young = [lot for lot in known if not is_long_term(lot.held_since, today)]
    old = [lot for lot in known if is_long_term(lot.held_since, today)]
    moved = sum((_long_loss(lot, price, today, facts.gains) for lot in young), ZERO)
    return IfSoldRow(
        symbol=symbol,
        quantity=quantity,
        basis=basis,
        price=price,
        seen=day,
        value=quantity * price,
        short=_gain(young, price) + moved,
        long=_gain(old, price) - moved,
        disallowed=_washed(household, symbol, known, price, today),
        unknown=(quantity - sum((lot.quantity for lot in known), ZERO)) * price,
    )


def _gain(lots: Iterable[OpenLot], price: Decimal) -> Decimal:
    return sum((lot.quantity * price - lot.basis for lot in lots), Decimal("0.00"))


def _long_loss(lot: OpenLot, price: Decimal, today: date, gains: FundGains) -> Decimal:
    """What of the loss of a young lot is long-term, for its fund paid capital gains on it."""
    loss = lot.basis - lot.quantity * price
    paid = gains.get((lot.account, lot.symbol), ())
    return ZERO if loss <= 0 else long_of(loss, lot.quantity, (lot.acquired, today), paid)


def _washed(
    household: Household | None, symbol: str, lots: Sequence[OpenLot], price: Decimal, today: date
) -> Decimal:
    """What buys of the last 30 days would take of the losses, account by account.

    None for ``household`` where there were no such buys.
    """
    if household is None:
        return Decimal("0.00")
    losing = (lot for lot in lots if lot.quantity * price < lot.basis)
    return sum(
        (
            washed.deferred + washed.lost
            for sale in _sales(symbol, losing, price, today)
            for washed in (would_wash(household, sale),)
        ),
        Decimal("0.00"),
    )


def _sales(symbol: str, lots: Iterable[OpenLot], price: Decimal, today: date) -> Iterator[Trade]:
    """One sale an account, of its losing lots."""
    by_account = defaultdict[str, list[OpenLot]](list)
    for lot in lots:
        by_account[lot.account].append(lot)
    for account, some in by_account.items():
        names = [*dict.fromkeys(lot.lot for lot in some)]
        shares = sum((lot.quantity for lot in some), ZERO)
        yield Trade(
            day=today,
            account=account,
            kind=TAXABLE,
            symbol=symbol,
            side=SELL,
            quantity=shares,
            price=price,
            fee=ZERO,
            lot=";".join(names),
            order="",
        )
