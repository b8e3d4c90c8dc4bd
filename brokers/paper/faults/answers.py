"""What is told instead of the truth, by the call that it is the answer to.

Each row is given the true answer, the one that was told before it, and the strike.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from brokers.broker import Absent, BadAnswer, BrokerClock, FindResult, Unreachable
from brokers.paper.faults.prices import QUOTES
from brokers.paper.faults.strike import Strike
from brokers.words import (
    AccountState,
    Bars,
    Environment,
    Execution,
    Instrument,
    Position,
    Symbol,
)

Bend = Callable[[Any, Any, Strike], Any]
"""(the truth, what was told before, the strike) -> what is told."""

NOT_A_NUMBER = Decimal("NaN")


def unreachable(true: object, before: object, strike: Strike) -> object:  # noqa: ARG001 - a row
    """No link."""
    raise Unreachable(f"{strike.name}: no link to the broker", "try again")


def _stumbles(true: object, before: object, strike: Strike) -> object:
    turn = strike.memory["turn"] = not strike.memory.get("turn", False)
    return unreachable(true, before, strike) if turn else true


def _garbage(true: object, before: object, strike: Strike) -> object:  # noqa: ARG001 - a row
    raise BadAnswer("the account's answer makes no sense", "look at the account itself")


def _lag(true: object, before: object, strike: Strike) -> object:
    """What was told last before it began, until it is over."""
    return strike.memory.setdefault("answer", true if before is None else before)


def _positions(bend: Callable[[tuple[Position, ...], Strike], tuple[Position, ...]]) -> Bend:
    def account(true: AccountState, _before: object, strike: Strike) -> AccountState:
        return replace(true, positions=bend(true.positions, strike))

    return account


def _none(_held: tuple[Position, ...], _strike: Strike) -> tuple[Position, ...]:
    return ()


def _one(change: Callable[[Position], Position | None]) -> Bend:
    """One position, always the same, is changed or left out."""

    def some(held: tuple[Position, ...], strike: Strike) -> tuple[Position, ...]:
        chosen = strike.one_of(tuple(position.symbol for position in held))
        bent = (change(p) if p.symbol == chosen else p for p in held)
        return tuple(position for position in bent if position is not None)

    return _positions(some)


def _left_out(_position: Position) -> Position | None:
    return None


def _doubled(position: Position) -> Position:
    return replace(position, quantity=position.quantity * 2)


def _no_number(position: Position) -> Position:
    return replace(position, quantity=NOT_A_NUMBER)


def _positions_lag(true: AccountState, before: AccountState | None, strike: Strike) -> AccountState:
    old = _lag(true, before, strike)
    return replace(true, positions=old.positions) if isinstance(old, AccountState) else true


def _cash_lag(true: AccountState, before: AccountState | None, strike: Strike) -> AccountState:
    old = _lag(true, before, strike)
    return replace(true, cash=old.cash) if isinstance(old, AccountState) else true


def _cash_no_number(true: AccountState, _before: object, _strike: Strike) -> AccountState:
    cash = tuple(replace(each, amount=NOT_A_NUMBER) for each in true.cash)
    return replace(true, cash=cash)


def _someone_else(true: AccountState, _before: object, _strike: Strike) -> AccountState:
    return replace(true, fingerprint="PAPER-SOMEONE-ELSE")


def _live(true: AccountState, _before: object, _strike: Strike) -> AccountState:
    return replace(true, environment=Environment.LIVE)


Executions = tuple[Execution, ...]


def _newest_cut(true: Executions, _before: object, _strike: Strike) -> Executions:
    return true[: -max(len(true) // 3, 1)]


def _oldest_cut(true: Executions, _before: object, _strike: Strike) -> Executions:
    return true[max(len(true) // 3, 1) :]


def _twice(true: Executions, _before: object, _strike: Strike) -> Executions:
    return true + true


def _shuffled(true: Executions, _before: object, strike: Strike) -> Executions:
    mixed = list(true)
    strike.dice.shuffle(mixed)
    return tuple(mixed)


def _withheld(true: Executions, _before: object, strike: Strike) -> Executions:
    """The one that was newest when it began, and nothing else, is missing."""
    newest = strike.memory.setdefault("root", true[-1].root if true else "")
    return tuple(execution for execution in true if execution.root != newest)


def _empty(_true: object, _before: object, _strike: Strike) -> tuple[()]:
    return ()


def _absent(_true: FindResult, _before: object, _strike: Strike) -> FindResult:
    return Absent(certain=False)


def _newest_late(true: tuple[object, ...], _before: object, strike: Strike) -> tuple[object, ...]:
    count = strike.memory.setdefault("count", max(len(true) - 1, 0))
    return true[:count] if isinstance(count, int) else true


def _unknown(
    true: Mapping[Symbol, object], _before: object, strike: Strike
) -> dict[Symbol, object]:
    missing = strike.one_of(tuple(true))
    return {symbol: each for symbol, each in true.items() if symbol != missing}


def _untradable(
    true: Mapping[Symbol, Instrument], _before: object, strike: Strike
) -> dict[Symbol, Instrument]:
    chosen = strike.one_of(tuple(true))
    return {s: replace(i, tradable=i.tradable and s != chosen) for s, i in true.items()}


def _holes(true: Mapping[Symbol, Bars], _before: object, strike: Strike) -> dict[Symbol, Bars]:
    chosen = strike.one_of(tuple(true))
    bent = dict(true)
    if chosen in bent and bent[chosen].closes:
        closes = list(bent[chosen].closes)
        closes[-1] = float("nan")
        bent[chosen] = replace(bent[chosen], closes=tuple(closes))
    return bent


def _off(by: timedelta) -> Bend:
    def clock(true: BrokerClock, _before: object, _strike: Strike) -> BrokerClock:
        return replace(true, time=true.time + by)

    return clock


def _closed(true: BrokerClock, _before: object, _strike: Strike) -> BrokerClock:
    return replace(true, is_open=False)


ANSWERS: Mapping[str, Bend] = {
    "unreachable": unreachable,
    "outage": unreachable,
    "slow-to-come-back": _stumbles,
    "account-error": unreachable,
    "account-garbage": _garbage,
    "positions-empty": _positions(_none),
    "positions-shrunken": _one(_left_out),
    "positions-doubled": _one(_doubled),
    "positions-lag": _positions_lag,
    "cash-lag": _cash_lag,
    "cash-not-a-number": _cash_no_number,
    "position-not-a-number": _one(_no_number),
    "wrong-account": _someone_else,
    "wrong-environment": _live,
    "executions-error": unreachable,
    "executions-empty": _empty,
    "executions-newest-cut": _newest_cut,
    "executions-oldest-cut": _oldest_cut,
    "executions-doubled": _twice,
    "executions-shuffled": _shuffled,
    "execution-late": _withheld,
    "execution-very-late": _withheld,
    "orders-error": unreachable,
    "orders-empty": _empty,
    "orders-lag": _lag,
    "lookup-misses": _absent,
    "lookup-lag": _lag,
    "flows-late": _newest_late,
    "transfers-late": _newest_late,
    "quotes-error": unreachable,
    "bars-missing": _unknown,
    "bars-not-a-number": _holes,
    "name-unknown": _unknown,
    "name-untradable": _untradable,
    "clock-off": _off(timedelta(seconds=10)),
    "clock-far-off": _off(timedelta(hours=1)),
    "closed-early": _closed,
    **QUOTES,
}
