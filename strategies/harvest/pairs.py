"""What a plan harvests: each sale at a loss with what is bought in its place, and what they leave.

A pair pays for itself: as much of the substitute is bought as the sale brings in at its limit. As
the plan sees it the pairs are done first, so that the rest of it starts from what they leave; what
the rest would sell of a substitute again is simply bought less.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from brokers.words import USD, ZERO, Side, Symbol
from strategies.costs import fees
from strategies.harvest.back import with_originals
from strategies.harvest.budget import the_year
from strategies.harvest.choose import promising
from strategies.harvest.deals import in_steps
from strategies.harvest.nouns import Candidate, Verdict, Wishes
from strategies.harvest.told import worth
from strategies.lots import Lot
from strategies.policy import Policy
from strategies.policy.taxpayer import HarvestPolicy
from strategies.snapshot import Holding, Snapshot
from strategies.standing import step_of
from strategies.taxes import lots_sold, sale_today
from strategies.washes.enforce import KIND, Seat

INSTEAD = "in place of "
"""How the lots are called that pairs are about to buy."""
SOLD = (Verdict.HARVEST, Verdict.SOLD_WITH)


@dataclass(frozen=True, slots=True)
class Pair:
    """``quantity`` of ``symbol`` is sold at a loss, ``bought`` of ``substitute`` in its place.

    Dollars: ``loss`` is what is realised, ``value`` the tax saved less today's worth of what comes
    later, less the risk that the substitute does otherwise. What trading costs is not in it.
    """

    symbol: Symbol
    quantity: Decimal
    substitute: Symbol
    bought: Decimal
    loss: Decimal
    value: Decimal
    net: Decimal
    why: str
    lots: tuple[Lot, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """The pairs of today, and a sentence on each that is worth it and cannot be ordered."""

    made: tuple[Pair, ...] = ()
    unmade: tuple[str, ...] = ()


def pairs(snapshot: Snapshot, policy: Policy) -> Sought:
    """Everything that is worth it today; nothing where the owner wants no harvest."""
    wanted, home = policy.harvest, snapshot.home
    if wanted is None or home is None or snapshot.base != USD:
        return Sought()
    if snapshot.last_traded == snapshot.session:
        return Sought()
    taxes = the_year(home, snapshot, policy)
    listed = with_originals(wanted, snapshot, policy)
    wishes = wishes_of(wanted, may_defer=policy.taxpayer.may_defer)
    found = promising(snapshot, policy, home, taxes, wishes, listed)
    every = _paired(found, snapshot, policy)
    unpaid = [_unpaid(pair) for pair in every if not pair.bought]
    made = [pair for pair in every if pair.bought]
    paid = made if snapshot.spends_proceeds else [*_in_cash(made, snapshot, policy)]
    unmade = [_unsettled(pair) for pair in made if pair not in paid]
    return Sought(tuple(paid), (*unpaid, *unmade))


def _in_cash(made: Sequence[Pair], snapshot: Snapshot, policy: Policy) -> Iterator[Pair]:
    """Those whose purchases settled cash pays for: what is sold pays only once it has settled."""
    left = snapshot.settled - policy.cash.floor(snapshot.nav)
    for pair in sorted(made, key=lambda pair: -pair.net):
        cost = pair.bought * _dear(snapshot.holding(pair.substitute))
        if cost <= left:
            left -= cost
            yield pair


def _unpaid(pair: Pair) -> str:
    return (
        f"{pair.symbol} is not harvested: after fees the sale does not pay for the smallest order"
        f" of {pair.substitute}"
    )


def _unsettled(pair: Pair) -> str:
    return (
        f"{pair.symbol} is not harvested: settled cash does not pay for {pair.substitute} in its"
        " place, and what the sale brings in settles later"
    )


def wishes_of(wanted: HarvestPolicy, *, may_defer: bool) -> Wishes:
    """The owner's wishes as a harvest is judged by."""
    return Wishes(
        wanted.horizon_years,
        wanted.growth,
        wanted.discount,
        wanted.net_min,
        wanted.fall_min,
        may_defer,
    )


def _paired(found: Sequence[Candidate], snapshot: Snapshot, policy: Policy) -> list[Pair]:
    by_name: dict[Symbol, list[Candidate]] = {}
    for one in found:
        if one.verdict in SOLD:
            by_name.setdefault(one.symbol, []).append(one)
    return [_pair(rows, snapshot, policy) for rows in by_name.values()]


def _pair(rows: Sequence[Candidate], snapshot: Snapshot, policy: Policy) -> Pair:
    """With nothing bought where the sale does not pay for an order of it."""
    last = rows[-1]
    assert last.substitute is not None, "a harvest has a substitute"
    assert last.sale is not None, "a harvest has its dollars"
    held, other = snapshot.holding(last.symbol), snapshot.holding(last.substitute)
    quantity = sum((row.sold for row in rows), ZERO)
    bought = _paid_for(held, quantity, other, policy)
    kept = last.sale
    return Pair(
        symbol=last.symbol,
        quantity=quantity,
        substitute=last.substitute,
        bought=bought,
        loss=kept.loss,
        value=kept.value - kept.tracking,
        net=kept.net,
        why="; ".join(filter(None, (worth(kept), last.waits))),
        lots=lots_sold(held, quantity, snapshot.relief, sale_today(held, snapshot, policy.tax)),
    )


def _paid_for(held: Holding, quantity: Decimal, other: Holding, policy: Policy) -> Decimal:
    """Shares of the substitute that the sale pays for at the far touch, after the fees of both."""
    if held.quote is None or other.quote is None:
        return ZERO
    paid = max(ZERO, _paid(held, quantity, other, policy))
    bought = in_steps(paid / _dear(other), step_of(other, policy.orders, is_exit=False))
    return bought if bought * other.price >= policy.orders.value_min else ZERO


def _paid(held: Holding, quantity: Decimal, other: Holding, policy: Policy) -> Decimal:
    """What a sale at the bid brings in, less the fees of both legs, in base currency."""
    assert held.quote is not None, "what has no quote is not harvested"
    costs = policy.costs
    both = fees(held, Side.SELL, quantity, costs)
    both += fees(other, Side.BUY, quantity * held.price / other.price, costs)
    return quantity * held.quote.bid * held.fx - both


def _dear(other: Holding) -> Decimal:
    """The ask, in base currency."""
    assert other.quote is not None, "what has no quote is not bought"
    return other.quote.ask * other.fx


def as_if_done(snapshot: Snapshot, policy: Policy, made: Sequence[Pair]) -> Snapshot:
    """The account as ``made`` leave it at the far touch; its household knows of them."""
    for pair in made:
        snapshot = _done(snapshot, policy, pair)
    return snapshot


def _came(holding: Holding) -> tuple[Lot, ...]:
    return tuple(lot for lot in holding.lots if lot.lot_id.startswith(INSTEAD))


def _done(snapshot: Snapshot, policy: Policy, pair: Pair) -> Snapshot:
    assert snapshot.home is not None, "without a household nothing is harvested"
    held, other = snapshot.holding(pair.symbol), snapshot.holding(pair.substitute)
    gone = {lot.lot_id: lot.quantity for lot in pair.lots}
    left = tuple(
        replace(lot, quantity=lot.quantity - gone.get(lot.lot_id, ZERO))
        for lot in held.lots
        if lot.quantity > gone.get(lot.lot_id, ZERO)
    )
    came = Lot(
        lot_id=f"{INSTEAD}{pair.symbol}",
        symbol=pair.substitute,
        quantity=pair.bought,
        unit_cost=other.price / other.fx,
        acquired=snapshot.session,
        currency=USD,
    )
    changed = {
        pair.symbol: replace(held, quantity=held.quantity - pair.quantity, lots=left),
        # what is sold of it is this lot alone, whatever the broker would take first
        pair.substitute: replace(
            other, quantity=other.quantity + pair.bought, lots=(*_came(other), came)
        ),
    }
    spent = pair.bought * _dear(other)
    paid = _paid(held, pair.quantity, other, policy)
    settled = paid if snapshot.spends_proceeds else ZERO
    seat = Seat(str(snapshot.account), KIND[policy.tax.kind], snapshot.session)
    sale = seat.sale(
        str(pair.symbol), pair.quantity, held.price / held.fx, (lot.lot_id for lot in pair.lots)
    )
    buy = seat.buy(str(pair.substitute), pair.bought, other.price / other.fx)
    home = snapshot.home
    return replace(
        snapshot,
        holdings=tuple(changed.get(one.symbol, one) for one in snapshot.holdings),
        cash=snapshot.cash + paid - spent,
        settled=snapshot.settled + settled - spent,
        home=replace(
            home,
            buys=(*home.buys, buy),
            sells=(*home.sells, sale),
            undone=home.undone | {str(pair.substitute)},
        ),
    )
