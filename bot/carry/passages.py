"""What the gate judges the orders of a plan by: cash, shares, and what was sent before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from bot import gate
from bot.book.book import Book
from bot.book.rows import Activity, OrderRow
from bot.observe import ADV_DAYS, average_volume, histories
from bot.post import Post
from bot.reconcile import Refusal, busy, not_paid_for, read_account
from brokers.broker import Market
from brokers.words import ZERO, AccountState, Currency, Order, Side, Symbol, is_finite_positive
from strategies.plan import CHILDREN_MAX, Leg, Plan, child_number
from strategies.washes.enforce import KIND, Seat


def open_passage(
    plan: Plan, post: Post, market: Market, book: Book, *, approved: bool
) -> gate.Passage:
    """Everything that the gate judges the orders of a plan by."""
    assert plan.account == post.account, "a plan is carried out in its own account"
    names = [leg.order.symbol for leg in plan.legs]
    bars = histories(post, market, book, names, ADV_DAYS).bars
    state, activity = _look_around(post, market, book)
    base = {line.symbol: line.price for line in plan.lines}
    return gate.Passage(
        plan=plan,
        limits=post.limits,
        session=post.session,
        approved=approved,
        closes={s: Decimal(str(b.closes[-1])) for s, b in bars.items() if b.closes},
        volumes={s: average_volume(b) for s, b in bars.items()},
        rates={leg.order.symbol: base[leg.order.symbol] / leg.mid for leg in plan.legs},
        activity=activity,
        value_before=_in_base(activity.value_by_currency, plan, market),
        busy=not_paid_for(state, market, book, post.session.opens)
        | busy(post.account, market, book),
        cash=_spendable(state, plan, plan.legs) - _claimed(plan, post, market, book),
        held={p.symbol: p.quantity for p in state.positions if p.quantity},
        invested=_invested(state, plan),
        open=activity.orders_open,
        rejects=activity.rejects_today,
        unknowns=activity.unknowns,
        seat=Seat(str(post.account), KIND[post.policy.tax.kind], post.session.day),
        closing_lead=market.capabilities.closing_lead,
        may_defer=post.policy.taxpayer.may_defer,
        past=gate.past(post, book),
    )


def renewed(
    passage: gate.Passage, ahead: Sequence[Leg], post: Post, market: Market, book: Book
) -> gate.Passage:
    """The passage once the orders before those ``ahead`` are done, as far as they will be."""
    plan = passage.plan
    state, activity = _look_around(post, market, book)
    rows = book.orders(plan.account, plan.plan_id, len(plan.legs) * (CHILDREN_MAX + 1))
    left = [row for row in rows if row.last_event not in {None, "blocked"}]
    return replace(
        passage,
        held=_free_to_sell(plan, left),
        sent=len({row.leg for row in left}),
        sent_value=_sent_value(passage, left),
        cash=_spendable(state, plan, ahead) - _claimed(plan, post, market, book),
        invested=_invested(state, plan),
        open=activity.orders_open,
        rejects=activity.rejects_today,
        unknowns=activity.unknowns,
    )


def _free_to_sell(plan: Plan, sent: Sequence[OrderRow]) -> dict[Symbol, Decimal]:
    """Shares that were held before the plan, less those that were sold or may still be."""
    held = {line.symbol: line.quantity_before for line in plan.lines if line.quantity_before}
    for row in sent:
        if row.order.side is Side.SELL:
            held[row.order.symbol] = held.get(row.order.symbol, ZERO) - _taken(row)
    return held


def _sent_value(passage: gate.Passage, sent: Sequence[OrderRow]) -> Decimal:
    worth = (_taken(row) * row.order.limit * passage.rates[row.order.symbol] for row in sent)
    return sum(worth, ZERO)


def _taken(row: OrderRow) -> Decimal:
    """Shares that an order has traded, or may still."""
    return row.filled if row.is_settled else row.order.quantity


def counted_once(passage: gate.Passage, order: Order) -> gate.Passage:
    """The passage before ``order`` is sent: one that replaces another is no further order."""
    if not child_number(order.key):
        return passage
    return replace(passage, sent=max(passage.sent - 1, 0))


def released(passage: gate.Passage, order: Order, filled: Decimal) -> gate.Passage:
    """The passage once ``order`` is over with ``filled`` of it: the rest is free again."""
    rest = order.quantity - filled
    value = rest * order.limit * passage.rates[order.symbol]
    spared = value if order.side is Side.BUY else ZERO
    held = dict(passage.held)
    if order.side is Side.SELL:
        held[order.symbol] = held.get(order.symbol, ZERO) + rest
    return replace(
        passage,
        cash=passage.cash + spared,
        held=held,
        invested=passage.invested - spared,
        open=max(passage.open - 1, 0),
        sent_value=passage.sent_value - value,
    )


def _look_around(post: Post, market: Market, book: Book) -> tuple[AccountState, Activity]:
    return read_account(market), book.activity(post.account, post.session.opens, post.lookback)


def _spendable(state: AccountState, plan: Plan, ahead: Sequence[Leg]) -> Decimal:
    """Settled cash in base currency, less the fees of the orders that are still to come."""
    settled = sum((cash.settled for cash in state.cash if cash.currency == plan.base), ZERO)
    return settled - sum((leg.fees for leg in ahead), ZERO)


def _invested(state: AccountState, plan: Plan) -> Decimal:
    """Worth of all positions at the prices of the plan."""
    prices = {line.symbol: line.price for line in plan.lines}
    return sum((p.quantity * prices.get(p.symbol, ZERO) for p in state.positions), ZERO)


def _claimed(plan: Plan, post: Post, market: Market, book: Book) -> Decimal:
    """Cash that purchases which may still fill can take, ours and other people's at a limit."""
    ours = [row for row in book.unsettled(post.account) if row.order.side is Side.BUY]
    claims: dict[Currency, Decimal] = {}
    for row in ours:
        value = (row.order.quantity - row.filled) * row.order.limit
        claims[row.order.currency] = claims.get(row.order.currency, ZERO) + value
    keys = {row.order.key for row in ours}
    for state in market.open_orders():
        if state.side is Side.BUY and state.limit is not None and state.key not in keys:
            value = (state.quantity - state.filled) * state.limit
            claims[plan.base] = claims.get(plan.base, ZERO) + value
    return _in_base(claims, plan, market)


def _in_base(values: Mapping[Currency, Decimal], plan: Plan, market: Market) -> Decimal:
    """Their worth together in base currency; a currency without a rate is a refusal."""
    foreign = sorted(values.keys() - {plan.base})
    quoted = market.fx(foreign, plan.base) if foreign else {}
    rates = {c: fx.rate for c, fx in quoted.items() if is_finite_positive(fx.rate)}
    rates[plan.base] = Decimal(1)
    if missing := [currency for currency in foreign if currency not in rates]:
        raise Refusal(f"no exchange rate from {missing[0]}", "wait for a rate")
    return sum((value * rates[currency] for currency, value in values.items()), ZERO)
