"""The target that the owner's own code said: it was asked where the account was looked at."""

from collections.abc import Mapping
from decimal import Decimal

from brokers.words import Symbol
from strategies.policy.target import Target
from strategies.snapshot import Snapshot
from strategies.targets.refusal import NoTarget


def own(snapshot: Snapshot, _target: Target) -> Mapping[Symbol, Decimal]:
    """The weights as they were told."""
    if snapshot.told is None:
        raise NoTarget(snapshot.untold or "the owner's own strategy was not asked")
    return snapshot.told
