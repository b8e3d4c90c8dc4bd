"""Every kind of fault: a row each, with the call that it strikes, how long it lasts, what it does.

``seam`` is the call of the broker that is struck: ``any`` is every reading, ``office`` what the
exchange does to the account by itself, ``people`` what somebody does by hand, ``host`` what befalls
the machine on which the bot runs, for whoever drives the bot. ``seconds`` is the longest that it
lasts: 0 is one call.
"""

from dataclasses import dataclass

_TABLE = """
request-lost            submit      0     the order is lost on the way, and nothing is answered
answer-lost             submit      0     the order arrives, and the answer is lost
request-late            submit      0     no answer, and the order arrives some seconds later
request-zombie          submit      0     no answer, and the order arrives many minutes later
server-error-before     submit      0     503, and the order was not taken
server-error-after      submit      0     504, and the order was taken
rate-limited            submit      0     429, the order was not taken
delivered-twice         submit      0     a proxy delivers the same order twice
refused-funds           submit      0     refused: no buying power
refused-untradable      submit      0     refused: the name cannot be traded
refused-blocked         submit      0     refused: the account is blocked
refused-tick            submit      0     refused: the price is off the grid
refused-wash            submit      0     refused: the broker's own guard against wash trades
accepted-then-rejected  submit      0     accepted, and thrown out a moment later
filled-too-much         submit      0     one more execution than was ordered
filled-worse            submit      0     filled beyond its limit
partly-then-expired     submit      0     half of it is filled, the rest expires at once
never-fills             submit      0     accepted, and nobody trades with it
cancel-lost             cancel      0     the cancellation is lost, and nothing is answered
cancel-answer-lost      cancel      0     cancelled, and the answer is lost
cancel-late             cancel      0     the cancellation arrives half a minute later
cancel-stuck            cancel      1800  acknowledged, and never carried out
fill-beats-cancel       cancel      0     acknowledged, and filled before it arrives
cancel-too-late         cancel      0     "too late to cancel" of an order that is open
unreachable             any         20    no link
outage                  any         3600  no link for up to an hour
slow-to-come-back       any         120   every second reading fails
account-error           account     30    500 on the account alone
account-garbage         account     0     an answer that makes no sense
positions-empty         account     40    no positions at all, as a success
positions-shrunken      account     40    one position is missing
positions-doubled       account     15    one position is told twice as large
positions-lag           account     12    positions of a while ago
cash-lag                account     12    cash of a while ago
cash-not-a-number       account     0     cash is NaN
position-not-a-number   account     0     a position is NaN
wrong-account           account     0     another account's number
wrong-environment       account     0     a live account in place of the paper one
executions-error        executions  20    executions time out
executions-empty        executions  40    no executions at all, as a success
executions-newest-cut   executions  40    the newest page is missing
executions-oldest-cut   executions  60    the oldest page is missing
executions-doubled      executions  0     every execution is told twice
executions-shuffled     executions  0     executions in no order
execution-late          executions  300   the newest execution comes minutes later
execution-very-late     executions  1500  the newest execution comes later than a quarter of an hour
orders-error            open_orders 20    500 on the orders alone
orders-empty            open_orders 40    no open orders, though there are some
orders-lag              open_orders 12    open orders of a while ago
lookup-misses           find        30    an order that is there is not found
lookup-lag              find        30    an order's record of a while ago
flows-late              cash_flows  40    cash has moved, and the reason is told later
transfers-late          transfers   40    shares have moved, and the reason is told later
quote-stale             quotes      60    a quote of an hour ago
quote-old               quotes      60    a quote of six weeks ago
quote-zero              quotes      60    bid and ask are zero
quote-negative          quotes      60    a bid below zero
quote-not-a-number      quotes      60    the ask is NaN
quote-crossed           quotes      60    bid above ask
quote-one-sided         quotes      60    no bid
quote-wide              quotes      60    a spread of a fifth
quote-times-100         quotes      600   pence for pounds
quote-tenth             quotes      600   a split that did not happen
quote-missing           quotes      60    no quote at all
quote-foreign           quotes      60    a quote in another currency
quotes-frozen           quotes      900   one quote again and again, each time as if it were new
quotes-error            quotes      20    500 on quotes alone
bars-missing            bars        60    no history of a name
bars-not-a-number       bars        60    a history with holes
name-unknown            instruments 60    the broker does not know a name that is held
name-untradable         instruments 600   a name cannot be traded
clock-off               clock       120   the broker's clock is ten seconds off
clock-far-off           clock       120   the broker's clock is an hour off
closed-early            clock       7200  the exchange is closed, whatever the calendar says
price-corrected         office      0     the price of an execution is corrected
quantity-corrected      office      0     the quantity of an execution is corrected
fee-corrected           office      0     the commission comes later
busted                  office      0     an execution is taken back
busted-long-after       office      0     an execution of weeks ago is taken back
split                   office      0     two, three or four new shares for one
reverse-split           office      0     one new share for two, four, five or ten
renamed                 office      0     a name is traded under another one, and back
dividend                office      0     a dividend is paid
interest                office      0     interest is paid
fee                     office      0     the broker takes a fee
deposit                 office      0     the owner pays in
withdrawal              office      0     the owner takes out
transfer-in             office      0     shares come from another broker, basis unknown
transfer-out            office      0     shares go to another broker
moved-untold            office      0     shares come and nobody ever says why
liquidated              office      0     the broker sells a part of a position
halted                  office      0     trading in a name is halted for a while
manual-buy              people      0     the owner buys by hand
manual-sell             people      0     the owner sells by hand
manual-order            people      0     the owner's own order waits in the market
owner-cancels           people      0     the owner cancels our order
"""

_HOST = """
crash-start             host        0     killed as a cycle begins
crash-tying-out         host        0     killed before book and broker are compared
crash-observing         host        0     killed before it looks
crash-planning          host        0     killed before it decides
crash-keeping           host        0     killed before the plan is written down
crash-planned           host        0     killed after the plan is written down
crash-started           host        0     killed before the first intent
crash-intended          host        0     killed with intents, and nothing sent
crash-sending           host        0     killed just before an order leaves
crash-half-sent         host        0     killed while an order is on its way
crash-answered          host        0     killed when an answer is there and not written down
crash-sent              host        0     killed between one order and the next
crash-working           host        0     killed while orders are in the market
crash-cancelling        host        0     killed when cancellations are out
crash-wave-done         host        0     killed between the sells and the buys that they pay for
crash-finished          host        0     killed before anybody is told
disk-full               host        0     the disk is full from one step on
disk-low                host        0     too little room is left
clock-forward           host        0     this machine's clock jumps an hour ahead
clock-back              host        0     this machine's clock jumps an hour back
paused                  host        0     the process stands still for a minute
told-to-stop            host        0     the machine is told to stop, and starts again
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    name: str
    seam: str
    seconds: int
    what: str


def _read(table: str) -> tuple[Kind, ...]:
    rows = (line.split(maxsplit=3) for line in table.strip().splitlines())
    return tuple(Kind(name, seam, int(seconds), what) for name, seam, seconds, what in rows)


KINDS = _read(_TABLE + _HOST.lstrip())
BY_NAME = {kind.name: kind for kind in KINDS}
