"""A strategy's answer in an account: weights in decimals, and all that stands behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO, Symbol
from strategies.policy import Policy
from strategies.snapshot import Snapshot
from strategies.targets.account.asked import asked
from strategies.targets.account.table import STRATEGIES, Beliefs
from strategies.targets.portfolio import Portfolio
from strategies.targets.refusal import NoTarget

GRAIN = Decimal("1e-9")
DUST = Decimal("1e-6")
"""Weight that is no position: a dollar of a million."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The names with their ``weights``, shares of what is invested; what is missing to 1 is cash.

    ``portfolio`` has the figures, ``beliefs`` what it was chosen by.
    """

    symbols: tuple[Symbol, ...]
    weights: Mapping[Symbol, Decimal]
    portfolio: Portfolio
    beliefs: Beliefs


def chosen_by(snapshot: Snapshot, policy: Policy, invested: Decimal) -> Chosen:
    """What the account's strategy answers today; ``invested`` is the share of NAV that is no cash.

    Raises ``NoTarget``.
    """
    strategy = STRATEGIES.get(policy.target.strategy)
    if strategy is None:
        known = ", ".join(STRATEGIES)
        wanted = policy.target.strategy
        raise NoTarget(f"there is no target strategy {wanted!r}; there is: fixed, equal, {known}")
    if not 0 < invested <= 1:
        raise NoTarget(
            f"{invested:.1%} of the account is to be invested: there is nothing to choose"
        )
    question = asked(snapshot, policy, invested)
    found, beliefs = strategy(question)
    return Chosen(question.symbols, _exact(question.symbols, found), found, beliefs)


def _exact(symbols: tuple[Symbol, ...], found: Portfolio) -> dict[Symbol, Decimal]:
    """Decimals without dust; the largest takes what rounding leaves of the whole."""
    total = Decimal(repr(float(found.weights.sum()))).quantize(GRAIN)
    rounded = [Decimal(repr(float(weight))).quantize(GRAIN) for weight in found.weights]
    kept = [weight if weight >= DUST else ZERO for weight in rounded]
    largest = max(range(len(kept)), key=kept.__getitem__)
    kept[largest] += total - sum(kept, ZERO)
    return dict(zip(symbols, kept, strict=True))
