"""Can this price be trusted? One list of rules, for the plan and again for each order sent."""

from datetime import datetime
from decimal import Decimal

from bot.limits import Limits
from brokers.words import Quote, is_finite_positive

LEAST, MOST = Decimal("1e-9"), Decimal("1e12")


def is_plausible(number: Decimal) -> bool:
    """Whether a price, a rate or a quantity can be one: no share costs as little or as much."""
    return is_finite_positive(number) and LEAST <= number < MOST


def is_liquid(price: Decimal, adv_shares: Decimal | None, limits: Limits) -> bool:
    """Whether the tighter limits on spread and collar hold: the name trades enough dollars."""
    return adv_shares is not None and adv_shares * price >= limits.liquid_adv_usd


def fault(
    quote: Quote | None,
    close: Decimal | None,
    adv_shares: Decimal | None,
    limits: Limits,
    now: datetime,
) -> str:
    """What is wrong with ``quote``, in words, or an empty string.

    ``close`` is the last adjusted close; without one the size of a jump cannot be judged and
    the name is not traded.
    """
    why = unsound(quote, adv_shares, limits, now)
    return why if why or quote is None else jumped(quote, close, limits)


def unsound(quote: Quote | None, adv_shares: Decimal | None, limits: Limits, now: datetime) -> str:
    """What is wrong with ``quote`` by itself, or an empty string."""
    if quote is None:
        return "it has no quote"
    return _nonsense(quote) or _stale(quote, limits, now) or _wide(quote, adv_shares, limits)


def jumped(quote: Quote, close: Decimal | None, limits: Limits) -> str:
    """How far a sound quote lies from the last adjusted close, where that is too far."""
    if close is None or not is_plausible(close):
        return "it has no last close to judge its price by"
    jump = quote.mid / close - 1
    if abs(jump) > limits.jump_max:
        return f"its price moved {jump:+.0%} since the last close: news or a bad price"
    return ""


def _nonsense(quote: Quote) -> str:
    if not (is_plausible(quote.bid) and is_plausible(quote.ask)):
        return f"its quote is {quote.bid} / {quote.ask}"
    if quote.ask <= quote.bid:
        return f"its quote is crossed or locked: {quote.bid} / {quote.ask}"
    return ""


def _stale(quote: Quote, limits: Limits, now: datetime) -> str:
    age = (now - quote.time).total_seconds()
    if quote.delayed:
        return "its quote is delayed"
    if age > limits.quote_age_seconds:
        return f"its quote is {age:.0f} s old"
    if age < -limits.clock_stop_seconds:
        return f"its quote is {-age:.0f} s in the future"
    return ""


def _wide(quote: Quote, adv_shares: Decimal | None, limits: Limits) -> str:
    liquid = is_liquid(quote.mid, adv_shares, limits)
    widest = limits.spread_max_liquid if liquid else limits.spread_max
    spread = (quote.ask - quote.bid) / quote.mid
    return f"its spread is {spread:.1%}" if spread > widest else ""
