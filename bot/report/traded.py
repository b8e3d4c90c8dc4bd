"""What was bought and sold of each name, summed up from executions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot.report.history import TradedRow
from brokers.words import ZERO, Execution, Side, Symbol
from strategies.lots import latest_versions
from strategies.planned import leg_key


def traded(executions: Iterable[Execution]) -> tuple[TradedRow, ...]:
    """A row for each name, in the order of the alphabet."""
    by_name: dict[Symbol, list[Execution]] = defaultdict(list)
    for execution in latest_versions(executions):
        by_name[execution.symbol].append(execution)
    return tuple(_row(symbol, own) for symbol, own in sorted(by_name.items()))


def _row(symbol: Symbol, own: Sequence[Execution]) -> TradedRow:
    bought = [execution for execution in own if execution.side is Side.BUY]
    sold = [execution for execution in own if execution.side is Side.SELL]
    return TradedRow(
        symbol=symbol,
        orders=len({execution.key and leg_key(execution.key) for execution in own}),
        shares_bought=_shares(bought),
        value_bought=_value(bought),
        shares_sold=_shares(sold),
        value_sold=_value(sold),
        fees=sum((execution.fee for execution in own), ZERO),
    )


def _shares(executions: Iterable[Execution]) -> Decimal:
    return sum((execution.quantity for execution in executions), ZERO)


def _value(executions: Iterable[Execution]) -> Decimal:
    return sum((execution.quantity * execution.price for execution in executions), ZERO)
