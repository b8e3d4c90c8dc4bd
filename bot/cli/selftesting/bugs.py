"""What other bots and libraries died of, and which faults bring it about here.

Cited as project#number of the public issue or pull request in which it was told.
"""

from dataclasses import dataclass

_TABLE = """
freqtrade#4653 | an order that the database never heard of | answer-lost crash-answered
freqtrade#5621 | the disk is full, the process dies in the middle | disk-full
freqtrade#4403 | an order that is not found is given up | lookup-misses
freqtrade#3647 | cancelled in the bot, alive at the exchange | cancel-lost cancel-stuck
hummingbot#493 | a time-out on creation, and the order is sent again | request-late answer-lost
hummingbot#3374 | orders that were taken for dead fill later | request-zombie
hummingbot#2483 | an error on submit, and the order is alive | server-error-after
hummingbot#1663 | one trade counted twice | executions-doubled
catalyst#317 | the order times out, and lives | answer-lost
alpaca-py#469 | orders and lots that do not follow a split | split
alpaca-py#544 | open orders beyond the first page are not seen | orders-empty executions-oldest-cut
alpaca-py#400 | a cancellation that hangs for hours | cancel-stuck
Alpaca-API#276 | orders and positions disagree for seconds | positions-lag cash-lag
Alpaca-API#107 | accepted, and rejected afterwards | accepted-then-rejected
alpaca-java#145 | the broker's guard against wash trades refuses | refused-wash
alpaca-api-js#129 | quotes of zero, of one side, crossed | quote-zero quote-one-sided quote-crossed
ib_insync#364 | a corrected execution is counted twice | price-corrected quantity-corrected
ib_async#191 | a message about an order is taken for its end | cancel-too-late
pysystemtrade#1580 | a cancelled order is sent again, and fills | cancel-late cancel-answer-lost
nautilus_trader#4958 | an order without an answer is called rejected | request-zombie lookup-misses
nautilus_trader#4288 | a cancel that was none: two live orders | cancel-too-late cancel-stuck
nautilus_trader#3493 | an inferred fill, and then the real one | execution-late
nautilus_trader#3622 | a reconciliation that never comes to an end | executions-newest-cut
nautilus_trader#3869 | a fill that is never received | execution-very-late
nautilus_trader#5041 | a fill before the order is acknowledged | executions-shuffled crash-half-sent
Lean.IB#249 | fills are lost while the link is down | outage
Lean.IB#189 | a fill of an unknown order is dropped | manual-buy manual-sell
Lean.IB#93 | an order vanishes as the gateway restarts | request-lost
Lean.IB#245 | a name is traded under another one | renamed
Lean.TradeStation#101 | a lost fill, and selling without end | execution-very-late positions-lag
Lean.TradeStation#84 | filled while it is being changed | fill-beats-cancel
Lean.Alpaca#58 | orders leave while the link is down | unreachable
Lean#5839 | the broker sells by itself, and nobody takes note | liquidated
Lean#5275 | trading in a name is halted | halted never-fills
pylivetrader#178 | one name not tradable stops all | name-untradable refused-untradable
zipline-reloaded#332 | a reverse split leaves nothing | reverse-split
InterReact#23 | no positions, as a success: everything is bought again | positions-empty
Vibe-Trading#667 | a position that is not told is forgotten | positions-shrunken
openalgo#1638 | a quote of six weeks ago | quote-old quote-stale
zenbot#1096 | the same order again after each refusal | refused-funds
quickfix#268 | one order is delivered twice | delivered-twice
"""


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug that was told in public, and the kinds of fault that bring it about."""

    cited: str
    what: str
    kinds: tuple[str, ...]


def _read(table: str) -> tuple[Bug, ...]:
    return tuple(map(_bug, table.strip().splitlines()))


def _bug(line: str) -> Bug:
    cited, what, kinds = line.split(" | ")
    return Bug(cited, what, tuple(kinds.split()))


BUGS = _read(_TABLE)
