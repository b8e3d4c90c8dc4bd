"""What is bought in place of what is sold: the owner's list, priced, refused or ranked.

Nothing is guessed: only what the owner names is bought. What both funds hold is known as far as the
owner's files tell it (``overlap.py``); how they moved together is known of all.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from brokers.words import USD, ZERO, Side, Symbol
from strategies.harvest.deals import Deal, in_steps, spent
from strategies.harvest.nouns import Spent, Substitute
from strategies.harvest.scene import Day, Scene
from strategies.harvest.tracking import Moves, Pair
from strategies.snapshot import Holding
from strategies.standing import order_most, step_of

AWAY_DAYS = 31
"""Days that the substitute is held at the least: the 30 after the sale, and the one to come back.
"""
DAYS_PER_YEAR = 365


def substitutes(
    symbol: Symbol, deal: Deal, moved: Moves, scene: Scene, day: Day
) -> tuple[Substitute, ...]:
    """Those on the owner's list, the best that may be bought first.

    By what it costs to buy it and to bear its tracking error, in whole dollars; then by how much
    of what both hold is the same, by the cents, and by correlation.
    """
    listed = scene.listed.get(symbol, ())
    known = {other: share for of, other, share in scene.policy.taxpayer.overlaps if of == symbol}
    found = (_substitute(symbol, each, deal, moved, scene, day) for each in listed)
    told = [_with_overlap(one, symbol, known.get(one.symbol), scene) for one in found]
    return tuple(sorted(told, key=_rank))


def _with_overlap(
    one: Substitute, symbol: Symbol, share: Decimal | None, scene: Scene
) -> Substitute:
    """What is known of what both hold; too much of it speaks against the one."""
    most = scene.policy.taxpayer.overlap_max
    if share is None:
        return one
    if one.objection or most is None or share <= most:
        return replace(one, overlap=share)
    what = f"{share:.0%} of what it holds is what {symbol} holds, you allow {most:.0%}"
    return replace(one, overlap=share, objection=what)


def _rank(one: Substitute) -> tuple[bool, Decimal, Decimal, Decimal, float]:
    whole = one.dollars.quantize(Decimal(1))
    shared = one.overlap or ZERO
    return bool(one.objection), whole, -shared, one.dollars, -(one.correlation or 0.0)


def best(found: Sequence[Substitute]) -> Substitute | None:
    """The first that may be bought."""
    return next((one for one in found if not one.objection), None)


def _substitute(  # all that speaks for it or against it
    symbol: Symbol, name: Symbol, deal: Deal, moved: Moves, scene: Scene, day: Day
) -> Substitute:
    holding, pair = scene.holdings.get(name), moved.pairs.get(name)
    objection = _refused(symbol, name, scene, day) or _untradable(name, holding, scene)
    if objection or holding is None:
        return _bare(name, pair, objection)
    if pair is None:
        who = symbol if name in moved.daily else name
        return _bare(name, None, f"{who} has no price history to compare by")
    step = step_of(holding, scene.policy.orders, is_exit=False)
    quantity = in_steps(deal.value / holding.price, step)
    if why := _wrong_size(quantity, holding, step, scene):
        return _bare(name, pair, why)
    return Substitute(
        name,
        quantity,
        pair.correlation,
        pair.tracking_error,
        tracking_cost(pair.tracking_error, deal.value, scene),
        spent(holding, Side.BUY, quantity, moved.volatility(name), scene.policy.costs),
    )


def _wrong_size(quantity: Decimal, holding: Holding, step: Decimal, scene: Scene) -> str:
    if not quantity:
        return f"the sale does not pay for one step of {step.normalize():f}"
    if quantity * holding.price < scene.policy.orders.value_min:
        return f"the smallest order is for {scene.policy.orders.value_min:,.2f}"
    most = order_most(holding, scene.policy.optimizer)
    if most is not None and quantity > most:
        return f"one order may be for {most:,.0f} shares of it, and {quantity:,.0f} are needed"
    return ""


def _bare(name: Symbol, pair: Pair | None, objection: str) -> Substitute:
    correlation = None if pair is None else pair.correlation
    error = None if pair is None else pair.tracking_error
    return Substitute(name, ZERO, correlation, error, ZERO, Spent(), objection)


def _refused(symbol: Symbol, name: Symbol, scene: Scene, day: Day) -> str:
    """Why the wash-sale rule forbids it."""
    group = scene.group(name)
    if group == scene.group(symbol):
        return f"it is substantially identical to {symbol}" if name != symbol else "it is the same"
    if locked := scene.locked.get(group):
        lock = locked.locks[-1]
        what = f"a loss of {locked.loss:,.2f} USD on {lock.symbol} was taken on {lock.sold}"
        return f"{what}: not to be bought up to {locked.until}"
    return "it is harvested today itself" if group in day.sold else ""


def _untradable(name: Symbol, holding: Holding | None, scene: Scene) -> str:
    if holding is None:
        return "nothing is known about it"
    rules = scene.policy.optimizer
    if name in {*rules.no_buy, *rules.no_trade}:
        return "you forbid to buy it"
    if holding.instrument is not None and holding.instrument.currency != USD:
        return f"it trades in {holding.instrument.currency}"
    return holding.obstacle or holding.turned_down


def tracking_cost(error: float, value: Decimal, scene: Scene) -> Decimal:
    """gamma/2 x NAV x t x (w TE)^2, w the share of NAV and t 31 days as a part of a year.

    The certainty equivalent of the variance that the difference of both adds (``WorthPolicy``).
    """
    nav = scene.nav
    share = Decimal(repr(error)) * value / nav
    years = Decimal(AWAY_DAYS) / DAYS_PER_YEAR
    return scene.policy.worth.gamma / 2 * years * nav * share * share
