"""A sale of the first lots of a ladder: what it realises, what the rule takes, what it costs.

An order may fill in part, and what is then left of the name may replace what was sold of it: lots
that go together replace nothing, but the one that stays behind does if it was bought of late.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal

from brokers.words import ZERO, Side
from strategies.costs import crossing, fees, impact
from strategies.harvest.ladder import Rung, names_of, symbol_of
from strategies.harvest.nouns import Spent
from strategies.harvest.room import Room, room_of
from strategies.harvest.scene import Scene
from strategies.policy import CostPolicy
from strategies.snapshot import Holding
from strategies.standing import step_of
from strategies.taxes.funds import with_fund_gains
from strategies.taxes.term import Term
from strategies.washes.nouns import SELL, TAXABLE, Disposal, Moved, Trade
from strategies.washes.queries import would_sell


@dataclass(frozen=True, slots=True)
class Deal:
    """``rungs`` sold together, at mid; ``spent`` is what the sale itself costs.

    Whole steps are sold, so that of the last lot a fraction may stay; more of it does where an
    order has ``room`` for no more. ``in_part`` are the buys that would take of the loss if only
    the first lots filled, or at the bid, where they would take more than of all of it at mid.
    """

    rungs: tuple[Rung, ...]
    quantity: Decimal
    value: Decimal
    sold: tuple[Disposal, ...]
    spent: Spent
    in_part: tuple[Moved, ...] = ()
    room: Room | None = None

    @property
    def left(self) -> Decimal:
        """Shares of its last lot that no order has room for."""
        if self.room is None:
            return ZERO
        return sum((rung.lot.quantity for rung in self.rungs), ZERO) - self.quantity

    @property
    def last_bought(self) -> date:
        """The last of the days on which its lots, or what could take their losses, were bought."""
        bought = [move.acquired for move in self.in_part]
        return max(*bought, *(rung.lot.acquired for rung in self.rungs), date.min)

    @property
    def short(self) -> Decimal:
        """Short-term gain that counts, a loss below zero."""
        found = sum((one.recognised for one in self.sold if one.term == Term.SHORT), ZERO)
        return found + self.as_long

    @property
    def long(self) -> Decimal:
        """Long-term gain that counts, a loss below zero."""
        found = sum((one.recognised for one in self.sold if one.term == Term.LONG), ZERO)
        return found - self.as_long

    @property
    def as_long(self) -> Decimal:
        """Loss on young shares that is long-term, for the fund paid capital gains on them."""
        return sum((one.as_long for one in self.sold if one.as_long), ZERO)

    @property
    def allowed(self) -> Decimal:
        """The loss that counts, less the gains that are realised with it."""
        return -(self.short + self.long)

    @property
    def basis(self) -> Decimal:
        """Of what is sold."""
        return sum((one.basis for one in self.sold), ZERO)

    @property
    def loss(self) -> Decimal:
        """Of the lots at a loss, positive, before the rule."""
        return sum((-one.gain for one in self.sold if one.gain < 0), ZERO)

    @property
    def lost(self) -> Decimal:
        """What no basis would receive."""
        return sum((one.permanently_lost for one in self.sold), ZERO)

    @property
    def deferred(self) -> Decimal:
        """What would move to other lots."""
        return sum((one.disallowed - one.permanently_lost for one in self.sold), ZERO)

    @property
    def moves(self) -> tuple[Moved, ...]:
        """The buys in the way."""
        return _moves(self.sold)


def _moves(sold: Sequence[Disposal]) -> tuple[Moved, ...]:
    return tuple(move for one in sold for move in one.moves)


def taken(moves: Sequence[Moved]) -> Decimal:
    """The loss that ``moves`` take, in dollars."""
    return sum((move.loss for move in moves), ZERO)


def deals(
    rungs: Sequence[Rung], holding: Holding, scene: Scene, volatility: Decimal
) -> Iterator[Deal]:
    """A sale of the first lot, of the first two, and so on to the last one at a loss.

    None reaches a lot of which something is not known, or sells more than one order has room for.
    ``volatility`` is of one day.
    """
    depth = max((place for place, rung in enumerate(rungs, 1) if rung.is_loss), default=0)
    known = next((n for n, rung in enumerate(rungs[:depth]) if rung.fault is not None), depth)
    if not known:
        return
    sale = _Sale(holding, scene, volatility, room_of(holding, scene))
    known = sale.reach(rungs[:known])
    last = sale.of(tuple(rungs[:known]))
    is_quiet = scene.group(holding.symbol) not in scene.recent
    larger, worst = (last if is_quiet else None), tuple[Moved, ...]()
    for count in range(1, known):
        deal = sale.of(tuple(rungs[:count]), larger)
        if is_quiet:
            yield deal
        else:
            yield _filled_in_part(deal, worst, scene)
            worst = max(worst, _taken_low(deal, scene), key=taken)
    yield last if is_quiet else _filled_in_part(last, worst, scene)


def _taken_low(deal: Deal, scene: Scene, quantity: Decimal | None = None) -> tuple[Moved, ...]:
    """What takes losses at the bid once all shares of its lots are gone, or ``quantity`` of them.

    Where something is taken within a lot, something is at one of its ends: what was sold there is
    sold at the far one, too, and what is left there is left at the near one.
    """
    if quantity is None:
        quantity = sum((rung.lot.quantity for rung in deal.rungs), ZERO)
    quote = scene.holdings[symbol_of(deal.rungs)].quote
    low = deal.rungs[0].price if quote is None else quote.bid
    return _moves(_sold(deal.rungs, quantity, scene, low))


def _filled_in_part(deal: Deal, worst: tuple[Moved, ...], scene: Scene) -> Deal:
    if deal.quantity and not deal.moves:
        worst = max(worst, _taken_low(deal, scene, deal.quantity), key=taken)
    return replace(deal, in_part=worst) if taken(worst) > taken(deal.moves) else deal


@dataclass(frozen=True, slots=True)
class _Sale:
    """Sales of one name: ``volatility`` is of one day, ``room`` what one order may be for."""

    holding: Holding
    scene: Scene
    volatility: Decimal
    room: Room | None

    def reach(self, rungs: Sequence[Rung]) -> int:
        """How many of these lots one order comes to."""
        shares = ZERO
        for place, rung in enumerate(rungs, 1):
            shares += rung.lot.quantity
            if self.room is not None and shares >= self.room.shares:
                return place
        return len(rungs)

    def of(self, rungs: tuple[Rung, ...], larger: Deal | None = None) -> Deal:
        """``larger`` begins with the same lots; it is given where nothing can replace any."""
        holding, every = self.holding, sum((rung.lot.quantity for rung in rungs), ZERO)
        room = self.room if self.room is not None and self.room.shares <= every else None
        shares = every if room is None else room.shares
        step = step_of(holding, self.scene.policy.orders, is_exit=shares == holding.quantity)
        quantity = in_steps(shares, step)
        if not quantity:
            return Deal(rungs, ZERO, ZERO, (), Spent(), room=room)
        return Deal(
            rungs,
            quantity,
            quantity * holding.price,
            _sold(rungs, quantity, self.scene)
            if larger is None or quantity != every
            else _first(larger, names_of(rungs)),
            spent(holding, Side.SELL, quantity, self.volatility, self.scene.policy.costs),
            room=room,
        )


def _first(larger: Deal, names: Sequence[str]) -> tuple[Disposal, ...]:
    """What ``larger`` realises of the lots ``names``: each is for itself where nothing replaces."""
    return tuple(one for one in larger.sold if one.lot in names)


def _sold(
    rungs: Sequence[Rung], quantity: Decimal, scene: Scene, price: Decimal | None = None
) -> tuple[Disposal, ...]:
    """At mid, unless a ``price`` is said."""
    symbol = symbol_of(rungs)
    sale = Trade(
        day=scene.snapshot.session,
        account=str(scene.snapshot.account),
        kind=TAXABLE,
        symbol=str(symbol),
        side=SELL,
        quantity=quantity,
        price=rungs[0].price if price is None else price,
        fee=ZERO,
        lot=";".join(names_of(rungs)),
        order="",
    )
    household = scene.groups[scene.group(symbol)]
    return with_fund_gains(would_sell(household, sale, buys=scene.home.buys), scene.home.fund_gains)


def in_steps(quantity: Decimal, step: Decimal) -> Decimal:
    """Rounded down to whole steps."""
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def spent(
    holding: Holding, side: Side, quantity: Decimal, volatility: Decimal, costs: CostPolicy
) -> Spent:
    """What one leg costs."""
    return Spent(
        crossing(holding, quantity),
        fees(holding, side, quantity, costs),
        impact(holding, quantity, volatility, costs),
    )
