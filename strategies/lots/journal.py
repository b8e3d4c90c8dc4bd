"""Lots are the sum of what happened: executions, transfers and corporate actions.

Basis includes what the purchase cost in fees, proceeds are net of what the sale cost (26 CFR
1.263(a)-2(f), IRS Publication 550).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from brokers.words import Action, ActionRecord, Execution, Relief, Side, Symbol, Transfer
from strategies.lots.actions.apply import Lots, apply
from strategies.lots.actions.days import changes_of, turn
from strategies.lots.actions.several import SplitsOfDay, together
from strategies.lots.actions.told import counted
from strategies.lots.average import averaged
from strategies.lots.checks import check_actions, check_executions, check_transfers
from strategies.lots.choose import choose
from strategies.lots.dates import TRADE_ZONE, trade_date
from strategies.lots.nouns import Ledger, Lot, Realized, Rules
from strategies.policy import TaxPolicy

Event = Execution | Transfer | Action | SplitsOfDay


def latest_versions(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """The highest version of each execution, busted ones left out, oldest first."""
    return tuple(each for each in last_words(executions) if each.quantity > 0)


def last_words(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """The highest version of each execution, oldest first; a busted one may have cost a fee."""
    latest: dict[str, Execution] = {}
    for execution in executions:
        known = latest.get(execution.root)
        if known is None or execution.version > known.version:
            latest[execution.root] = execution
    return tuple(sorted(latest.values(), key=lambda execution: (execution.time, execution.root)))


def ledger(
    executions: Iterable[Execution],
    transfers: Iterable[Transfer],
    actions: Iterable[ActionRecord],
    method: Relief | Rules,
    today: date | None = None,
) -> Ledger:
    """All lots from all that happened, each sale relieved by ``method``, in whatever order told.

    Where ``today`` is given nothing may have happened after it. Raises ``BadLots``: ``Oversold``
    when a sale takes what no lot holds (shorts are not lots yet), and its other kinds.
    """
    rules = method if isinstance(method, Rules) else Rules(TaxPolicy(relief=method))
    lots: dict[Symbol, tuple[Lot, ...]] = {}
    realized: list[Realized] = []
    for event in _journal(executions, transfers, actions, today):
        held = lots.get(event.symbol, ())
        match event:
            case Execution(side=Side.BUY):
                lots[event.symbol] = (*held, _bought(event))
            case Execution():
                lots[event.symbol], sold = _sale(event, held, rules)
                realized.extend(sold)
            case Transfer() if event.quantity > 0:
                lots[event.symbol] = (*held, _received(event))
            case Transfer():
                _, lots[event.symbol] = choose(
                    held, -event.quantity, event.symbol, rules, _day(event), event.transfer_id
                )
            case _:
                after, gains = apply(event, lots, rules)
                lots = dict(after)
                realized.extend(gains)
    return Ledger(_finished(lots, rules), tuple(realized))


def _finished(lots: Lots, rules: Rules) -> Lots:
    """Lots as they stand, those of funds at average cost at their average."""
    return {
        symbol: averaged(held) if symbol in rules.average else held
        for symbol, held in lots.items()
        if held
    }


def _sale(
    event: Execution, held: Sequence[Lot], rules: Rules
) -> tuple[tuple[Lot, ...], list[Realized]]:
    """(lots left, what was realized)."""
    day, price = trade_date(event), event.price - event.fee / event.quantity
    sale = rules.sale(day, price)
    taken, left = choose(held, event.quantity, event.symbol, rules, sale, event.root)
    return left, _sold(taken, price, day)


def _journal(
    executions: Iterable[Execution],
    transfers: Iterable[Transfer],
    actions: Iterable[ActionRecord],
    today: date | None,
) -> list[Event]:
    """Everything in the order in which it took effect, whatever the order in which it was told.

    Corporate actions come first on their day. Of two events at one moment the one that brings
    shares comes first: some brokers know the day of a trade and not its hour.
    """
    trades = tuple(executions)
    check_executions(trades, today)
    dated: list[tuple[date, float, int, int, str, Event]] = []
    in_effect = check_actions(actions, today)
    changes = changes_of(in_effect)
    for action in together(in_effect):
        name = "" if isinstance(action, SplitsOfDay) else action.action_id
        row = (action.effective, float("-inf"), turn(action, changes), 0, name)
        dated.append((*row, action))
    dated.extend(
        (_day(t), t.time.timestamp(), t.quantity < 0, 0, t.transfer_id, t)
        for t in counted(check_transfers(transfers, today), in_effect)
    )
    for e in latest_versions(trades):
        is_out = e.side is Side.SELL
        dated.append((trade_date(e), e.time.timestamp(), is_out, 1, e.root, e))
    return [event for *_, event in sorted(dated, key=lambda row: row[:5])]


def _day(transfer: Transfer) -> date:
    return transfer.time.astimezone(TRADE_ZONE).date()


def _bought(execution: Execution) -> Lot:
    return Lot(
        execution.root,
        execution.symbol,
        execution.quantity,
        execution.price + execution.fee / execution.quantity,
        trade_date(execution),
        execution.currency,
    )


def _received(transfer: Transfer) -> Lot:
    return Lot(
        transfer.transfer_id,
        transfer.symbol,
        transfer.quantity,
        transfer.unit_cost,
        transfer.acquired,
        transfer.currency,
    )


def _sold(taken: Sequence[Lot], price: Decimal, day: date) -> list[Realized]:
    return [
        Realized(
            lot.lot_id,
            lot.symbol,
            lot.quantity,
            price * lot.quantity,
            lot.cost,
            lot.acquired,
            day,
        )
        for lot in taken
    ]
