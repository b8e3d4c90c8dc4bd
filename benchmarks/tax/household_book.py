"""What a simulated household has done, and its ledger of wash sales, exact on every day.

The law looks at one group of identical securities at a time, so that only the groups are worked
out anew in which something happened; the judge at the end works out all of it in one.
"""

from collections import defaultdict
from dataclasses import replace

from brokers.words import Relief
from strategies.washes.home import Home
from strategies.washes.ledger import household
from strategies.washes.nouns import Household, Trade

EMPTY = Household((), (), (), {}, frozenset(), (), ())


class Journal:
    """Trades of all accounts, by symbol; here each symbol is a group of its own."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self.trades: list[Trade] = []
        self._of = defaultdict[str, list[Trade]](list)
        self._known: dict[str, Household] = {}
        self._merged: Household | None = None

    def add(self, trade: Trade) -> None:
        """Write it down."""
        self.trades.append(trade)
        self._of[trade.symbol].append(trade)
        self._known.pop(trade.symbol, None)
        self._merged = None

    def ledger(self) -> Household:
        """Everything up to now."""
        if self._merged is None:
            for symbol, trades in self._of.items():
                if symbol not in self._known:
                    self._known[symbol] = household(trades, Relief.FIFO)
            parts = self._known.values()
            self._merged = replace(
                EMPTY,
                disposals=tuple(one for part in parts for one in part.disposals),
                sheltered=tuple(one for part in parts for one in part.sheltered),
                open_lots=tuple(one for part in parts for one in part.open_lots),
            )
        return self._merged

    def home(self, working: tuple[Trade, ...] = ()) -> Home:
        """The household with the orders that are at work."""
        buys = tuple(trade for trade in working if trade.side == "buy")
        sells = tuple(trade for trade in working if trade.side == "sell")
        return Home(self.ledger(), buys, sells)
