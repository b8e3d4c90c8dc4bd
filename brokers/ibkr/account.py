"""Cash and positions, from what TWS says of one account. Pure.

Account values come as rows of a tag, a value and a currency. Cash of each currency is
``CashBalance``; the row of the currency ``BASE`` is the sum of all and left out.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from brokers.broker import BadAnswer
from brokers.ibkr.fields import SAY_SO, number
from brokers.ibkr.library import Told
from brokers.words import ZERO, Cash, Currency, Position, Symbol

Values = Mapping[tuple[str, str], str]
"""Values by tag and currency."""

ALL = "BASE"
"""The pretended currency of the row that adds all currencies up."""
CASH = "CASH"
"""A position in a currency pair: the same money as the cash."""


def values_of(rows: Sequence[tuple[str, str, str, str, str]], account: str) -> Values:
    """The rows of ``account`` itself: not of a model in it, not of another account."""
    return {
        (tag.removeprefix("$LEDGER-"), currency): value
        for owner, model, tag, value, currency in rows
        if owner == account and not model
    }


def base_of(values: Values) -> Currency:
    """The currency that the account is judged in: that of its net liquidation value."""
    found = {c for tag, c in values if tag == "NetLiquidation" and c not in {"", ALL}}
    if len(found) != 1:
        raise BadAnswer(f"Interactive Brokers: the base currency is one of {sorted(found)}", SAY_SO)
    return Currency(found.pop())


def cash_of(values: Values, *, margin: bool) -> tuple[Cash, ...]:
    """Cash of each currency, and what of it orders may spend; never what is borrowed.

    ``SettledCash`` and ``AvailableFunds`` are told in the base currency, for all currencies
    together, and bound what may be spent of it. With ``margin`` what a sale brought in counts
    before it is settled.
    """
    base = base_of(values)
    bounds = ["AvailableFunds"] if margin else ["AvailableFunds", "SettledCash"]
    told = [number(values[tag, base], tag) for tag in bounds if (tag, base) in values]
    found = []
    for currency in sorted({c for tag, c in values if tag == "CashBalance" and c not in {"", ALL}}):
        amount = number(values["CashBalance", currency], f"the {currency} cash")
        free = [max(each, ZERO) for each in told] if currency == base else []
        found.append(Cash(Currency(currency), amount, min([amount, *free])))
    if not found:
        raise BadAnswer("Interactive Brokers tells no cash at all", SAY_SO)
    return tuple(found)


def accrued_of(values: Values) -> tuple[Cash, ...]:
    """Dividends that are declared and not yet paid, by currency."""
    found = (
        (Currency(currency), number(value, "AccruedDividend"))
        for (tag, currency), value in sorted(values.items())
        if tag in {"AccruedDividend", "NetDividend"} and currency not in {"", ALL}
    )
    most: dict[Currency, Decimal] = {}
    for currency, amount in found:
        most[currency] = max(amount, most.get(currency, ZERO))
    return tuple(Cash(currency, amount, amount) for currency, amount in most.items() if amount)


def rates_of(values: Values) -> Mapping[Currency, Decimal]:
    """IB's own rate from each currency of the account to its base currency."""
    return {
        Currency(currency): rate
        for (tag, currency), value in values.items()
        if tag == "ExchangeRate"
        and currency not in {"", ALL}
        and (rate := number(value, f"the rate of {currency}")) > 0
    }


def positions_of(
    rows: Sequence[tuple[str, Told, float]],
    account: str,
    name_of: Callable[[Told], Symbol],
) -> tuple[Position, ...]:
    """Shares held in ``account``; a currency pair is cash and no position."""
    held: dict[Symbol, Decimal] = {}
    for owner, contract, size in rows:
        if owner != account or contract.secType == CASH:
            continue
        name = name_of(contract)
        quantity = number(size, f"the position in {name}")
        if held.get(name, quantity) != quantity:
            raise BadAnswer(f"Interactive Brokers lists {name} twice", SAY_SO)
        held[name] = quantity
    return tuple(Position(name, held[name]) for name in sorted(held) if held[name])
