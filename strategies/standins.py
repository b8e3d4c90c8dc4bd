"""Who stands for whom: what was bought in place of a name counts toward that name's target.

After a harvest the account holds a substitute that no target names. As long as it stands for the
original, both together are to weigh what the original should: the substitute keeps what it has,
and the original wants the rest. While the original may not be bought, what is missing is bought of
the substitute.
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
    for original, listed in policy.harvest.substitutes:
        standing_in = [name for name in listed if free.get(name)]
        is_shut = bool(shut.get(original, OPEN).no_buy)
        if shared.get(original) and (standing_in or is_shut):
            together, held = shared[original], weights.get(original, ZERO)
            _share(max(ZERO, together - held), original, standing_in, shared, free)
            if is_shut and shared[original] > held:
                free_to_buy = [name for name in listed if _may_buy(name, snapshot, policy, shut)]
                _fill(shared[original] - held, original, free_to_buy, shared)
            others = (name for name in listed if shared.get(name) and not targets.get(name))
            whole |= dict.fromkeys((original, *others), together)
    return Shared(shared, whole)


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
    """What is missing of an original that may not be bought is the first substitute's."""
    if substitutes:
        shared[substitutes[0]] += missing
        shared[original] -= missing
