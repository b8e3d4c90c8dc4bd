"""What is read of the broker, each tried once: time, account, names, prices, records."""

from datetime import timedelta
from decimal import Decimal

from bot.drill.bench import Bench, Outcome, failed, passed, unverified
from bot.report.amounts import count, money
from brokers.broker import Absent
from brokers.words import ZERO, AccountState, Instrument, Quote, Symbol

BARS_DAYS = 20
HALF = Decimal("0.5")
"""Of the bid: what an order of a drill is limited to."""
ABSENT_SECONDS = 45.0
"""How long it may take until it is certain that an order is not there."""
ABSENT_POLL_SECONDS = 5.0
UP_TO = timedelta(days=5)
"""How old the newest daily bar may be: a weekend and a holiday."""


def clock(bench: Bench) -> Outcome:
    """Its time is ours, and its hours are those of our calendar."""
    told, now = bench.broker.clock(), bench.clock.now()
    off = abs((told.time - now).total_seconds())
    is_open = bench.session_at(now) is not None
    said = f"{off:.1f} s from ours, {'open' if told.is_open else 'closed'}"
    if off > bench.limits.clock_stop_seconds:
        return failed(f"{said}: set the clock by NTP")
    if told.is_open != is_open:
        return failed(f"{said}, but our calendar says {'open' if is_open else 'closed'}")
    return passed(said)


def account(bench: Bench) -> Outcome:
    """Who it is, what it holds, and the same when asked again."""
    first, again = bench.before, bench.broker.account()
    if _holds(first) != _holds(again):
        return failed("asked twice it states two things: is anybody else trading in it?")
    cash = ", ".join(money(each.amount, each.currency) for each in again.cash)
    return passed(
        f"{again.fingerprint}, {again.environment}, {count(len(again.positions), 'position')},"
        f" {cash or 'no cash'}"
    )


def _holds(state: AccountState) -> object:
    cash = {each.currency: each.amount for each in state.cash}
    return (
        state.fingerprint,
        state.environment,
        cash,
        {p.symbol: p.quantity for p in state.positions},
    )


def instruments(bench: Bench) -> Outcome:
    """Its names can be traded, and what is unknown is left out."""
    stranger = Symbol("ZZZZZZ")
    known = bench.broker.instruments([*bench.names, stranger])
    if stranger in known:
        return failed(f"it knows {stranger}, which nobody does")
    tradable = [name for name in bench.names if name in known and known[name].tradable]
    if not tradable:
        return failed(f"it can trade none of {', '.join(bench.names)}")
    bench.names = tuple(tradable)
    bench.instrument = known[tradable[0]]
    return passed(f"{count(len(tradable), 'name')}, {_grid(bench.instrument)}")


def _grid(known: Instrument) -> str:
    return f"{known.symbol} in steps of {known.quantity_step:f} at ticks of {known.tick.above}"


def quotes(bench: Bench) -> Outcome:
    """Bid below ask, with a time that is near to ours. Chooses the name to be tried."""
    found = bench.broker.quotes(list(bench.names))
    sound = [q for name in bench.names if (q := found.get(name)) is not None and _is_sound(q)]
    if not sound:
        return failed(f"none of {', '.join(bench.names)} has a bid below its ask")
    known = bench.broker.instruments([q.symbol for q in sound])
    held_up = {order.symbol for order in bench.broker.open_orders()}
    free = [q for q in sound if q.symbol in known and q.symbol not in held_up]
    fitting = [q for q in free if can_pay(bench, q)]
    if fitting:
        bench.quote, bench.instrument = fitting[0], known[fitting[0].symbol]
    quote = fitting[0] if fitting else sound[0]
    age = (bench.clock.now() - quote.time).total_seconds()
    said = f"{len(sound)} sound; {quote.symbol} {quote.bid} / {quote.ask}, {age:.1f} s old"
    if quote.delayed:
        return failed(f"{said}, delayed: nothing is traded on it")
    if not -bench.limits.clock_stop_seconds <= age <= bench.limits.quote_age_seconds:
        is_open = bench.session_at(bench.clock.now()) is not None
        return failed(f"{said}: too old to trade on") if is_open else unverified(f"{said}: closed")
    return passed(said)


def _is_sound(quote: Quote) -> bool:
    return quote.bid.is_finite() and quote.ask.is_finite() and ZERO < quote.bid < quote.ask


def can_pay(bench: Bench, quote: Quote) -> bool:
    """Whether the settled cash in its currency pays for one share at half the bid."""
    cash = (c.settled for c in bench.before.cash if c.currency == quote.currency)
    return sum(cash, ZERO) >= quote.bid * HALF


def bars(bench: Bench) -> Outcome:
    """Daily bars, in order, none of today."""
    symbol = bench.instrument.symbol if bench.instrument else bench.names[0]
    found = bench.broker.bars([symbol], BARS_DAYS).get(symbol)
    if found is None or not found.days:
        return failed(f"{symbol} has no daily bars")
    today = bench.clock.now().date()
    if list(found.days) != sorted(set(found.days)) or len(found.days) > BARS_DAYS:
        return failed(f"{symbol}: {len(found.days)} bars that are not in order")
    if found.days[-1] > today or (bench.session_at(bench.clock.now()) and found.days[-1] >= today):
        return failed(f"{symbol}: a bar of {found.days[-1]}, which is not over")
    if today - found.days[-1] > UP_TO:
        return failed(f"{symbol}: the newest bar is of {found.days[-1]}")
    volume = "all venues" if found.consolidated else "one venue: no average volume"
    return passed(
        f"{symbol}: {count(len(found.days), 'bar')} to {found.days[-1]}, {found.source}, {volume}"
    )


def rates(bench: Bench) -> Outcome:
    """Every currency that is held has a rate."""
    base, held = bench.before.base, {cash.currency for cash in bench.before.cash}
    told = bench.broker.fx(sorted(held | {base}), base)
    if missing := sorted((held | {base}) - told.keys()):
        return failed(f"no rate of {', '.join(missing)} to {base}")
    if told[base].rate != 1:
        return failed(f"one {base} is {told[base].rate} {base}")
    return passed(f"{count(len(told), 'currency', 'currencies')} to {base}")


def executions(bench: Bench) -> Outcome:
    """Oldest first, each id once, and the same when asked again from the last one on."""
    told = bench.broker.executions(None)
    ids = [(each.root, each.version) for each in told]
    if len(set(ids)) != len(ids):
        return failed("an execution is told twice")
    if [each.time for each in told] != sorted(each.time for each in told):
        return failed("they do not come oldest first")
    bench.executions = told
    if told and told[-1] not in bench.broker.executions(told[-1].time):
        return failed("asked from the last one on, it is left out")
    return passed(count(len(told), "execution"))


def records(bench: Bench) -> Outcome:
    """Cash flows, transfers and corporate actions, each id once."""
    broker = bench.broker
    flows = [each.flow_id for each in broker.cash_flows(None)]
    transfers = [each.transfer_id for each in broker.transfers(None)]
    actions = [each.action_id for each in broker.corporate_actions(None)]
    for ids in (flows, transfers, actions):
        if len(set(ids)) != len(ids):
            return failed("a record is told twice")
    return passed(
        f"{count(len(flows), 'cash flow')}, {count(len(transfers), 'transfer')},"
        f" {count(len(actions), 'corporate action')}"
    )


def absent(bench: Bench) -> Outcome:
    """An order that was never sent is absent, and soon for certain."""
    key = bench.key(0)
    first = bench.broker.find(key)
    if not isinstance(first, Absent):
        return failed(f"it has an order {key}, which was never sent")
    waited = bench.wait_for(
        lambda: bench.broker.find(key) == Absent(certain=True), ABSENT_SECONDS, ABSENT_POLL_SECONDS
    )
    if waited is None:
        return unverified(f"not certain after {ABSENT_SECONDS:.0f} s")
    return passed(f"certain after {waited:.0f} s")
