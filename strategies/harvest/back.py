"""Back to the original, or stay with what stands for it: back where that is worth its cost.

A substitute at a loss is itself harvested, and the original bought in its place. One at a gain is
sold only where the risk of holding it and not the original, over the owner's horizon, costs more
than the tax and the spreads. Where the original may not be bought the substitute stays.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.costs import crossing
from strategies.harvest.tracking import moves
from strategies.lots import Lot
from strategies.policy import Policy
from strategies.policy.taxpayer import HarvestPolicy
from strategies.snapshot import Holding, Snapshot
from strategies.standing import order_most
from strategies.targets import weights
from strategies.targets.refusal import NoTarget
from strategies.taxes import lots_sold, sale_today, tax_on
from strategies.windows import OPEN, Window, windows

WINNER = Decimal("1.1")

Listed = dict[Symbol, tuple[Symbol, ...]]


def with_originals(wanted: HarvestPolicy, snapshot: Snapshot, policy: Policy) -> Listed:
    """The owner's list, and for each substitute that is held what it stands for, then the others.

    So that a substitute at a loss is harvested too, where the owner lets the original come back.
    """
    listed: Listed = dict(wanted.substitutes)
    for original, holding, others in _standing_in(wanted, snapshot, policy):
        back = (original,) if wanted.swap_back else ()
        listed.setdefault(holding.symbol, (*back, *others))
    return listed


def without_returning(
    snapshot: Snapshot, policy: Policy, sold: Collection[Symbol] = ()
) -> tuple[Policy, tuple[str, ...]]:
    """``policy`` without the substitutes of originals that come back, and a sentence on each.

    What is ``sold`` at a loss today does not.
    """
    wanted = policy.harvest
    if wanted is None or not wanted.swap_back:
        return policy, ()
    told: dict[Symbol, str] = {}
    shut = windows(snapshot, policy, _targets(wanted, snapshot, policy))
    for original, holding, _ in _standing_in(wanted, snapshot, policy):
        is_open = original not in sold and not shut.get(original, OPEN).no_buy
        is_open = is_open and _can_all_go(holding, policy, shut.get(holding.symbol, OPEN))
        if is_open and (why := _pays(original, holding, snapshot, policy)):
            told[original] = why
    kept = tuple(pair for pair in wanted.substitutes if pair[0] not in told)
    return replace(policy, harvest=replace(wanted, substitutes=kept)), tuple(told.values())


def _standing_in(
    wanted: HarvestPolicy, snapshot: Snapshot, policy: Policy
) -> Iterator[tuple[Symbol, Holding, tuple[Symbol, ...]]]:
    """Each original, what is held in its place, and what else is listed for it."""
    targets = _targets(wanted, snapshot, policy)
    held = {one.symbol: one for one in snapshot.holdings if one.quantity > 0}
    for original, listed in wanted.substitutes:
        for name in listed:
            if targets.get(original) and name in held and not targets.get(name):
                yield original, held[name], tuple(each for each in listed if each != name)


def _targets(wanted: HarvestPolicy, snapshot: Snapshot, policy: Policy) -> Mapping[Symbol, Decimal]:
    """Those of the plan: a strategy may want other weights than the names of its config have.

    It is asked where a substitute is held only; the plan says by itself why it has no answer.
    """
    listed = {name for _, names in wanted.substitutes for name in names}
    if not any(one.quantity > 0 and one.symbol in listed for one in snapshot.holdings):
        return {}
    try:
        return weights(snapshot, policy)
    except NoTarget:
        return {}


def _can_all_go(holding: Holding, policy: Policy, window: Window) -> bool:
    """Whether nothing keeps a part of it: else both would be held."""
    limits = policy.optimizer
    kept = {*limits.no_sell, *limits.no_trade}
    most = order_most(holding, limits)
    is_small = all(holding.quantity <= m for m in (most, holding.sell_max) if m is not None)
    is_patient = bool(policy.tax.wait_days or policy.trend.is_on)
    waits = is_patient and any(_is_winner(lot, holding) for lot in holding.lots)
    return window.most is None and holding.symbol not in kept and is_small and not waits


def _is_winner(lot: Lot, holding: Holding) -> bool:
    """Whether it stands at a gain of more than a tenth: its sale may be put off."""
    return lot.unit_cost is not None and holding.price > lot.unit_cost * holding.fx * WINNER


def _pays(original: Symbol, holding: Holding, snapshot: Snapshot, policy: Policy) -> str:
    """Why it comes back, or an empty string.

    gamma/2 x NAV x horizon x (w TE)^2 is what the risk of the difference costs (``WorthPolicy``).
    """
    pair = moves([original, holding.symbol], snapshot.history).pairs.get(holding.symbol)
    other = snapshot.holding(original)
    if pair is None or holding.obstacle or other.obstacle:
        return ""
    share = Decimal(repr(pair.tracking_error)) * holding.value / snapshot.nav
    gain = policy.worth.variance_price * snapshot.nav * share * share
    sale = sale_today(holding, snapshot, policy.tax)
    lots = lots_sold(holding, holding.quantity, snapshot.relief, sale)
    tax = tax_on(holding, holding.quantity, lots, snapshot, policy.tax)
    bought = holding.value / other.price if other.price else ZERO
    cost = tax + crossing(holding, holding.quantity) + crossing(other, bought)
    if gain <= cost:
        return ""
    return (
        f"{original} comes back for {holding.symbol}: that spares {gain:,.2f} of risk "
        f"for {cost:,.2f} of tax and costs"
    )
