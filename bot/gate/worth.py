"""Whether the account is worth what it was, but for prices, trades and flows.

The last plan told what was held and at which prices. Prices since then, executions, and what came
or went explain what it is worth now; what they leave over is counted wrong somewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.book.book import Book
from bot.limits import Limits
from brokers.words import (
    ZERO,
    Action,
    ActionRecord,
    CashFlow,
    Currency,
    Execution,
    Symbol,
    Transfer,
)
from strategies.lots import latest_versions
from strategies.plan import Line, Plan, leg_key

LATE = timedelta(days=4)
"""A broker may date a flow by its day, and tell it days later."""

ACTION_LATE = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Happened:
    """What the book knows that came to pass."""

    executions: tuple[Execution, ...]
    flows: tuple[CashFlow, ...]
    transfers: tuple[Transfer, ...]
    actions: tuple[ActionRecord, ...]

    @property
    def currencies(self) -> set[Currency]:
        """All in which there may be cash."""
        traded = {each.currency for each in self.executions}
        return traded | {flow.currency for flow in self.flows}


def unexplained(before: Plan | None, now: Plan, book: Book, limits: Limits) -> str:
    """Why net asset value changed by more than can be told, or an empty string.

    An account with cash in several currencies is not judged: the plan does not say what each was
    worth.
    """
    if before is None or before.nav <= 0 or before.base != now.base:
        return ""
    account = now.account
    happened = Happened(
        latest_versions(book.executions(account)),
        book.cash_flows(account),
        book.transfers(account),
        book.corporate_actions(account),
    )
    if not happened.currencies <= {now.base}:
        return ""
    left = left_over(before, now, happened)
    if abs(left) <= limits.nav_break_halt * max(before.nav, now.nav):
        return ""
    return (
        f"net asset value was {before.nav:.2f} at {before.time:%Y-%m-%d %H:%M} UTC and is"
        f" {now.nav:.2f}: {left:+.2f} of it is explained by no price, trade or flow"
    )


def left_over(before: Plan, now: Plan, happened: Happened) -> Decimal:
    """What of the change is left over once all that may explain it is taken away.

    Flows and transfers of the last days may have been counted before, or not: they explain
    anything between all and none of them.
    """
    acted = _acted(happened.actions, before)
    was, has = _lines(before), _lines(now)
    prices = {symbol: line.price for symbol, line in (was | has).items()}
    told = sum((_by_price(s, was.get(s), has.get(s), acted) for s in was | has), ZERO)
    new = (each for each in happened.executions if _is_since(each, before))
    told += sum((_by_trade(each, prices, acted) for each in new), ZERO)
    rest = now.nav - before.nav - told
    moved = list(_moved(before, happened, prices))
    came = sum((worth for worth in moved if worth > 0), ZERO)
    went = sum((worth for worth in moved if worth < 0), ZERO)
    return max(rest - came, ZERO) + min(rest - went, ZERO)


def _is_since(each: Execution, before: Plan) -> bool:
    """Whether it traded after that plan was made: the clocks of two machines need not agree."""
    if each.time > before.time:
        return True
    keys = (leg.order.key for leg in before.legs)
    return each.key is not None and leg_key(each.key) in keys


def _lines(plan: Plan) -> dict[Symbol, Line]:
    return {line.symbol: line for line in plan.lines}


def _acted(actions: Iterable[ActionRecord], before: Plan) -> set[Symbol]:
    """Names with a corporate action: shares and price change, and their worth tells of itself."""
    since = before.session - ACTION_LATE
    found: set[Symbol] = set()
    for action in actions:
        if isinstance(action, Action) and action.effective >= since:
            found |= {action.symbol, getattr(action, "new_symbol", None) or action.symbol}
    return found


def _by_price(symbol: Symbol, was: Line | None, has: Line | None, acted: set[Symbol]) -> Decimal:
    """What the prices made of what was held."""
    if symbol in acted:
        return _worth(has) - _worth(was)
    if was is None or has is None:
        return ZERO
    return was.quantity_before * (has.price - was.price)


def _worth(line: Line | None) -> Decimal:
    return ZERO if line is None else line.quantity_before * line.price


def _by_trade(each: Execution, prices: Mapping[Symbol, Decimal], acted: set[Symbol]) -> Decimal:
    """What a trade gained or lost against the price of now, and what it cost.

    Of a name that neither plan has nothing is left: there the money tells it all.
    """
    now = ZERO if each.symbol in acted else prices.get(each.symbol, ZERO)
    return each.side.sign * each.quantity * (now - each.price) - each.fee


def _moved(before: Plan, happened: Happened, prices: Mapping[Symbol, Decimal]) -> Iterable[Decimal]:
    """Worth of all that came or went without a trade, since a while before."""
    since = before.time - LATE
    yield from (flow.amount for flow in happened.flows if flow.time >= since)
    for each in happened.transfers:
        if each.time >= since:
            yield each.quantity * prices.get(each.symbol, ZERO)
