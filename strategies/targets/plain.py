"""Targets that need no reckoning: as written, or the same for all."""

from collections.abc import Mapping
from decimal import Decimal

from brokers.words import Symbol
from strategies.policy.target import Target
from strategies.snapshot import Snapshot


def fixed(_snapshot: Snapshot, target: Target) -> Mapping[Symbol, Decimal]:
    """The weights as the owner wrote them."""
    return dict(target.weights)


def equal(_snapshot: Snapshot, target: Target) -> Mapping[Symbol, Decimal]:
    """One n-th for each of the n names."""
    return {symbol: Decimal(1) / len(target.weights) for symbol, _ in target.weights}
