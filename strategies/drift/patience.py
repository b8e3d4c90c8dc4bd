"""Winners that are kept a while: a name above its band that goes on rising is not sold at once.

It is put off for some days, and up to some weight, then it is sold as ever. Whatever is urgent goes
before: cash to raise, a limit that is broken, a crisis, and what is to be done immediately.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.words import Symbol
from strategies.drift.anniversary import waits
from strategies.drift.look import Look
from strategies.drift.rules import acting, action_of, findings, is_news
from strategies.drift.words import (
    CashToRaise,
    Concentrated,
    FarOff,
    LimitBroken,
    Reason,
    TotalDrift,
)
from strategies.policy import Policy
from strategies.policy.triggers import Action
from strategies.snapshot import Snapshot
from strategies.standing import Standing, Unjudgeable, standing


def look_at(snapshot: Snapshot, policy: Policy) -> Look:
    """The account as it is judged. Raises ``Unjudgeable`` as ``standing`` does."""
    look = Look(standing(snapshot, policy), snapshot)
    look.remarks.update(dict.fromkeys(_shut(look.stand)))
    kept = _both(_in_trend(look, policy), _soon_long(look, policy))
    if not kept:
        return look
    rows = tuple(
        replace(row, lowest=max(row.lowest, kept[row.symbol].lowest)) if row.symbol in kept else row
        for row in look.stand.rows
    )
    held = Look(replace(look.stand, rows=rows), snapshot)
    held.put_off = frozenset(kept)
    held.remarks.update(look.remarks)
    held.remarks.update(dict.fromkeys(each.words for each in kept.values()))
    return held


@dataclass(frozen=True, slots=True)
class Kept:
    """Down to which weight a name is sold for a while, and why no further."""

    lowest: Decimal
    words: str


def _both(first: dict[Symbol, Kept], second: dict[Symbol, Kept]) -> dict[Symbol, Kept]:
    """What either keeps; of a name that both keep the higher weight, and both sentences."""
    found = {**first, **second}
    for name in first.keys() & second.keys():
        one, other = first[name], second[name]
        words = f"{one.words}; {other.words}"
        found[name] = Kept(max(one.lowest, other.lowest), words)
    return found


def _in_trend(look: Look, policy: Policy) -> dict[Symbol, Kept]:
    rows = look.stand.rows
    if not policy.trend.is_on or not any(row.weight > row.high and not row.barred for row in rows):
        return {}
    from strategies.risk.trend import delayed

    targets = {row.symbol: row.target for row in rows}
    highs = {row.symbol: row.high for row in rows}
    weights = {row.symbol: row.weight for row in rows}
    found = delayed(look.snapshot, targets, highs, policy.trend)
    sold = _sold_anyway(look, policy) if found else frozenset()
    return {
        delay.symbol: Kept(weights[delay.symbol], delay.words(policy.trend))
        for delay in found
        if delay.symbol not in sold
    }


def _soon_long(look: Look, policy: Policy) -> dict[Symbol, Kept]:
    """What waits for the long rate, unless something is urgent."""
    rows = {row.symbol: row for row in look.stand.rows}
    found = tuple(waits(look, policy))
    if not found or any(_is_urgent(reason, policy) for reason in acting(look, policy)):
        return {}
    kept: dict[Symbol, Kept] = {}
    for wait in found:
        row = rows[wait.symbol]
        least = row.weight - wait.free * row.holding.price / look.stand.nav
        kept[wait.symbol] = Kept(max(least, row.target), wait.words)
    return kept


def _shut(stand: Standing) -> Iterator[str]:
    """What the wash-sale rule keeps outside its band, or cash from being invested in."""
    is_rich = stand.cash > stand.cash_high
    shut: dict[str, list[Symbol]] = {}
    for row in stand.rows:
        if row.window.no_buy and row.weight < (row.target if is_rich else row.low):
            shut.setdefault(row.window.no_buy, []).append(row.symbol)
    for why, names in shut.items():
        yield f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not bought: {why}"
    for row in stand.rows:
        if row.window.no_sell and row.weight > row.high:
            yield f"{row.symbol} is not sold: {row.window.no_sell}"


def trips(
    snapshot: Snapshot, policy: Policy, told: Callable[[], Sequence[Reason]] | None = None
) -> bool:
    """Whether anything asks for trades: the cheap check between plans.

    With ``told``, which gives what was warned of today, also whether there is more to warn of. An
    account that cannot be judged trips nothing; the next plan says what is wrong with it.
    """
    try:
        look = look_at(snapshot, policy)
    except Unjudgeable:
        return False
    if next(acting(look, policy), None) is not None:
        return True
    return told is not None and is_news(findings(look, policy)[1], told)


def _sold_anyway(look: Look, policy: Policy) -> frozenset[Symbol]:
    """Names that are not put off: those too far off for that, and all where something is urgent."""
    found = tuple(acting(look, policy))
    if any(_is_urgent(reason, policy) for reason in found):
        return frozenset(row.symbol for row in look.stand.rows)
    return frozenset(_far(found))


def _is_urgent(reason: Reason, policy: Policy) -> bool:
    match reason:
        case CashToRaise() | LimitBroken() | TotalDrift(in_crisis=True):
            return True
        case _:
            return action_of(reason, policy.triggers) is Action.IMMEDIATE


def _far(found: tuple[Reason, ...]) -> Iterator[Symbol]:
    for reason in found:
        if isinstance(reason, FarOff | Concentrated):
            yield reason.symbol
