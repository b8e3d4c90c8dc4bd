"""Harvest and rebalance as one set of orders: what both would trade of a name is one order of it.

The pairs of a harvest are done first in thought, and the rest is planned from what they leave
(``harvest.pairs``). Here both are put together again: sales add up, and what the rest would sell
of a substitute is bought less. Every order is priced, billed and looked over anew, from the account
as it really is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.words import ZERO, Side, Symbol
from strategies.costs import crossing, fees, impact
from strategies.deferring import deferral_cost
from strategies.drift import Concentrated, Drifted, FarOff, HarvestPays, Look, Reason
from strategies.harvest.pairs import Pair
from strategies.orders.afford import affordable, cash_flow
from strategies.orders.check import fault
from strategies.orders.limits import limit
from strategies.orders.promises import SLACK, After, Level, Risk, levels
from strategies.orders.trade import Trade
from strategies.policy import Optimizer, Policy
from strategies.proposal import Priced, Proposal
from strategies.snapshot import Snapshot
from strategies.standing import Row, Standing, order_most
from strategies.taxes import lots_sold, sale_today, tax_on
from strategies.worth import Bill, Worth

Signed = dict[Symbol, Decimal]


@dataclass(frozen=True, slots=True)
class Real:
    """The account as it is: its rows, with the targets that hold once the pairs are done."""

    stand: Standing
    snapshot: Snapshot
    policy: Policy


def reasons(made: Sequence[Pair]) -> tuple[HarvestPays, ...]:
    """Each pair as a reason of the plan."""
    return tuple(HarvestPays(p.symbol, p.substitute, p.loss, p.net, p.why) for p in made)


def _apart(row: Row, moved: Decimal, nav: Decimal, most: Decimal | None) -> Row:
    """``moved`` are the shares that the pairs buy of it, or sell below zero.

    One order is for ``most`` shares, those of the pairs among them.
    """
    if moved < 0 and row.holding.sell_max is not None:
        most = row.holding.sell_max if most is None else min(most, row.holding.sell_max)
    left = None if most is None else max(ZERO, most - abs(moved)) * row.holding.price / nav
    if moved < 0:
        lowest = row.lowest if left is None else max(row.lowest, row.weight - left)
        return replace(row, highest=row.weight, lowest=min(row.weight, lowest))
    if not moved:
        return row
    highest = row.highest if left is None else min(row.highest, row.weight + left)
    lowest = max(ZERO, row.weight - moved * row.holding.price / nav)
    return replace(row, lowest=lowest, highest=max(row.weight, highest))


def of_originals(found: Sequence[Reason], made: Sequence[Pair]) -> tuple[Reason, ...]:
    """``found`` after the pairs, told of what is held today and not of what is about to be."""
    original = {pair.substitute: pair.symbol for pair in made}
    return tuple(
        replace(reason, symbol=original.get(reason.symbol, reason.symbol))
        if isinstance(reason, Drifted | FarOff | Concentrated)
        else reason
        for reason in found
    )


def as_it_is(look: Look, snapshot: Snapshot) -> Standing:
    """Where every name really stands, against the targets that hold once the pairs are done."""
    held = {one.symbol: one for one in snapshot.holdings}
    nav = snapshot.nav
    rows = tuple(
        replace(row, holding=held[row.symbol], weight=held[row.symbol].value / nav)
        for row in look.stand.rows
    )
    cash = (snapshot.cash + snapshot.accrued) / nav
    spendable = look.stand.spendable + snapshot.settled - look.snapshot.settled
    return replace(look.stand, nav=nav, rows=rows, cash=cash, spendable=spendable)


def kept_apart(look: Look, made: Sequence[Pair], limits: Optimizer) -> Look:
    """``look`` where no original is bought again, and of a substitute no more sold than bought."""
    nav, moved = look.stand.nav, _paired(made)
    rows = tuple(
        _apart(row, moved.get(row.symbol, ZERO), nav, order_most(row.holding, limits))
        for row in look.stand.rows
    )
    held = Look(replace(look.stand, rows=rows), look.snapshot)
    held.remarks.update(look.remarks)
    held.put_off = look.put_off
    return held


def united(made: Sequence[Pair], rest: Proposal | None, look: Look, real: Real) -> Proposal:
    """The pairs and ``rest``, which was planned from what they leave; or the pairs alone."""
    volatility = _daily(look)
    wanted, unpriced = _trades(made, rest, real)
    trades = affordable(
        wanted,
        real.snapshot.settled,
        real.stand.nav,
        real.policy,
        spends_proceeds=real.snapshot.spends_proceeds,
    )
    paired = _paired(made)
    priced = tuple(_price(trade, volatility, made, paired, real) for trade in trades)
    orders = [one.trade for one in priced]
    wrong = fault(orders, real.stand, real.snapshot, real.policy)
    return Proposal(
        priced=priced,
        full=rest is not None and rest.full,
        limited=rest is not None and rest.limited,
        ended="" if rest is None else rest.ended,
        cash=cash_flow(orders, real.policy.costs),
        worth=_worth(made, rest, priced),
        fault=wrong or unpriced or ("" if rest is None else rest.fault),
        unkept=(
            *_unpaid(wanted, trades, made),
            *_unkept(priced, look, real),
            *(() if rest is None else rest.unkept),
        ),
        warnings=() if rest is None else rest.warnings,
        proof=None if rest is None else rest.proof,
    )


def _daily(look: Look) -> Mapping[Symbol, Decimal]:
    from strategies.risk.model import daily_volatility

    sigmas = daily_volatility(look.model).tolist()
    rows = zip(look.stand.rows, sigmas, strict=True)
    return {row.symbol: Decimal(repr(sigma)) for row, sigma in rows}


def _paired(made: Sequence[Pair]) -> Signed:
    """Shares that the pairs buy, and sell below zero."""
    moved = Signed()
    for pair in made:
        moved[pair.symbol] = moved.get(pair.symbol, ZERO) - pair.quantity
        moved[pair.substitute] = moved.get(pair.substitute, ZERO) + pair.bought
    return moved


def _trades(made: Sequence[Pair], rest: Proposal | None, real: Real) -> tuple[list[Trade], str]:
    """One order a name, sales first and the largest of each side first; or what has no price."""
    moved = _paired(made)
    for one in () if rest is None else rest.priced:
        symbol, trade = one.trade.row.symbol, one.trade
        moved[symbol] = moved.get(symbol, ZERO) + trade.side.sign * trade.quantity
    rows: dict[Symbol, Row] = {row.symbol: row for row in real.stand.rows}
    found, unpriced = list[Trade](), ""
    for symbol, shares in moved.items():
        if not shares:
            continue
        side, row = (Side.BUY if shares > 0 else Side.SELL), rows[symbol]
        price = limit(row.holding, side, real.policy.orders)
        if price is None:
            unpriced = f"{symbol} has no tick within its collar"
        elif abs(shares) * row.holding.price >= real.policy.orders.value_min or _is_exit(row, side):
            found.append(Trade(row, side, abs(shares), price))
    return sorted(found, key=lambda t: (t.side is Side.BUY, -t.value, t.row.symbol)), unpriced


def _is_exit(row: Row, side: Side) -> bool:
    return side is Side.SELL and row.target == 0


def _price(
    trade: Trade,
    volatility: Mapping[Symbol, Decimal],
    made: Sequence[Pair],
    paired: Signed,
    real: Real,
) -> Priced:
    holding, quantity, symbol = trade.row.holding, trade.quantity, trade.row.symbol
    bill = Bill(
        spread=crossing(holding, quantity),
        fees=fees(holding, trade.side, quantity, real.policy.costs),
        impact=impact(holding, quantity, volatility[symbol], real.policy.costs),
        tax=deferral_cost(holding, trade.side, quantity, real.snapshot, real.policy),
    )
    if trade.side is Side.BUY:
        instead = tuple(pair.symbol for pair in made if pair.substitute == symbol)
        return Priced(trade, (), bill, min(quantity, paired.get(symbol, ZERO)), instead)
    sale = sale_today(holding, real.snapshot, real.policy.tax)
    relief = real.snapshot.relief
    lots = lots_sold(holding, quantity, relief, sale)
    harvested = min(quantity, max(ZERO, -paired.get(symbol, ZERO)))
    tax = tax_on(holding, quantity, lots, real.snapshot, real.policy.tax)
    if harvested:  # its own tax is in what the harvest is worth
        own = lots_sold(holding, harvested, relief, sale)
        tax -= tax_on(holding, harvested, own, real.snapshot, real.policy.tax)
    return Priced(trade, lots, replace(bill, tax=bill.tax + max(ZERO, tax)), harvested)


def _worth(made: Sequence[Pair], rest: Proposal | None, priced: Sequence[Priced]) -> Worth:
    bills = [one.bill for one in priced]
    before, after = (
        (ZERO, ZERO)
        if rest is None
        else (rest.worth.tracking_error_before, rest.worth.tracking_error_after)
    )
    return Worth(
        benefit=ZERO if rest is None else rest.worth.benefit,
        spread=sum((bill.spread for bill in bills), ZERO),
        fees=sum((bill.fees for bill in bills), ZERO),
        impact=sum((bill.impact for bill in bills), ZERO),
        tax=sum((bill.tax for bill in bills), ZERO),
        tracking_error_before=before,
        tracking_error_after=after,
        harvest=sum((pair.value for pair in made), ZERO),
    )


def _unpaid(
    wanted: Sequence[Trade], trades: Sequence[Trade], made: Sequence[Pair]
) -> tuple[str, ...]:
    """A substitute that the cash does not pay for: the loss alone is not taken."""
    instead = {pair.substitute for pair in made}
    asked, bought = (
        {t.row.symbol: t.quantity for t in some if t.side is Side.BUY} for some in (wanted, trades)
    )
    return tuple(
        f"the cash does not pay for {quantity:f} {symbol} in place of a loss"
        for symbol, quantity in asked.items()
        if symbol in instead and bought.get(symbol, ZERO) < quantity * NEARLY
    )


NEARLY = Decimal("0.99")
"""Part of a substitute that is as good as all of it."""


def _unkept(priced: Sequence[Priced], look: Look, real: Real) -> tuple[str, ...]:
    """The owner's limits that the orders together break, and today's weights do not."""
    if real.policy.optimizer == Optimizer():
        return ()
    moved = {p.trade.row.symbol: p.trade.side.sign * p.trade.quantity for p in priced}
    nav, rows = real.stand.nav, real.stand.rows
    weights = [row.weight + moved.get(row.symbol, ZERO) * row.holding.price / nav for row in rows]
    today = {each.name: each.excess for each in _levels([r.weight for r in rows], look, real)}
    return tuple(
        each.words
        for each in _levels(weights, look, real)
        if each.excess > max(SLACK, today.get(each.name, ZERO) + SLACK)
    )


def _levels(weights: Sequence[Decimal], look: Look, real: Real) -> tuple[Level, ...]:
    rows = real.stand.rows
    apart = [weight - row.target for weight, row in zip(weights, rows, strict=True)]
    risk = Risk(look.deviation(apart), look.deviation(weights))
    after = After(tuple(weights), risk)
    return tuple(levels(real.stand, real.policy.optimizer, after))
