"""Why there is a plan, in words: each kind of reason as the end of a sentence, and in two words."""

from typing import assert_never

from bot.report.amounts import money, number, percent, percents
from brokers.words import Currency
from strategies.drift import (
    CalendarDue,
    CashToInvest,
    CashToRaise,
    Concentrated,
    CorrelationsChanged,
    Drifted,
    FarOff,
    FirstAllocation,
    HarvestPays,
    LimitBroken,
    Reason,
    TotalDrift,
)

OfName = Drifted | FarOff | Concentrated
OfAccount = LimitBroken | TotalDrift | CorrelationsChanged
OfOwner = CalendarDue | CashToInvest | CashToRaise | FirstAllocation

PER = {"tracking-error": " a year", "volatility": " a year", "value-at-risk": " in a day"}
"""What the figures of a limit are for."""


def reason_text(reason: Reason, base: Currency) -> str:
    """One reason, as the end of a sentence; amounts are in ``base``."""
    match reason:
        case Drifted() | FarOff() | Concentrated():
            return _name_text(reason)
        case LimitBroken() | TotalDrift() | CorrelationsChanged():
            return _account_text(reason)
        case HarvestPays():
            return _harvest_text(reason, base)
        case _:
            return _owner_text(reason, base)


def _name_text(reason: OfName) -> str:
    match reason:
        case Drifted(symbol, weight, target, low, high):
            at, least, most = percents(weight, low, high)
            side = "over" if weight > high else "under"
            aim = percent(target)
            return f"{symbol} is {at}, {side} its band of {least} to {most} (target {aim})"
        case FarOff(symbol, weight, target, limit):
            off, most = percents(abs(weight - target), limit, unit="pt")
            return f"{symbol} is {off} away from target, {most} at most"
        case Concentrated(symbol, weight, target, limit):
            times = number(weight / target) if target else "many"
            return f"{symbol} is {times} times its target, {number(limit)} times at most"
        case _:
            assert_never(reason)


def _harvest_text(reason: HarvestPays, base: Currency) -> str:
    lost, net = money(reason.loss, base), money(reason.net, base)
    return f"{reason.symbol} stands at a loss of {lost}, worth {net} after all costs: {reason.why}"


def _account_text(reason: OfAccount) -> str:
    match reason:
        case LimitBroken():
            return _limit_text(reason)
        case TotalDrift(drift, limit, in_crisis):
            off, most = percents(drift, limit, unit="pt")
            when = " in a crisis" if in_crisis else ""
            return f"all names together are {off} away from target, {most} at most{when}"
        case CorrelationsChanged(change, limit, before, now, since):
            changed = f"{number(change)} since {since}, {number(limit)} at most"
            return (
                f"correlations have changed by {changed}; "
                f"their average was {number(before)} and is {number(now)}"
            )
        case _:
            assert_never(reason)


def _limit_text(reason: LimitBroken) -> str:
    """``volatility is 18.20 % a year, 15.00 % at most``, and what could be reached if that is more.

    An exposure is no share: it is told as it is.
    """
    amounts = [reason.value, reason.limit]
    if reason.reach is not None and not reason.can_be_kept:
        amounts.append(reason.reach)
    is_share = reason.measure != "exposure"
    value, limit, *best = percents(*amounts) if is_share else map(number, amounts)
    said = f"{reason.title} is {value}{PER.get(reason.measure, '')}, {limit} at {reason.side}"
    return f"{said}; trades within the bands bring it to {best[0]} at best" if best else said


def _owner_text(reason: OfOwner, base: Currency) -> str:
    match reason:
        case CalendarDue(period, last):
            since = f"last trade {last}" if last else "never traded before"
            return f"the {period.value} rebalance is due ({since})"
        case CashToInvest(amount):
            return f"there is {money(amount, base)} of cash to invest"
        case CashToRaise(amount):
            return f"there is {money(amount, base)} of cash to raise"
        case FirstAllocation(amount):
            return f"nothing is held yet: first allocation of {money(amount, base)}"
        case _:
            assert_never(reason)


def in_short(reason: Reason) -> str:
    """A few words, or none for a name outside its band: of those there may be many."""
    match reason:
        case Drifted():
            return ""
        case FarOff(symbol) | Concentrated(symbol) | HarvestPays(symbol):
            harvested = isinstance(reason, HarvestPays)
            return f"loss in {symbol}" if harvested else f"{symbol} far off"
        case LimitBroken():
            return f"{reason.title} broken"
        case CalendarDue(period):
            return f"{period.value} rebalance"
        case TotalDrift(in_crisis=True):
            return "drift in a crisis"
        case _:
            return reason.kind.replace("-", " ")
