"""What really happens to the account besides our orders: at the exchange's office, and by hand.

Each row does it and says so in a few words, or returns None where there is nothing that it could
happen to: then it waits. What companies do, they do overnight: at the first look of a session.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from brokers.broker import Accepted
from brokers.paper.faults.acts import Bench, held_of
from brokers.paper.faults.strike import Strike
from brokers.words import (
    ZERO,
    Execution,
    FlowKind,
    Order,
    OrderKey,
    Quote,
    Session,
    Side,
    Symbol,
)

HAND = "HAND-"
"""Keys of what we did not send begin so; nobody is told them."""

CENT, ONE = Decimal("0.01"), Decimal(1)
SPLITS = ("2", "3", "4")
REVERSE = ("0.5", "0.25", "0.2", "0.1")
RENAMED_DAYS = 21
"""How long a name goes by another one."""

Happen = Callable[[Bench, Strike], str | None]


def _corrected(change: Callable[[Execution, Strike], dict[str, Decimal]], *, old: bool) -> Happen:
    def correct(bench: Bench, strike: Strike) -> str | None:
        at = bench.now()
        since = at - timedelta(days=40 if old else 2)
        latest = {e.root: e for e in bench.exchange.executions(None)}
        fit = [e for e in latest.values() if e.quantity and e.time >= since]
        if not fit:
            return None
        chosen = strike.dice.choice(fit[: len(fit) // 2 or 1] if old else fit[-6:])
        changes = change(chosen, strike)
        if "quantity" in changes and not _is_coverable(bench, chosen, changes["quantity"]):
            return None
        bench.exchange.office.correct(chosen.root, at, **changes)
        return f"{chosen.root}: {', '.join(f'{k} {v}' for k, v in changes.items())}"

    return correct


def _is_coverable(bench: Bench, e: Execution, quantity: Decimal) -> bool:
    """Whether the account still holds what a smaller purchase takes out of it, and nobody sells it.

    What companies have done to the shares since is not undone.
    """
    change = e.side.sign * (quantity - e.quantity)
    if change >= 0:
        return True
    acts = bench.exchange.corporate_actions(e.time - timedelta(days=1))
    if any(act.symbol == e.symbol for act in acts) or _asked(bench, e.symbol):
        return False
    return held_of(bench).get(e.symbol, ZERO) + change >= 0


def _price(e: Execution, strike: Strike) -> dict[str, Decimal]:
    return {"price": max(e.price + strike.dice.randint(-20, 20) * CENT, CENT)}


def _quantity(e: Execution, _strike: Strike) -> dict[str, Decimal]:
    return {"quantity": e.quantity - ONE if e.quantity > ONE else e.quantity + ONE}


def _fee(e: Execution, strike: Strike) -> dict[str, Decimal]:
    return {"fee": e.fee + strike.dice.randint(1, 300) * CENT}


def _bust(_e: Execution, _strike: Strike) -> dict[str, Decimal]:
    return {"quantity": ZERO, "fee": ZERO}


def _split(ratios: tuple[str, ...]) -> Happen:
    def split(bench: Bench, strike: Strike) -> str | None:
        symbol, day = _overnight(bench, strike)
        inner = None if symbol is None else bench.tape.behind(symbol)
        if symbol is None or inner is None or day is None:
            return None
        price = bench.exchange.quotes([symbol])[symbol].mid
        ratio = Decimal(strike.dice.choice(ratios))
        if not Decimal(5) < price / ratio < Decimal(2000):
            return None  # nobody splits into pennies
        bench.tape.splits.setdefault(inner, []).append((day.day, ratio))
        bench.exchange.office.act(symbol, day.opens, day.day, ratio=ratio)
        return f"{symbol} {ratio} for 1"

    return split


def _renamed(bench: Bench, strike: Strike) -> str | None:
    symbol, session = _overnight(bench, strike)
    if symbol is None or session is None:
        return None
    inner = bench.tape.behind(symbol)
    if inner is None:
        return None
    if inner != symbol:
        new = inner
        del bench.tape.names[inner]
    else:
        new = Symbol(f"{symbol}N")
        bench.tape.names[inner] = new
        _rename_back(bench, strike, new, inner)
    bench.exchange.office.act(symbol, session.opens, session.day, ratio=ONE, new_symbol=new)
    return f"{symbol} is {new}"


def _rename_back(bench: Bench, strike: Strike, symbol: Symbol, inner: Symbol) -> None:
    """The old name is taken up again some weeks later."""

    def back(_at: datetime) -> None:
        session = bench.session()
        if bench.tape.names.get(inner) != symbol:
            return
        if session is None or not _is_quiet(bench, session, symbol):
            bench.later(24 * 3600, back)
            return
        del bench.tape.names[inner]
        office = bench.exchange.office
        office.act(symbol, session.opens, session.day, ratio=ONE, new_symbol=inner)

    bench.later(RENAMED_DAYS * 24 * 3600 + strike.dice.randrange(3600), back)


def _overnight(bench: Bench, strike: Strike) -> tuple[Symbol | None, Session | None]:
    """A name that is held, where nothing has been done with it in this session."""
    session = bench.session()
    if session is None:
        return None, None
    held = [s for s, q in sorted(held_of(bench).items()) if q > 0]
    quiet = [symbol for symbol in held if _is_quiet(bench, session, symbol)]
    return (strike.dice.choice(quiet) if quiet else None), session


def _is_quiet(bench: Bench, session: Session, symbol: Symbol) -> bool:
    """Whether nothing has been done with a name in this session, by anybody.

    Nor has anybody been told its price: what holds from the open on was true at the open.
    """
    exchange = bench.exchange
    if symbol in bench.priced_at and bench.priced_at[symbol] >= session.opens:
        return False
    traded = (e.symbol for e in exchange.executions(session.opens))
    ordered = (state.symbol for state in exchange.open_orders())
    changed = (a.symbol for a in exchange.corporate_actions(None) if a.effective >= session.day)
    return symbol not in {*traded, *ordered, *changed} and not bench.is_under_way(symbol)


def _paid(kind: FlowKind, low: int, high: int, *, named: bool = False) -> Happen:
    def pay(bench: Bench, strike: Strike) -> str | None:
        held = sorted(held_of(bench))
        if named and not held:
            return None
        amount = strike.dice.randint(low, high) * CENT
        cash = bench.exchange.account().cash[0].settled
        if amount < 0 and cash + amount < 0:
            return None
        symbol = strike.dice.choice(held) if named else None
        bench.exchange.office.pay(kind, amount, bench.now(), symbol)
        return f"{amount}"

    return pay


def _moved(sign: int, *, told: bool) -> Happen:
    def move(bench: Bench, strike: Strike) -> str | None:
        free = [s for s, q in sorted(held_of(bench).items()) if q >= 10 and not _asked(bench, s)]  # noqa: PLR2004
        if not free:
            return None
        symbol, quantity = strike.dice.choice(free), Decimal(strike.dice.randint(1, 4) * sign)
        bench.exchange.office.move(symbol, quantity, bench.now(), told=told)
        return f"{symbol} {quantity}"

    return move


def _asked(bench: Bench, symbol: Symbol) -> bool:
    """Whether an order in it is open or under way: then its shares are promised."""
    ordered = (state.symbol for state in bench.exchange.open_orders())
    return symbol in ordered or bench.is_under_way(symbol)


def _liquidated(bench: Bench, strike: Strike) -> str | None:
    free = [s for s, q in sorted(held_of(bench).items()) if q >= 4 and not _asked(bench, s)]  # noqa: PLR2004
    quotes = bench.exchange.quotes(free)
    if not free or bench.session() is None:
        return None
    symbol = strike.dice.choice([s for s in free if s in quotes])
    quantity = Decimal(strike.dice.randint(1, 3))
    sold = Execution(
        root="",
        version=1,
        key=OrderKey(f"{HAND}LIQUIDATED-{strike.fault.number}"),
        symbol=symbol,
        side=Side.SELL,
        quantity=quantity,
        price=quotes[symbol].bid,
        fee=ZERO,
        time=bench.now(),
    )
    bench.exchange.office.trade(sold, bench.now())
    return f"{symbol} {quantity}"


def _halted(bench: Bench, strike: Strike) -> str | None:
    held = sorted(held_of(bench))
    if not held:
        return None
    symbol = strike.dice.choice(held)
    bench.tape.still[symbol] = bench.now() + timedelta(minutes=strike.dice.randint(5, 120))
    return symbol


def _by_hand(side: Side, away: str) -> Happen:
    def trade(bench: Bench, strike: Strike) -> str | None:
        quotes = bench.exchange.quotes(sorted(held_of(bench)))
        if not quotes or bench.session() is None:
            return None
        symbol = strike.dice.choice(sorted(quotes))
        limit = _limit(quotes[symbol], side, Decimal(away))
        key = OrderKey(f"{HAND}{strike.fault.number}")
        order = Order(key, symbol, side, Decimal(strike.dice.randint(1, 5)), limit)
        done = bench.exchange.submit(order)
        return f"{side.value} {order.quantity} {symbol}" if isinstance(done, Accepted) else None

    return trade


def _limit(quote: Quote, side: Side, away: Decimal) -> Decimal:
    limit = quote.mid * (1 + side.sign * away)
    return max(limit.quantize(CENT, ROUND_DOWN), CENT)


def _owner_cancels(bench: Bench, strike: Strike) -> str | None:
    ours = [s.key for s in bench.exchange.open_orders() if s.key and not s.key.startswith(HAND)]
    if not ours:
        return None
    key = strike.dice.choice(ours)
    bench.exchange.cancel(key)
    return key


HAPPENINGS: Mapping[str, Happen] = {
    "price-corrected": _corrected(_price, old=False),
    "quantity-corrected": _corrected(_quantity, old=False),
    "fee-corrected": _corrected(_fee, old=False),
    "busted": _corrected(_bust, old=False),
    "busted-long-after": _corrected(_bust, old=True),
    "split": _split(SPLITS),
    "reverse-split": _split(REVERSE),
    "renamed": _renamed,
    "dividend": _paid(FlowKind.DIVIDEND, 100, 20_000, named=True),
    "interest": _paid(FlowKind.INTEREST, 1, 2_000),
    "fee": _paid(FlowKind.FEE, -2_000, -1),
    "deposit": _paid(FlowKind.DEPOSIT, 10_000, 500_000),
    "withdrawal": _paid(FlowKind.WITHDRAWAL, -300_000, -10_000),
    "transfer-in": _moved(1, told=True),
    "transfer-out": _moved(-1, told=True),
    "moved-untold": _moved(1, told=False),
    "liquidated": _liquidated,
    "halted": _halted,
    "manual-buy": _by_hand(Side.BUY, "0.03"),
    "manual-sell": _by_hand(Side.SELL, "0.03"),
    "manual-order": _by_hand(Side.BUY, "-0.2"),
    "owner-cancels": _owner_cancels,
}
COMPANIES = frozenset({"split", "reverse-split", "renamed"})
