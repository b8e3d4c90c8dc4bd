"""A sale of the first lots of a ladder: what it realises, what the rule takes, what it costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from brokers.words import ZERO, Side
from strategies.costs import crossing, fees, impact
from strategies.harvest.ladder import Rung, names_of, symbol_of
from strategies.harvest.nouns import Spent
from strategies.harvest.scene import Scene
from strategies.policy import CostPolicy
from strategies.snapshot import Holding
from strategies.standing import step_of
from strategies.taxes.term import Term
from strategies.washes.nouns import SELL, TAXABLE, Disposal, Moved, Trade
from strategies.washes.queries import would_sell


@dataclass(frozen=True, slots=True)
class Deal:
    """``rungs`` sold together, at mid; ``spent`` is what the sale itself costs.

    Whole steps are sold, so that of the last lot a fraction may stay.
    """

    rungs: tuple[Rung, ...]
    quantity: Decimal
    value: Decimal
    sold: tuple[Disposal, ...]
    spent: Spent

    @property
    def short(self) -> Decimal:
        """Short-term gain that counts, a loss below zero."""
        return sum((one.recognised for one in self.sold if one.term == Term.SHORT), ZERO)

    @property
    def long(self) -> Decimal:
        """Long-term gain that counts, a loss below zero."""
        return sum((one.recognised for one in self.sold if one.term == Term.LONG), ZERO)

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
        return tuple(move for one in self.sold for move in one.moves)


def deals(
    rungs: Sequence[Rung], holding: Holding, scene: Scene, volatility: Decimal
) -> Iterator[Deal]:
    """A sale of the first lot, of the first two, and so on to the last one at a loss.

    None reaches a lot of which something is not known. ``volatility`` is of one day.
    """
    depth = max((place for place, rung in enumerate(rungs, 1) if rung.is_loss), default=0)
    known = next((n for n, rung in enumerate(rungs[:depth]) if rung.fault is not None), depth)
    if not known:
        return
    last = _deal(tuple(rungs[:known]), holding, scene, volatility)
    is_quiet = scene.group(holding.symbol) not in scene.recent
    for count in range(1, known):
        yield _deal(tuple(rungs[:count]), holding, scene, volatility, last if is_quiet else None)
    yield last


def _deal(
    rungs: tuple[Rung, ...],
    holding: Holding,
    scene: Scene,
    volatility: Decimal,
    larger: Deal | None = None,
) -> Deal:
    """``larger`` begins with the same lots; it is given where nothing can replace any of them."""
    every = sum((rung.lot.quantity for rung in rungs), ZERO)
    step = step_of(holding, scene.policy.orders, is_exit=every == holding.quantity)
    quantity = in_steps(every, step)
    if not quantity:
        return Deal(rungs, ZERO, ZERO, (), Spent())
    return Deal(
        rungs,
        quantity,
        quantity * holding.price,
        _sold(rungs, quantity, scene)
        if larger is None or quantity != every
        else _first(larger, names_of(rungs)),
        spent(holding, Side.SELL, quantity, volatility, scene.policy.costs),
    )


def _first(larger: Deal, names: Sequence[str]) -> tuple[Disposal, ...]:
    """What ``larger`` realises of the lots ``names``: each is for itself where nothing replaces."""
    return tuple(one for one in larger.sold if one.lot in names)


def _sold(rungs: Sequence[Rung], quantity: Decimal, scene: Scene) -> tuple[Disposal, ...]:
    symbol = symbol_of(rungs)
    sale = Trade(
        day=scene.snapshot.session,
        account=str(scene.snapshot.account),
        kind=TAXABLE,
        symbol=str(symbol),
        side=SELL,
        quantity=quantity,
        price=rungs[0].price,
        fee=ZERO,
        lot=";".join(names_of(rungs)),
        order="",
    )
    household = scene.groups[scene.group(symbol)]
    return would_sell(household, sale, buys=scene.home.buys)


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
