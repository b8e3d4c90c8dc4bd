"""A Snapshot from the market and the book: every reading of a decision in one place.

It is given a ``Market``, the half of a broker that only reads. A name whose price cannot be
trusted is barred from trading and valued at its last close, one in which an order is open is left
alone; a held name without any price at all stops the decision.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from bot.book.book import Book
from bot.household.outside import underlying
from bot.limits import Limits
from bot.outside.hear import hear
from bot.post import Post
from bot.prices.history import History, Moment, Owner, history
from bot.quotes import fault, is_plausible, jumped, unsound
from bot.reconcile import Refusal, TiedOut, busy, not_paid_for, relief_in_force
from brokers.broker import Market
from brokers.words import (
    USD,
    ZERO,
    AccountState,
    Bars,
    Cash,
    Currency,
    FlowKind,
    Instrument,
    Quote,
    Relief,
    Session,
    Symbol,
    is_finite_positive,
)
from strategies.lots import Lot
from strategies.policy import Policy, TaxKind
from strategies.snapshot import Holding, Snapshot
from strategies.washes.home import Home

ADV_DAYS = 20
DIVIDENDS_SINCE = timedelta(days=200)
"""How far back a dividend still matters to a sale: six months and more."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What market and book said about the names of one account."""

    state: AccountState
    instruments: Mapping[Symbol, Instrument]
    quotes: Mapping[Symbol, Quote]
    bars: Mapping[Symbol, Bars]
    rates: Mapping[Currency, Decimal]
    """Worth of one unit of each currency in the base currency."""
    lots: Mapping[Symbol, tuple[Lot, ...]]
    locks: Mapping[Symbol, str]
    notes: tuple[str, ...]
    """What was odd about the price histories."""
    cleared: frozenset[Symbol]
    """Names whose price a person has vouched for, for this session."""
    turned_down: Mapping[Symbol, str]
    """What the broker said against orders in the last sessions, of each name."""


def observe(post: Post, known: TiedOut, market: Market, book: Book) -> Snapshot:
    """Look once at everything that one decision may know beside what was ``known`` to agree.

    The owner's own code, where there is one, is asked here once and answers for the whole decision.
    Raises ``Refusal`` where a held name has no price or a currency no rate.
    """
    policy, now = post.policy, post.clock.now()
    seen = _read(post, known, market, book)
    if post.session.opens <= now:
        _leave_jumped_alone(seen, post, book, now)
    last_traded = book.last_traded(policy.account)
    held = {position.symbol: position.quantity for position in seen.state.positions}
    names = sorted({*held, *wanted(policy)})
    holdings = tuple(_holding(s, held.get(s, ZERO), seen, post.limits, now) for s in names)
    relief, notes = _relief(policy, market)
    home = _home(post, seen.state.base)
    barred = tuple(f"{h.symbol} is left alone: {h.barred}" for h in holdings if h.barred)
    snapshot = Snapshot(
        account=policy.account,
        environment=seen.state.environment,
        time=now,
        session=post.session.day,
        base=seen.state.base,
        cash=_total(seen.state.cash, seen.rates),
        settled=_settled(seen.state),
        accrued=_total(seen.state.accrued_dividends, seen.rates),
        holdings=holdings,
        history=seen.bars,
        spends_proceeds=market.capabilities.spends_proceeds,
        relief=relief,
        is_first=not any(held.values()) and last_traded is None,
        last_traded=last_traded,
        warnings=(
            *_closed(post.session, now),
            *notes,
            *barred,
            *_passed_over(holdings, policy),
            *seen.notes,
            *_own(post, home),
        ),
        paid=_paid(policy, known, book, now),
        home=home,
        origin=book.origin.letters(),
    )
    return hear(snapshot, policy, post.folder, post.stopping)


def _home(post: Post, base: Currency) -> Home | None:
    """The household, where the account is reckoned in the money of its law."""
    return None if post.kin is None or base != USD else post.kin.home(post.clock.now())


def _own(post: Post, home: Home | None) -> Iterator[str]:
    """What the account itself may have sold at a loss before it was looked at."""
    for one in () if home is None else home.unseen:
        if one.own and one.account == str(post.account):
            yield one.own


def _paid(
    policy: Policy, known: TiedOut, book: Book, now: datetime
) -> dict[Symbol, tuple[tuple[date, Decimal], ...]]:
    """Dividends of the last months, for each share that is held today."""
    if policy.tax.kind is not TaxKind.TAXABLE:
        return {}
    held = {p.symbol: p.quantity for p in known.state.positions if p.quantity > 0}
    found: dict[Symbol, tuple[tuple[date, Decimal], ...]] = {}
    for flow in book.cash_flows(policy.account, since=now - DIVIDENDS_SINCE):
        if flow.kind is FlowKind.DIVIDEND and flow.symbol in held and flow.amount > 0:
            each = (flow.time.date(), flow.amount / held[flow.symbol])
            found[flow.symbol] = (*found.get(flow.symbol, ()), each)
    return found


def _closed(session: Session, now: datetime) -> tuple[str, ...]:
    """What to bear in mind where the session that is planned for has not begun."""
    if session.opens <= now:
        return ()
    opens = f"{session.opens:%Y-%m-%d %H:%M} UTC"
    return (f"the exchange is closed until {opens}: prices are old, this is an outlook only",)


def _read(post: Post, known: TiedOut, market: Market, book: Book) -> Readings:
    state, account = known.state, post.account
    held = (position.symbol for position in state.positions)
    symbols = sorted({*wanted(post.policy), *held})
    instruments = market.instruments(symbols)
    told = histories(post, market, book, symbols)
    return Readings(
        state=state,
        instruments=instruments,
        quotes=market.quotes(symbols),
        bars=told.bars,
        rates=_rates(market, state, instruments.values()),
        lots=known.ledger.lots,
        locks=not_paid_for(state, market, book, post.session.opens)
        | busy(account, market, book)
        | dict(book.locked(account, post.session.day)),
        notes=told.notes,
        cleared=book.latches.cleared(account, post.vouched_from),
        turned_down=_turned_down(post, book),
    )


def _passed_over(holdings: Iterable[Holding], policy: Policy) -> Iterator[str]:
    """Substitutes that others come before, for the broker did not want an order in them."""
    listed = () if policy.harvest is None else policy.harvest.substitutes
    names = {name for _, others in listed for name in others}
    for one in holdings:
        if one.turned_down and not one.barred and one.symbol in names:
            yield f"other substitutes are bought before {one.symbol}: {one.turned_down}"


def _turned_down(post: Post, book: Book) -> dict[Symbol, str]:
    """For who has substitutes to choose from; else no name stands for another."""
    if post.policy.harvest is None:
        return {}
    told = book.same_reasons(post.account, post.lookback)
    return {
        symbol: f"the broker turned an order in it down on {one.last:%Y-%m-%d}: "
        f"{one.reason or 'no reason given'}"
        for symbol, one in told.items()
    }


def wanted(policy: Policy) -> Iterator[Symbol]:
    """Names that may be bought: those with a target, and what may stand for one of them."""
    targets = {symbol for symbol, _ in policy.target.weights}
    yield from targets
    for original, listed in () if policy.harvest is None else policy.harvest.substitutes:
        if original in targets:
            yield from listed


def histories(
    post: Post, market: Market, book: Book, symbols: Sequence[Symbol], days: int | None = None
) -> History:
    """Price histories of ``symbols``: from the book, where it has them up to the last session."""
    moment = Moment(post.clock.now(), post.through)
    return history(Owner(post.account, post.prices), market, book, symbols, moment, days=days)


def _rates(
    market: Market, state: AccountState, instruments: Iterable[Instrument]
) -> dict[Currency, Decimal]:
    """Rates to the base currency; one for every currency in which there is cash must be known."""
    in_cash = {cash.currency for cash in (*state.cash, *state.accrued_dividends)}
    foreign = sorted(in_cash.union(i.currency for i in instruments) - {state.base})
    quoted = market.fx(foreign, state.base) if foreign else {}
    rates = {c: fx.rate for c, fx in quoted.items() if is_finite_positive(fx.rate)}
    if missing := [c for c in foreign if c in in_cash and c not in rates]:
        remedy = "wait for a rate, or convert the cash by hand"
        raise Refusal(f"no exchange rate from {missing[0]} to {state.base}", remedy)
    return rates | {state.base: Decimal(1)}


def _holding(
    symbol: Symbol, quantity: Decimal, seen: Readings, limits: Limits, now: datetime
) -> Holding:
    """One name, with its price if that can be trusted, else barred and at its last close."""
    if quantity < 0:
        raise Refusal(
            f"{symbol} is held short ({quantity:f}): short sales are outside the book",
            "close it, or leave this account to a person; no loss of the name is harvested",
        )
    instrument = seen.instruments.get(symbol)
    quote = seen.quotes.get(symbol)
    bars = seen.bars.get(symbol)
    close, adv = last_close(bars), average_volume(bars)
    is_vouched = symbol in seen.cleared
    judged = (
        unsound(quote, adv, limits, now) if is_vouched else fault(quote, close, adv, limits, now)
    )
    doubt = _foreign(quote, instrument) or judged
    why = _barred(seen, instrument, symbol) or doubt
    rate = seen.rates.get(instrument.currency if instrument else seen.state.base)
    if rate is None:
        why = why or f"no exchange rate from {instrument and instrument.currency}"
    price = quote.mid if quote is not None and not doubt else close
    if price is None or rate is None or not is_finite_positive(price):
        if quantity:
            raise Refusal(f"{symbol} is held and has no price: {why}", _without_price(symbol))
        price = rate = ZERO
    return Holding(
        symbol=symbol,
        quantity=quantity,
        price=price * rate,
        fx=rate,
        quote=None if why else quote,
        instrument=instrument,
        lots=seen.lots.get(symbol, ()),
        adv_shares=adv,
        barred=why,
        turned_down=seen.turned_down.get(symbol, ""),
        order_max=None if adv is None else adv * limits.order_adv_max,
    )


def _without_price(symbol: Symbol) -> str:
    if underlying(symbol):
        return f"a contract on {underlying(symbol)}: close it, or hold it in another account"
    return "wait for a sound quote"


def _leave_jumped_alone(seen: Readings, post: Post, book: Book, now: datetime) -> None:
    """Names whose price has jumped since the last close are a person's, until he clears them."""
    for symbol, quote in seen.quotes.items():
        bars = seen.bars.get(symbol)
        close, adv = last_close(bars), average_volume(bars)
        known = symbol in seen.cleared or symbol in seen.locks
        foreign = _foreign(quote, seen.instruments.get(symbol))
        if known or foreign or close is None or unsound(quote, adv, post.limits, now):
            continue
        if is_plausible(close) and (why := jumped(quote, close, post.limits)):
            book.latches.quarantine(post.account, symbol, why, now)


def last_close(bars: Bars | None) -> Decimal | None:
    """The last adjusted close; None where there is none."""
    return Decimal(str(bars.closes[-1])) if bars and bars.closes else None


def _barred(seen: Readings, instrument: Instrument | None, symbol: Symbol) -> str:
    if symbol in seen.locks:
        return seen.locks[symbol]
    if instrument is None:
        return "the broker does not know this symbol"
    return "" if instrument.tradable else "the broker says it cannot be traded"


def _foreign(quote: Quote | None, instrument: Instrument | None) -> str:
    if quote is None or instrument is None or quote.currency == instrument.currency:
        return ""
    return f"its quote is in {quote.currency}, and it trades in {instrument.currency}"


def average_volume(bars: Bars | None) -> Decimal | None:
    """Average daily volume in shares over the last 20 bars; None where it is not consolidated."""
    if bars is None or not bars.consolidated or not bars.volumes:
        return None
    recent = bars.volumes[-ADV_DAYS:]
    average = sum(recent) / len(recent)
    return Decimal(round(average)) if 0 < average < math.inf else None


def _total(cash: Sequence[Cash], rates: Mapping[Currency, Decimal]) -> Decimal:
    return sum((c.amount * rates[c.currency] for c in cash), ZERO)


def _settled(state: AccountState) -> Decimal:
    """Cash that orders can spend: another currency must be changed by hand first."""
    return sum((cash.settled for cash in state.cash if cash.currency == state.base), ZERO)


def _relief(policy: Policy, market: Market) -> tuple[Relief, tuple[str, ...]]:
    """How the broker will relieve lots, and a warning where that is not what the owner set."""
    real, wanted = relief_in_force(policy, market), policy.tax.relief
    if real is wanted:
        return real, ()
    remedy = "trimtab lots check tells which lots to name there"
    return real, (f"the broker relieves lots {real}, not {wanted}: {remedy}",)
