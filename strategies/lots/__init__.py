"""Tax lots from what happened, and which of them a sale takes first.

Executions, transfers and corporate actions are the journal; lots are their sum, computed afresh
each time. Read ``nouns.py``, ``journal.py`` (the sum), ``relief.py`` (methods, named lots, minimum
tax), ``average.py``, ``actions/``; then ``table.py``, the same lots as arrays.
"""

from strategies.lots.dates import TRADE_ZONE, first_long_day, is_long_term, trade_date
from strategies.lots.errors import BadLots, Oversold
from strategies.lots.journal import last_words, latest_versions, ledger
from strategies.lots.nouns import (
    AverageOf,
    Cause,
    Ledger,
    Lot,
    Method,
    Named,
    Realized,
    Rules,
    Sale,
)
from strategies.lots.relief import RELIEF_ORDER, queue, relieve, relieve_named, relieve_or_name

__all__ = [
    "RELIEF_ORDER",
    "TRADE_ZONE",
    "AverageOf",
    "BadLots",
    "Cause",
    "Ledger",
    "Lot",
    "Method",
    "Named",
    "Oversold",
    "Realized",
    "Rules",
    "Sale",
    "first_long_day",
    "is_long_term",
    "last_words",
    "latest_versions",
    "ledger",
    "queue",
    "relieve",
    "relieve_named",
    "relieve_or_name",
    "trade_date",
]
