"""Winners that are kept a while: a name above its band that goes on rising is not sold at once.

It is put off for some days, and up to some weight, then it is sold as ever. Whatever is urgent goes
before: cash to raise, a limit that is broken, a crisis, and what is to be done immediately.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from brokers.words import Symbol
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
from strategies.standing import Unjudgeable, standing


def look_at(snapshot: Snapshot, policy: Policy) -> Look:
    """The account as it is judged. Raises ``Unjudgeable`` as ``standing`` does."""
    look = Look(standing(snapshot, policy), snapshot)
    rows = look.stand.rows
    if not policy.trend.is_on or not any(row.weight > row.high and not row.barred for row in rows):
        return look
    from strategies.risk.trend import delayed

    targets = {row.symbol: row.target for row in rows}
    highs = {row.symbol: row.high for row in rows}
    found = delayed(snapshot, targets, highs, policy.trend)
    sold = _sold_anyway(look, policy) if found else frozenset()
    kept = {delay.symbol: delay.words(policy.trend) for delay in found if delay.symbol not in sold}
    if not kept:
        return look
    patient = tuple(replace(row, lowest=row.weight) if row.symbol in kept else row for row in rows)
    held = Look(replace(look.stand, rows=patient), snapshot)
    held.put_off = frozenset(kept)
    held.remarks.update(dict.fromkeys(kept.values()))
    return held


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
