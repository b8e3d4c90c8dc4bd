"""Capital gains that funds paid to the accounts of a household, for each share that got them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from brokers.words import USD, ZERO, CashFlow, FlowKind, Symbol
from strategies.lots import TRADE_ZONE, Ledger
from strategies.taxes.funds import FundGains
from strategies.taxes.term import Term, is_six_months_or_less
from strategies.washes.nouns import Disposal

Dividends = Mapping[tuple[str, str], tuple[date, ...]]
"""Days on which anything was paid on a symbol in an account, but for what are capital gains."""


def fund_gains(flows: Iterable[tuple[str, CashFlow, Ledger]]) -> FundGains:
    """By account and symbol, the oldest first; ``flows`` are each with its account's own lots.

    What was paid is divided by the shares that were held on the day before.
    """
    found = defaultdict[tuple[str, str], list[tuple[date, Decimal]]](list)
    for account, flow, plain in flows:
        if flow.kind is not FlowKind.CAPITAL_GAIN or flow.symbol is None or flow.currency != USD:
            continue
        day = flow.time.astimezone(TRADE_ZONE).date()
        shares = held_before(plain, flow.symbol, day)
        if shares > 0:
            found[account, str(flow.symbol)].append((day, flow.amount / shares))
    return {key: tuple(sorted(paid)) for key, paid in found.items()}


def dividends(flows: Iterable[tuple[str, CashFlow, Ledger]]) -> Dividends:
    """By account and symbol; brokers do not always tell what of them was a capital gain."""
    found = defaultdict[tuple[str, str], list[date]](list)
    for account, flow, _ in flows:
        if flow.kind is FlowKind.DIVIDEND and flow.symbol is not None and flow.amount > 0:
            day = flow.time.astimezone(TRADE_ZONE).date()
            found[account, str(flow.symbol)].append(day)
    return {key: tuple(days) for key, days in found.items()}


def perhaps_long(sold: Iterable[Disposal], paid: Dividends, gains: FundGains) -> Iterator[str]:
    """Young losses on what paid dividends, of which nobody told whether they were gains."""
    found = defaultdict[str, set[str]](set)
    for one in sold:
        key = (one.account, one.symbol)
        is_young_loss = (
            one.recognised < 0
            and one.term == Term.SHORT
            and key not in gains
            and is_six_months_or_less(one.acquired, one.sold)
        )
        if is_young_loss and any(one.acquired < day <= one.sold for day in paid.get(key, ())):
            found[one.account].add(one.symbol)
    for account, symbols in sorted(found.items()):
        yield (
            f"{account}: {', '.join(sorted(symbols))}: sold at a loss within six months, and"
            " dividends were paid on it. Where it is a fund and they were capital gains (box 2a of"
            " Form 1099-DIV), as much of the loss is long-term (26 U.S.C. 852(b)(4)(A))"
        )


def held_before(plain: Ledger, symbol: Symbol, day: date) -> Decimal:
    """Shares that were bought before ``day`` and not sold before it."""
    still = sum((lot.quantity for lot in plain.lots.get(symbol, ()) if lot.acquired < day), ZERO)
    gone = (
        one.quantity
        for one in plain.realized
        if one.symbol == symbol and one.acquired < day <= one.sold
    )
    return still + sum(gone, ZERO)
