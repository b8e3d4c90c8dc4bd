"""What: the weights that we want today. A strategy is one function and one row of a table.

Those that reckon are functions of arrays (a file each), and ``account`` asks them about an account;
those that do not are here, in ``STRATEGIES``.

``weights`` asks the strategy, then fits its answer to the account: the part that stays in cash is
taken off every name in proportion, what is held and not wanted gets a target of zero, and a name
that cannot be traded keeps the weight it has. Where such a name is too heavy the rest are scaled
down to leave it room; where it is too light they are not scaled up: a missing quote must not pour
its money into the others, so that waits in cash until the name trades again.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.policy import CashPolicy, Policy
from strategies.policy.target import Target
from strategies.snapshot import Snapshot
from strategies.standins import with_stuck
from strategies.targets.owners import own
from strategies.targets.plain import equal, fixed
from strategies.targets.refusal import NoTarget

Strategy = Callable[[Snapshot, Target], Mapping[Symbol, Decimal]]
"""Weights by name that sum to one: shares of what is invested."""

STRATEGIES: Mapping[str, Strategy] = {"fixed": fixed, "equal": equal, "own": own}

KEEPS_CASH = frozenset({"volatility-target"})
"""Strategies whose weights may sum to less than one: the rest is cash."""

SUM_TOLERANCE = Decimal("0.0001")

FLOORS = Decimal("1.5")
"""Least cash target in floors: with cash on the floor itself no cost of a trade could be paid."""


def weights(snapshot: Snapshot, policy: Policy) -> dict[Symbol, Decimal]:
    """Target weight, as a share of NAV, of every name that is held or wanted.

    Raises ``NoTarget``.
    """
    nav = snapshot.nav
    invested = 1 - cash_target(policy.cash, nav)
    asked = _asked(snapshot, policy, invested)
    stuck = {h.symbol: h.value / nav for h in snapshot.holdings if h.obstacle}
    whole = sum(asked.values(), ZERO)
    if policy.target.strategy in KEEPS_CASH:
        whole = max(whole, Decimal(1))
    asked = with_stuck(asked, stuck, invested / whole, snapshot, policy) if whole else asked
    free = {symbol: weight for symbol, weight in asked.items() if symbol not in stuck}
    total = sum(free.values(), ZERO)
    room = max(ZERO, invested - sum(stuck.values(), ZERO))
    scale = min(invested / whole, room / total) if total else ZERO
    names = dict.fromkeys([*(holding.symbol for holding in snapshot.holdings), *asked])
    return {name: stuck.get(name, free.get(name, ZERO) * scale) for name in names}


def cash_target(cash: CashPolicy, nav: Decimal) -> Decimal:
    """Share of NAV to keep in cash: the usual weight, and what a planned withdrawal needs.

    The usual weight is somewhat more than the floor, which is never spent. A reserve larger than
    the account is more likely a slip than a wish to sell everything, and raises ``NoTarget``.
    """
    weight = max(cash.weight, FLOORS * cash.cash_floor_weight) + cash.reserve / nav
    if not ZERO <= weight <= 1:
        raise NoTarget(f"cash to keep is {weight:.1%} of NAV: lower the reserve, or add money")
    return weight


def _asked(snapshot: Snapshot, policy: Policy, invested: Decimal) -> Mapping[Symbol, Decimal]:
    """What the strategy says, once it makes sense."""
    target = policy.target
    if not target.weights:
        raise NoTarget("no name is wanted")
    if target.strategy in STRATEGIES:
        asked = STRATEGIES[target.strategy](snapshot, target)
    else:
        from strategies.targets.account import chosen_by  # opens the optimiser

        asked = chosen_by(snapshot, policy, invested).weights
    for symbol, weight in asked.items():
        if not (weight.is_finite() and weight >= 0):
            raise NoTarget(f"the target weight of {symbol} is {weight}")
    if len(asked) < len(target.weights):
        raise NoTarget("a name is in the target twice")
    total = sum(asked.values(), ZERO)
    may_be_less = target.strategy in KEEPS_CASH
    if total > 1 + SUM_TOLERANCE or (total < 1 - SUM_TOLERANCE and not may_be_less):
        raise NoTarget(f"target weights sum to {total}, not to 1")
    return asked
