"""Who stands for whom: what was bought in place of a name counts toward that name's target.

After a harvest the account holds a substitute that no target names. As long as it stands for the
original, both together are to weigh what the original should: the substitute keeps what it has,
and the original wants the rest. While the original may not be bought, what is missing is bought of
the substitute. Of a substitute that has a target of its own those shares stand for another name
that were bought on a day on which that one was sold at a loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.policy import Policy
from strategies.snapshot import Snapshot
from strategies.windows import OPEN, Window

Listed = Sequence[tuple[Symbol, tuple[Symbol, ...]]]
Weights = Mapping[Symbol, Decimal]


@dataclass(frozen=True, slots=True)
class Shared:
    """``targets`` of all names; ``whole`` is what each and those beside it are to weigh together.

    Names that share no target are not in ``whole``.
    """

    targets: Weights
    whole: Weights

    def around(self, symbol: Symbol) -> Decimal:
        """The target that the band of ``symbol`` is as wide as."""
        return self.whole.get(symbol, self.targets[symbol])


def stand_in(
    targets: Weights, snapshot: Snapshot, policy: Policy, shut: Mapping[Symbol, Window]
) -> Shared:
    """``targets`` with those of originals shared with what stands for them."""
    shared, whole = dict(targets), dict[Symbol, Decimal]()
    if policy.harvest is None:
        return Shared(shared, whole)
    weights = {one.symbol: one.value / snapshot.nav for one in snapshot.holdings}
    free = {name: weight for name, weight in weights.items() if weight and not targets.get(name)}
    barred = {one.symbol: weights[one.symbol] for one in snapshot.holdings if one.obstacle}
    for original, listed in policy.harvest.substitutes:
        standing_in = [name for name in listed if free.get(name)]
        is_shut = bool(shut.get(original, OPEN).no_buy)
        beside = _beside(original, listed, snapshot, targets, shared)
        if shared.get(original) and (standing_in or is_shut or beside):
            together, held = shared[original], weights.get(original, ZERO)
            _share(max(ZERO, together - held), original, standing_in, shared, free)
            _share(max(ZERO, shared[original] - held), original, [*beside], shared, beside)
            if is_shut and shared[original] > held:
                free_to_buy = [name for name in listed if _may_buy(name, snapshot, policy, shut)]
                free_to_buy.sort(key=lambda name: bool(snapshot.holding(name).turned_down))
                _fill(shared[original] - held, original, free_to_buy, shared)
            others = (name for name in listed if shared.get(name) and not targets.get(name))
            whole |= dict.fromkeys((original, *others), together)
        if shared.get(original) and (stuck := sum((barred.get(n, ZERO) for n in listed), ZERO)):
            whole[original] = whole.get(original, shared[original]) + stuck
    return Shared(shared, whole)


def _beside(
    original: Symbol,
    listed: Sequence[Symbol],
    snapshot: Snapshot,
    targets: Weights,
    shared: Weights,
) -> dict[Symbol, Decimal]:
    """What is held of substitutes with a target of their own above it, in place of ``original``."""
    own = [name for name in listed if targets.get(name)]
    if not own or not targets.get(original):
        return {}
    instead, found = came_instead(original, snapshot), dict[Symbol, Decimal]()
    for holding in snapshot.holdings:
        if holding.symbol in own and holding.symbol in instead:
            weight = holding.value / snapshot.nav
            most = instead[holding.symbol] * holding.price / snapshot.nav
            if (over := min(weight - shared[holding.symbol], most)) > 0:
                found[holding.symbol] = over
    return found


def came_instead(original: Symbol, snapshot: Snapshot) -> dict[Symbol, Decimal]:
    """Shares by name that the account bought on days on which it sold ``original`` at a loss."""
    home = snapshot.home
    if home is None:
        return {}
    group, account = home.ledger.group(str(original)), str(snapshot.account)
    days = {
        one.sold
        for one in home.ledger.disposals
        if one.account == account and one.gain < 0 and home.ledger.group(one.symbol) == group
    }
    found: dict[Symbol, Decimal] = {}
    for holding in snapshot.holdings:
        shares = sum((lot.quantity for lot in holding.lots if lot.acquired in days), ZERO)
        if shares:
            found[holding.symbol] = shares
    return found


def with_stuck(
    asked: Weights, stuck: Weights, usual: Decimal, snapshot: Snapshot, policy: Policy
) -> Weights:
    """``asked`` where substitutes that cannot be traded now take their part of the original's.

    ``stuck`` are the weights of what cannot be traded, as shares of NAV, of which ``usual`` is one
    of ``asked``. Else the original would be bought besides.
    """
    if policy.harvest is None or not stuck or not usual:
        return asked
    shared = dict(asked)
    for original, listed in policy.harvest.substitutes:
        for name in (each for each in listed if each in stuck and shared.get(original)):
            free = stuck[name] - asked.get(name, ZERO) * usual
            if asked.get(name):
                shares = came_instead(original, snapshot).get(name, ZERO)
                free = min(free, shares * snapshot.holding(name).price / snapshot.nav)
            part = max(ZERO, min(free / usual, shared[original]))
            shared[original] -= part
            shared[name] = shared.get(name, ZERO) + part
    return shared


def _share(
    missing: Decimal,
    original: Symbol,
    standing_in: Sequence[Symbol],
    shared: dict[Symbol, Decimal],
    free: dict[Symbol, Decimal],
) -> None:
    """Each substitute keeps what it has, up to what is ``missing`` of the original.

    What is held of the original is not sold for a substitute that is there as well.
    """
    for name in standing_in:
        part = min(free[name], missing)
        shared[name] = shared.get(name, ZERO) + part
        shared[original] -= part
        free[name] -= part
        missing -= part


def _may_buy(
    name: Symbol, snapshot: Snapshot, policy: Policy, shut: Mapping[Symbol, Window]
) -> bool:
    """Whether nothing stands against buying more of it now."""
    held = next((one for one in snapshot.holdings if one.symbol == name), None)
    if held is None or held.obstacle or name in policy.optimizer.no_buy:
        return False
    return not shut.get(name, OPEN).no_buy


def _fill(
    missing: Decimal,
    original: Symbol,
    substitutes: Sequence[Symbol],
    shared: dict[Symbol, Decimal],
) -> None:
    """What is missing of an original that may not be bought is the first substitute's.

    The best that the broker did not turn down of late comes first, the others are asked again.
    """
    if substitutes:
        shared[substitutes[0]] += missing
        shared[original] -= missing
