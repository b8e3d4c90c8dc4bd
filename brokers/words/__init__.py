"""The nouns and units that every floor of the house speaks in.

Nothing here acts and nothing here changes: each noun is frozen, each amount is an exact
``Decimal`` with its currency beside it, each moment an aware ``datetime`` in UTC. A broker's
own models, sentinels and floats stop at its adapter; past that border only these words are used.
Read ``units.py``, ``market.py``, ``grid.py``, ``orders.py``, ``account.py``, then ``actions.py``.
"""

from brokers.words.account import (
    AccountState,
    Cash,
    CashFlow,
    FlowKind,
    Position,
    Transfer,
)
from brokers.words.actions import (
    ACTION_NOUNS,
    OWNERS_NOUNS,
    Action,
    ActionRecord,
    Merger,
    OpenQuestion,
    Retraction,
    ReturnOfCapital,
    SpinOff,
    Split,
    SymbolChange,
    takes,
)
from brokers.words.grid import finest_tick, round_lot
from brokers.words.market import (
    Bars,
    FxRate,
    Instrument,
    Quote,
    Session,
    TickRule,
)
from brokers.words.orders import (
    Execution,
    Order,
    OrderState,
    OrderStatus,
    TimeInForce,
)
from brokers.words.units import (
    USD,
    ZERO,
    AccountId,
    Currency,
    Environment,
    OrderKey,
    Relief,
    Side,
    Symbol,
    is_finite_positive,
)

__all__ = [
    "ACTION_NOUNS",
    "OWNERS_NOUNS",
    "USD",
    "ZERO",
    "AccountId",
    "AccountState",
    "Action",
    "ActionRecord",
    "Bars",
    "Cash",
    "CashFlow",
    "Currency",
    "Environment",
    "Execution",
    "FlowKind",
    "FxRate",
    "Instrument",
    "Merger",
    "OpenQuestion",
    "Order",
    "OrderKey",
    "OrderState",
    "OrderStatus",
    "Position",
    "Quote",
    "Relief",
    "Retraction",
    "ReturnOfCapital",
    "Session",
    "Side",
    "SpinOff",
    "Split",
    "Symbol",
    "SymbolChange",
    "TickRule",
    "TimeInForce",
    "Transfer",
    "finest_tick",
    "is_finite_positive",
    "round_lot",
    "takes",
]
